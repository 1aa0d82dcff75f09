// Fixtures are found by what their manifests say: see Note [Finding fixtures].
#include "tests/parity/manifest.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest-spi.h>

#include <cstdlib>
#include <functional>

#include "harness/core/file.h"
#include "harness/core/safetensors.h"
#include "tests/support/error_of.h"
#include "tests/support/temp_folder.h"

namespace synerbench::testing_support {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// SYNERBENCH_PARITY_DIR for as long as the object lives; null: not set.
class Requested {
 public:
  explicit Requested(const char* folder) {
    if (const char* before = std::getenv(kName)) before_ = before;
    set(folder);
  }
  ~Requested() { set(before_.empty() ? nullptr : before_.c_str()); }

 private:
  static constexpr const char* kName = "SYNERBENCH_PARITY_DIR";
  static void set(const char* folder) { folder ? ::setenv(kName, folder, 1) : ::unsetenv(kName); }
  std::string before_;
};

/// A made fixture: files with the given tensors, and a manifest of them.
class MadeFixture {
 public:
  MadeFixture(const std::filesystem::path& folder, const std::string& method)
      : folder_(folder), manifest_{{"method", method}, {"files", Json::object()}} {}

  MadeFixture& file(const std::string& name, const std::vector<std::string>& tensors,
                    const Json& more = Json::object()) {
    const float value = 1;
    std::vector<TensorToWrite> list;
    for (const auto& tensor : tensors)
      list.push_back({tensor, DType::kF32, {1}, bytes_of(std::span(&value, 1))});
    write_safetensors(folder_ / name, list);
    Json& entry = manifest_["files"][name] = more;
    entry["sha256"] = sha256_file(folder_ / name);
    for (const auto& tensor : tensors) entry["tensors"][tensor] = Json{{"shape", {1}}, {"tol", 0}};
    return *this;
  }
  void write() const { write_json(folder_ / "manifest.json", manifest_); }

