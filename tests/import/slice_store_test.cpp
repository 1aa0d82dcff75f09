#include "harness/data/slice_store.h"

#include <gmock/gmock.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <functional>
#include <thread>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/data/store_manifest.h"
#include "tests/support/interrupted.h"
#include "tests/support/make_store.h"

namespace synerbench {
namespace {

using testing::HasSubstr;
using testing_support::make_store;
using testing_support::MakeStoreOptions;

MakeStoreOptions small_options() {
  MakeStoreOptions options;
  options.regions = {{"brain", {Modality::kMRI, Modality::kCT}}, {"wb", {Modality::kCT, Modality::kPET}}};
  options.size = {7, 5, 4};
  return options;
}

TEST(Planes, AxialKeepsTheOrderOfVoxels) {
  Geometry grid;
  grid.size = {3, 2, 4};
  grid.spacing = {1, 2, 3};
  std::vector<float> voxels(24);
  for (size_t v = 0; v < voxels.size(); ++v) voxels[v] = static_cast<float>(v);
  EXPECT_EQ(to_plane<float>(voxels, grid, "axial"), voxels);
  EXPECT_EQ(plane_shape(grid, "axial"), (std::array<int64_t, 3>{4, 2, 3}));
  EXPECT_EQ(plane_spacing(grid, "axial"), (std::array<double, 3>{3, 2, 1}));
}

TEST(Planes, CoronalHasTheHeadAtTheTop) {
  Geometry grid;
  grid.size = {3, 2, 4};
  grid.spacing = {1, 2, 3};
  std::vector<float> voxels;
  for (int k = 0; k < 4; ++k) {
    for (int j = 0; j < 2; ++j) {
      for (int i = 0; i < 3; ++i) voxels.push_back(static_cast<float>(100 * k + 10 * j + i));
    }
  }
  const auto slices = to_plane<float>(voxels, grid, "coronal");
  EXPECT_EQ(plane_shape(grid, "coronal"), (std::array<int64_t, 3>{2, 4, 3}));
  EXPECT_EQ(plane_spacing(grid, "coronal"), (std::array<double, 3>{2, 3, 1}));
  EXPECT_EQ(slices[0], 300);   // first slice (j = 0), top row is the most superior (k = 3)
  EXPECT_EQ(slices[2], 302);   // columns run along i
  EXPECT_EQ(slices[3], 200);   // next row: one step down
  EXPECT_EQ(slices[12], 310);  // second slice: j = 1
  EXPECT_EQ(from_plane<float>(slices, grid, "coronal"), voxels);
}

TEST(SliceStore, ReadsBackWhatWasWritten) {
  const TempFolder folder;
  const auto options = small_options();
  make_store(folder.path() / "store", options);
  const SliceStore store(folder.path() / "store");
  ASSERT_EQ(store.cases().size(), 8U);
  EXPECT_THAT(store.verify(), testing::IsEmpty());
  EXPECT_EQ(store.imports()["made"]["rule"], "made by a test");

  const auto& wb = store.find("made/wb-p01-c0");
  EXPECT_EQ(wb.plane, "coronal");
  EXPECT_EQ(wb.shape, (std::array<int64_t, 3>{5, 4, 7}));
  std::vector<uint8_t> mask;
  for (const Modality modality : {Modality::kCT, Modality::kPET}) {
    const auto wanted = to_plane<float>(testing_support::made_voxels(options, "wb-p01-c0", modality, &mask),
                                        wb.geometry, wb.plane);
    const auto view = store.volume(wb, modality);
    const auto all = view.read_all();
    ASSERT_EQ(all.size(), wanted.size());
    for (size_t v = 0; v < all.size(); ++v) ASSERT_EQ(all[v], static_cast<double>(wanted[v]));
    std::vector<float> two(2 * 4 * 7);
    view.read(3, 2, two);
    EXPECT_EQ(two[5], wanted[3 * 4 * 7 + 5]);
    EXPECT_EQ(view.value(3, 2, 6), wanted[(3 * 4 + 2) * 7 + 6]);
  }
  EXPECT_EQ(store.mask(wb), to_plane<uint8_t>(mask, wb.geometry, wb.plane));
  EXPECT_EQ(wb.find(Modality::kCT)->dtype, DType::kI16);
  EXPECT_EQ(wb.find(Modality::kPET)->dtype, DType::kF32);
  EXPECT_EQ(wb.find(Modality::kT1), nullptr);
}

TEST(SliceStore, FindsTheCasesOfATask) {
  const TempFolder folder;
  make_store(folder.path() / "store", small_options());
  const SliceStore store(folder.path() / "store");
  const Task task{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};
  EXPECT_EQ(store.cases_for(task).size(), 4U);
  EXPECT_EQ(store.cases_for(task, Split::kTrain).size(), 2U);
  EXPECT_EQ(store.cases_for(task, Split::kValidation).size(), 1U);
  ASSERT_EQ(store.cases_for(task, Split::kTest).size(), 1U);
  EXPECT_EQ(store.cases_for(task, Split::kTest)[0]->id.text(), "made/brain-p03-c0");
  const Task other{"brain-ct-to-pet", "brain", Modality::kCT, Modality::kPET};
  EXPECT_TRUE(store.cases_for(other).empty()) << "PET exists in another region only";
}

TEST(SliceStore, UnknownCasesAndModalitiesAreUsageErrors) {
  const TempFolder folder;
  make_store(folder.path() / "store", small_options());
  const SliceStore store(folder.path() / "store");
  try {
    store.find("made/brain-p3-c0");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kUsage);
    EXPECT_THAT(error.what(), HasSubstr("did you mean \"made/brain-p03-c0\"?"));
  }
  EXPECT_THROW(store.volume(store.cases()[0], Modality::kT2), Error);
}

TEST(SliceStore, IsThreadSafe) {
  const TempFolder folder;
  make_store(folder.path() / "store", small_options());
  const SliceStore store(folder.path() / "store");
  std::vector<double> sums(8);
  std::vector<std::thread> threads;
  for (size_t t = 0; t < sums.size(); ++t) {
    threads.emplace_back([&, t] {
      for (const auto& stored : store.cases()) {
        for (const double v : store.volume(stored, Modality::kCT).read_all()) sums[t] += v;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (const double sum : sums) EXPECT_EQ(sum, sums[0]);
}

// The bound that slice_store.h states: integers exact, other values to the nearest float.
TEST(SliceStore, RoundingIsBounded) {
  const TempFolder folder;
  Random random(5);
  std::vector<double> truth{0,          1e-7, 0.1,     1.0 / 3,  7.123456789, 19.999999,
                            1234.56789, -0.3, -1023.7, 40000.25, 32768};
  while (truth.size() < 64) truth.push_back(random.normal() * std::pow(10, random.uniform(-3, 4)));
  CaseToStore to_store;
  to_store.name = "rounding";
  to_store.patient = "p";
  to_store.region = "brain";
  to_store.plane = "axial";
  to_store.geometry.size = {4, 4, 4};
  to_store.mask.assign(64, 1);
  VolumeToStore real, whole, wide;
  real.modality = Modality::kPET;
  whole.modality = Modality::kCT;
  wide.modality = Modality::kMRI;
  for (size_t v = 0; v < 64; ++v) {
    real.voxels.push_back(static_cast<float>(truth[v]));
    whole.voxels.push_back(v == 0   ? -32768.F
                           : v == 1 ? 32767.F
                                    : static_cast<float>(std::lround(random.normal() * 500)));
    wide.voxels.push_back(v == 0 ? 32768.F
                                 : static_cast<float>(v));  // whole numbers, one too large for 16 bits
  }
  to_store.volumes = {real, whole, wide};
  StoreWriter writer(folder.path() / "store", "made", Json::object());
  writer.add(to_store, sha256_hex("x"));
  writer.finish();
  const SliceStore store(folder.path() / "store");
  const auto& stored = store.find("made/rounding");
  const auto pet = store.volume(stored, Modality::kPET).read_all();
  for (size_t v = 0; v < 64; ++v)
    EXPECT_LE(std::abs(pet[v] - truth[v]), std::ldexp(std::abs(truth[v]), -24)) << truth[v];
  EXPECT_EQ(stored.find(Modality::kCT)->dtype, DType::kI16);
  EXPECT_EQ(stored.find(Modality::kMRI)->dtype, DType::kF32);
  const auto ct = store.volume(stored, Modality::kCT).read_all(),
             mr = store.volume(stored, Modality::kMRI).read_all();
  for (size_t v = 0; v < 64; ++v) {
    EXPECT_EQ(ct[v], whole.voxels[v]);
    EXPECT_EQ(mr[v], wide.voxels[v]);
  }
}

TEST(SliceStore, VerifyFindsAFlippedByteAMissingShardAndALie) {
  const TempFolder folder;
  const auto path = folder.path() / "store";
  make_store(path, small_options());
  const SliceStore store(path);
  const auto first = path / store.cases()[0].shard, second = path / store.cases()[1].shard;
  std::string bytes = read_file(first);
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  std::ofstream(first, std::ios::binary) << bytes;
  std::filesystem::remove(second);
  const auto problems = store.verify();
  ASSERT_EQ(problems.size(), 2U);
  EXPECT_THAT(problems[0], HasSubstr("SHA-256"));
  EXPECT_THAT(problems[1], HasSubstr("no such file"));
}

// 8 KiB of a CT set to zero once scored better than the CT itself.
TEST(SliceStore, AShardIsReadOnlyWhenItIsWhatTheManifestSays) {
  const TempFolder folder;
  const auto path = folder.path() / "store";
  make_store(path, small_options());
  const std::string id = SliceStore(path).cases()[0].id.text();
  const auto shard = path / SliceStore(path).find(id).shard;
  const std::string sound = read_file(shard);
  const auto refused = [&] {
    const SliceStore store(path);
    for (const auto& read : {std::function<void()>([&] { store.volume(store.find(id), Modality::kCT); }),
                             std::function<void()>([&] { store.mask(store.find(id)); })}) {
      try {
        read();
        return std::string("read");
      } catch (const DamagedShard& error) {
        EXPECT_EQ(error.code(), ExitCode::kBadInput);
        EXPECT_EQ(error.place(), shard.string());
        EXPECT_THAT(error.hint(), HasSubstr("store verify"));
        if (std::string(error.what()).empty()) return std::string("no message");
      }
    }
    return std::string("refused");
  };
  EXPECT_EQ(refused(), "read");
  for (const size_t at : {sound.size() - 1, sound.size() / 2, size_t{9}}) {
    std::string bad = sound;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    write_file(shard, bad);
    EXPECT_EQ(refused(), "refused") << "byte " << at;
  }
  write_file(shard, sound.substr(0, sound.size() - 1));
  EXPECT_EQ(refused(), "refused");
  std::filesystem::remove(shard);
  EXPECT_EQ(refused(), "refused");
  write_file(shard, sound);
  EXPECT_EQ(refused(), "read");
}

TEST(SliceStore, VerifyStopsWhenItIsInterrupted) {
  const TempFolder folder;
  make_store(folder.path() / "store", small_options());
  testing_support::expect_interruptible([&] { SliceStore(folder.path() / "store").verify(); });
}

TEST(SliceStore, AShardNamesItsCase) {
  const TempFolder folder;
  const auto path = folder.path() / "store";
  make_store(path, small_options());
  Json manifest = read_json(path / "manifest.json");
  for (const char* key : {"shard", "shard_sha256"})
    std::swap(manifest["cases"][0][key], manifest["cases"][1][key]);
  write_json(path / "manifest.json", manifest);
  const SliceStore store(path);
  try {
    store.mask(store.cases()[0]);
    FAIL() << "two patients were exchanged";
  } catch (const DamagedShard& error) {
    EXPECT_EQ(error.problem(), fmt::format("the case it names is \"{}\", manifest.json says \"{}\"",
                                           store.cases()[1].id.text(), store.cases()[0].id.text()));
  }
  EXPECT_EQ(store.verify().size(), 2U);
}

TEST(SliceStore, AShardThatDoesNotFitTheManifestIsRefusedOnReading) {
  const TempFolder folder;
  const auto path = folder.path() / "store";
  make_store(path, small_options());
  const SliceStore store(path);
  std::filesystem::copy_file(path / store.find("made/wb-p00-c0").shard,
                             path / store.find("made/brain-p00-c0").shard,
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_THROW(store.volume(store.find("made/brain-p00-c0"), Modality::kCT), Error);
}

TEST(SliceStore, AFolderWithoutManifestSaysWhatToDo) {
  const TempFolder folder;
  try {
    const SliceStore store(folder.path());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kBadInput);
    EXPECT_THAT(error.what(), HasSubstr("synerbench import"));
  }
}

struct Damage {
  const char* name;
  std::function<void(Json&)> apply;
  const char* place;
  const char* message;
};

class DamagedManifest : public testing::TestWithParam<Damage> {};

// A sound manifest of four cases with two volumes each. Shards are opened when first used, so none is needed.
Json sound_manifest() {
  Json json = parse_json(R"({
    "schema": "synerbench/store", "schema_version": 2, "imports": {"made": {"rule": "made by a test"}}, "cases": []})",
                         "manifest");
  const Json one = parse_json(R"({
    "id": "", "patient": "", "dataset": "made", "region": "brain", "group": "", "split": "train", "plane": "axial",
    "shape": [4, 5, 7], "spacing": [3, 1, 1],
    "geometry": {"size": [7, 5, 4], "spacing": [1, 1, 3], "origin": [0, 0, 0], "direction": [1, 0, 0, 0, 1, 0, 0, 0, 1]},
    "mask_rule": "file", "mask_source": null, "remarks": [], "shard": "", "shard_sha256": "", "import_key": "",
    "volumes": [
      {"modality": "CT", "tensor": "CT", "dtype": "I16", "source": {}, "values": {}, "remarks": [], "sketch": "",
       "voxels_sha256": "0000000000000000000000000000000000000000000000000000000000000000",
       "intensity": {"low": -1024, "high": 3000, "unit": "HU", "rule": "fixed"}},
      {"modality": "PET", "tensor": "PET", "dtype": "F32", "source": {}, "values": {}, "remarks": [], "sketch": "",
       "voxels_sha256": "0000000000000000000000000000000000000000000000000000000000000000",
       "intensity": {"low": 0, "high": 20, "unit": "SUV", "rule": "fixed"}}]})",
                              "case");
  for (int p = 0; p < 4; ++p) {
    Json stored = one;
    stored["patient"] = fmt::format("p{}", p);
    stored["id"] = fmt::format("made/p{}", p);
    stored["shard"] = fmt::format("shards/made/p{}.safetensors", p);
    stored["shard_sha256"] = stored["import_key"] = sha256_hex(fmt::format("p{}", p));
    if (p == 3) stored["split"] = "test";
    json["cases"].push_back(stored);
  }
  return json;
}

TEST(SliceStore, AcceptsTheSoundManifestOfTheTableBelow) {
  const TempFolder folder;
  write_json(folder.path() / "manifest.json", sound_manifest());
  EXPECT_EQ(SliceStore(folder.path()).cases().size(), 4U);
}

TEST_P(DamagedManifest, IsRefusedWithItsPlace) {
  const TempFolder folder;
  const auto path = folder.path();
  Json json = sound_manifest();
  GetParam().apply(json);
  write_json(path / "manifest.json", json);
  try {
    const SliceStore store(path);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kBadInput);
    EXPECT_THAT(error.place(), HasSubstr(GetParam().place));
    EXPECT_THAT(error.what(), HasSubstr(GetParam().message));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Table, DamagedManifest,
    testing::Values(
        Damage{"Schema", [](Json& j) { j["schema"] = "synerbench/results"; }, "/schema", "not the manifest"},
        Damage{"Version", [](Json& j) { j["schema_version"] = 99; }, "/schema_version", "version 99"},
        Damage{"UnknownKey", [](Json& j) { j["cases"][0]["regoin"] = 1; }, "/cases/0/regoin",
               "did you mean \"region\"?"},
        Damage{"MissingKey", [](Json& j) { j["cases"][1].erase("plane"); }, "/cases/1",
               "\"plane\" is missing"},
        Damage{"Region", [](Json& j) { j["cases"][0]["region"] = "brian"; }, "/cases/0/region",
               "did you mean \"brain\"?"},
        Damage{"Modality", [](Json& j) { j["cases"][0]["volumes"][0]["modality"] = "MR"; },
               "/cases/0/volumes/0/modality", "MR"},
        Damage{"Dtype", [](Json& j) { j["cases"][0]["volumes"][0]["dtype"] = "F64"; },
               "/cases/0/volumes/0/dtype", "F64"},
        Damage{"Shape", [](Json& j) { j["cases"][0]["shape"][0] = 5; }, "/cases/0/shape", "does not follow"},
        Damage{"NegativeSide", [](Json& j) { j["cases"][0]["geometry"]["size"][0] = -7; },
               "/cases/0/geometry/size", "sides"},
        Damage{"Spacing", [](Json& j) { j["cases"][0]["geometry"]["spacing"][0] = 0; },
               "/cases/0/geometry/spacing", "positive"},
        Damage{"Axes", [](Json& j) { j["cases"][0]["geometry"]["direction"][0] = -1; },
               "/cases/0/geometry/direction", "RPS"},
        Damage{"LineBreakInPatient", [](Json& j) { j["cases"][0]["patient"] = "p\n1"; }, "/cases/0/patient",
               "holds a line break"},
        Damage{"EscapeInGroup", [](Json& j) { j["cases"][1]["group"] = "A\x1b[2J"; }, "/cases/1/group",
               "\\x1B[2J"},
        Damage{"HugeIntensity", [](Json& j) { j["cases"][0]["volumes"][0]["intensity"]["high"] = 1e308; },
               "/cases/0/volumes/0/intensity", "wider than any volume"},
        Damage{"HugeOrigin", [](Json& j) { j["cases"][0]["geometry"]["origin"][0] = 1e308; },
               "/cases/0/geometry/origin", "is no length"},
        Damage{"Escape", [](Json& j) { j["cases"][0]["shard"] = "../../secret"; }, "/cases/0/shard",
               "leads out"},
        Damage{"Absolute", [](Json& j) { j["cases"][0]["shard"] = "/etc/passwd"; }, "/cases/0/shard",
               "leads out"},
        Damage{"Digest", [](Json& j) { j["cases"][0]["shard_sha256"] = "abc"; }, "/cases/0/shard_sha256",
               "SHA-256"},
        Damage{"Order", [](Json& j) { std::swap(j["cases"][0], j["cases"][1]); }, "/cases/1/id", "in order"},
        Damage{"Dataset", [](Json& j) { j["cases"][0]["dataset"] = "other"; }, "/cases/0/id", "start with"},
        Damage{"Imports", [](Json& j) { j["imports"] = Json::object(); }, "/cases/0/dataset", "says nothing"},
        Damage{"PatientInTwoSplits", [](Json& j) { j["cases"][3]["patient"] = j["cases"][0]["patient"]; },
               "/cases/3/split", "is in train and in test"},
        Damage{"TwiceTheModality", [](Json& j) { j["cases"][0]["volumes"][1] = j["cases"][0]["volumes"][0]; },
               "/cases/0/volumes", "twice"},
        Damage{"ShortImprint", [](Json& j) { j["cases"][0]["volumes"][0]["imprint"] = std::string(16, '0'); },
               "/cases/0/volumes/0/imprint", "none or 128 hexadecimal digits"},
        Damage{"FlatIntensity", [](Json& j) { j["cases"][0]["volumes"][0]["intensity"]["high"] = -5000; },
               "/cases/0/volumes/0/intensity", "no width"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace synerbench
