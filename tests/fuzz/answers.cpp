// What others hand in for a score, or as a model file: predictions.json of grand-challenge.org over a tree of
// predictions, and the side file of a TorchScript model.
#include "baselines/network_file/side_file.h"
#include "harness/core/json.h"
#include "harness/run/grand_challenge.h"
#include "tests/fuzz/targets.h"

namespace synerbench::fuzz {
namespace {

constexpr char kMark = '\x1e';

// ---- predictions.json; behind byte 0x1e the slug that was asked for

const std::filesystem::path& answers() {
  static const std::filesystem::path root = [] {
    for (const char* file :
         {"pk-0/output/images/ct/a.mha", "pk-1/output/images/ct/b.mha", "pk-1/output/images/other/c.nii.gz",
          "pk-2/output/images/ct/d.mha", "pk-2/output/images/ct/e.mha", "secret.mha"})
      put(std::string("answers/") + file, "x");
    return desk() / "answers";
  }();
  return root;
}

void grand_challenge_one(std::string_view input) {
  const auto folder = answers();
  put("answers/predictions.json", take_until(&input, kMark));
  SB_CHECK(is_grand_challenge(folder), "it has a predictions.json");
  std::vector<GrandChallengeJob> jobs;
  if (!accepted([&] { jobs = read_grand_challenge(folder, std::string(input)); })) return;
  for (const GrandChallengeJob& job : jobs) {
    SB_CHECK(job.output.empty() == !job.problem.empty(), "an answer, or why there is none");
    if (job.output.empty()) continue;
    const std::string inside = job.output.lexically_normal().generic_string();
    SB_CHECK(inside.starts_with("pk-") && inside.find("..") == std::string::npos, "it lies below its job");
    SB_CHECK(file_exists(folder / job.output), "and is there");
  }
}

Json job_of(const std::string& pk, const std::string& image, const std::string& kind) {
  return {{"pk", pk},
          {"inputs", Json::array({{{"image", {{"name", image}}}, {"interface", {{"slug", "mri"}}}},
                                  {{"value", 61}, {"image", nullptr}, {"interface", {{"slug", "age"}}}}})},
          {"outputs", Json::array({{{"image", {{"name", "x.mha"}}},
                                    {kind, {{"slug", "ct"}, {"relative_path", "images/ct"}}}}})},
          {"status", "Succeeded"}};
}

Seeds grand_challenge_seeds() {
  const Json two =
      Json::array({job_of("pk-0", "p1.mha", "interface"), job_of("pk-1", "p2.nii.gz", "socket")});
  Json several = two;
  several[1]["outputs"].push_back(
      {{"image", {{"name", "y"}}}, {"socket", {{"slug", "other"}, {"relative_path", "images/other"}}}});
  const Json bad = Json::array({job_of("pk-2", "p3.mha", "socket"), job_of("pk-9", "p4.mha", "socket")});
  return {{"two", to_text(two, -1)},
          {"slug", to_text(several, -1) + kMark + "ct"},
          {"without", to_text(bad, -1)}};
}

// ---- the side file of a model file

void side_file_one(std::string_view input) {
  const auto model = put("mine.pt", "x");
  put("mine.pt.json", input);
  const std::string own(64, 'a');
  StatedModel stated;
  if (!accepted([&] { stated = stated_beside(model, own); })) return;
  SB_CHECK(stated.weights_sha256 == own && !stated.label.empty(), "a model has a hash and a label");
  SB_CHECK(stated.low < stated.high, "a range has an inside");
  SB_CHECK(stated.parameters >= 0 && stated.network_evaluations >= 0, "what tables print");
  const ModelInput wanted = stated.input();
  SB_CHECK(wanted.neighbors >= ModelInput::kWholeVolume && wanted.sources >= 0, "what the harness can give");
  std::vector<float> pixels{-1, 0, 1};
  stated.to_its_range(pixels);
  stated.from_its_range(pixels);
}

Seeds side_file_seeds() {
  const Json full{{"label", "Mine"},
                  {"version", "2"},
                  {"weights_sha256", std::string(64, 'a')},
                  {"parameters", 1200},
                  {"network_evaluations", 4},
                  {"deterministic", false},
                  {"sources", 2},
                  {"neighbors", 1},
                  {"canvas", "256:pad"},
                  {"low", 0},
                  {"high", 1}};
  return {{"full", to_text(full, -1)}, {"volume", R"({"volume": true, "sources": 0})"}, {"empty", "{}"}};
}

}  // namespace

Target grand_challenge() { return {"grand_challenge", grand_challenge_one, grand_challenge_seeds, 2000}; }
Target side_file() { return {"side_file", side_file_one, side_file_seeds, 500}; }

}  // namespace synerbench::fuzz