 private:
  std::filesystem::path folder_;
  Json manifest_;
};

ParityManifest read(const std::filesystem::path& folder, const std::string& method) {
  return ParityManifest(folder, compared_kinds().at(method));
}

TEST(ParityManifest, KnowsFilesByWhatTheyHold) {
  TempFolder folder;
  MadeFixture(folder.path(), "cyclegan")
      .file("one.safetensors", {"trace.G_A.model.0"})
      .file("two.safetensors", {"in.A", "out.G_A", "out.D_A"})
      .file("three.safetensors", {"in.A", "in.B", "loss.G_A"})
      .file("four.safetensors", {"in.coin", "out.images"})
      .write();
  const ParityManifest manifest = read(folder.path(), "cyclegan");
  EXPECT_EQ(manifest.file("trace"), folder / "one.safetensors");
  EXPECT_EQ(manifest.file("forward"), folder / "two.safetensors");
  EXPECT_EQ(manifest.file("step"), folder / "three.safetensors");
  EXPECT_EQ(manifest.file("pool"), folder / "four.safetensors");
  EXPECT_THAT(manifest.unknown_files(), ElementsAre());
}

TEST(ParityManifest, TellsEqualFilesApartByKindThenNameThenOrder) {
  const std::vector<std::string> generator{"model.10.conv_block.1.weight"};
  TempFolder by_order, by_name, by_kind;
  MadeFixture(by_order.path(), "cyclegan")
      .file("z.safetensors", generator)
      .file("a.safetensors", generator)
      .write();
  EXPECT_EQ(read(by_order.path(), "cyclegan").file("G_A"), by_order / "z.safetensors");
  EXPECT_EQ(read(by_order.path(), "cyclegan").file("G_B"), by_order / "a.safetensors");

  MadeFixture(by_name.path(), "cyclegan")
      .file("G_B.safetensors", generator)
      .file("other.safetensors", generator)
      .write();
  EXPECT_EQ(read(by_name.path(), "cyclegan").file("G_A"), by_name / "other.safetensors");
  EXPECT_EQ(read(by_name.path(), "cyclegan").file("G_B"), by_name / "G_B.safetensors");

  MadeFixture(by_kind.path(), "cyclegan")
      .file("G_A.safetensors", generator, {{"kind", "G_B"}})
      .file("G_B.safetensors", generator, {{"kind", "G_A"}})
      .write();
  EXPECT_EQ(read(by_kind.path(), "cyclegan").file("G_A"), by_kind / "G_B.safetensors");
  EXPECT_EQ(read(by_kind.path(), "cyclegan").file("G_B"), by_kind / "G_A.safetensors");
}

TEST(ParityManifest, NamesWhatNoTestCompares) {
  TempFolder folder;
  MadeFixture(folder.path(), "pix2pix")
      .file("trace.safetensors", {"trace.G.model"})
      .file("new.safetensors", {"heat.map"})
      .write();
  testing::internal::CaptureStdout();
  const ParityManifest manifest = read(folder.path(), "pix2pix");
  std::fflush(stdout);
  EXPECT_THAT(testing::internal::GetCapturedStdout(), HasSubstr("no test compares new.safetensors"));
  EXPECT_THAT(manifest.unknown_files(), ElementsAre("new.safetensors"));
  EXPECT_TRUE(manifest.has("trace"));
  EXPECT_FALSE(manifest.has("step"));
  EXPECT_THAT(error_of([&] { manifest.file("step"); }, ExitCode::kBadInput),
              HasSubstr("no file of the kind \"step\""));
}

TEST(ParityManifest, RefusesAFixtureThatIsNotWhole) {
  TempFolder folder;
  MadeFixture(folder.path(), "pix2pix").file("a.safetensors", {"trace.G.model"}).write();
  std::string bytes = read_file(folder / "a.safetensors");
  bytes.back() ^= 1;
  write_file(folder / "a.safetensors", bytes);
  EXPECT_THAT(
      error_of([&] { read(folder.path(), "pix2pix"); }, ExitCode::kBadInput),
      testing::AllOf(HasSubstr("a.safetensors"), HasSubstr("not the file that the manifest describes")));
  std::filesystem::remove(folder / "a.safetensors");
  EXPECT_THAT(error_of([&] { read(folder.path(), "pix2pix"); }, ExitCode::kBadInput),
              HasSubstr("\"a.safetensors\" is not there"));
  write_json(folder / "manifest.json", {{"method", "pix2pix"}});
  EXPECT_THAT(error_of([&] { read(folder.path(), "pix2pix"); }, ExitCode::kBadInput),
              HasSubstr("\"files\" is missing"));
}

TEST(ParityManifest, IsFoundAtAnyDepthUnderAnyName) {
  TempFolder folder;
  MadeFixture(folder / "some/where/else", "pix2pix").file("a.safetensors", {"trace.G.model"}).write();
  MadeFixture(folder / "here", "bbdm").file("a.safetensors", {"trace.model"}).write();
  const Requested requested(folder.path().c_str());
  EXPECT_EQ(ParityManifest::find("pix2pix")->folder(), folder / "some/where/else");
  EXPECT_EQ(ParityManifest::find("bbdm")->folder(), folder / "here");
  EXPECT_EQ(ParityManifest::find("rcd"), nullptr);  // asked for by name: no other place is searched
  MadeFixture(folder / "again", "bbdm").file("a.safetensors", {"trace.model"}).write();
  EXPECT_THAT(error_of([] { ParityManifest::find("bbdm"); }, ExitCode::kBadInput),
              HasSubstr("two fixtures of bbdm"));
}

void needs_rcd() { SYNERBENCH_NEEDS_FIXTURE(ParityManifest::find("rcd"), "rcd"); }

TEST(ParityManifest, NothingToCompareIsAFailureWhereAFolderIsNamed) {
  TempFolder folder;
  {
    const Requested requested(folder.path().c_str());
    EXPECT_FATAL_FAILURE(needs_rcd(), "no fixture of rcd; it has no manifest.json at all");
  }
  MadeFixture(folder / "x", "bbdm").file("a.safetensors", {"trace.model"}).write();
  {
    const Requested requested(folder.path().c_str());
    EXPECT_FATAL_FAILURE(needs_rcd(), "no fixture of rcd; it has bbdm");
  }
  {
    const Requested requested((folder / "not there").c_str());
    EXPECT_FATAL_FAILURE(needs_rcd(), "nothing to compare");
  }
}

// The fixtures of this run: whole, of methods that have parity tests; what is of no kind is named in the
// output.
TEST(ParityFolder, HoldsWhatItsManifestsSay) {
  std::vector<std::filesystem::path> folders;
  const auto requested = requested_parity_folder();
  if (!requested.empty()) {
    folders = fixtures_below(requested);
    ASSERT_FALSE(folders.empty()) << no_fixture_text("anything");
  } else {
    for (const char* place :
         {SYNERBENCH_SHARED_DIR "/data/parity", SYNERBENCH_SOURCE_DIR "/tests/fixtures"}) {
      for (const auto& folder : fixtures_below(place)) folders.push_back(folder);
    }
  }
  for (const auto& folder : folders) {
    const std::string method = fixture_method(folder);
    if (!compared_kinds().contains(method)) {
      fmt::print("[ parity   ] {}: no test compares a fixture of \"{}\"\n", folder.string(), method);
      continue;
    }
    EXPECT_NO_THROW(read(folder, method));
  }
}

}  // namespace
}  // namespace synerbench::testing_support
