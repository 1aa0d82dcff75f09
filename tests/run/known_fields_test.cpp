#include "harness/run/known_fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "harness/core/error.h"
#include "harness/run/record.h"
#include "tests/support/error_of.h"

namespace synerbench {
namespace {

using testing::HasSubstr;
using testing_support::error_of;

Json results() {
  ModelInfo info;
  info.name = "pix2pix";
  info.label = "Pix2Pix";
  Results results;
  results.identity = {{"kind", "run"},
                      {"suite", {{"name", "quick"}, {"title", "A first look"}, {"sha256", "ab"}}},
                      {"tasks", {{{"id", "brain-mr-to-ct"}, {"canvas", nullptr}}}},
                      {"protocols", {"synermed-2d@2"}},
                      {"store", {{"sha256", "cd"}, {"simulated", {{"brats", "demo@1"}}}}},
                      {"seed", std::numeric_limits<uint64_t>::max()},
                      {"max_cases", 0},
                      {"models", {{{"key", "m"}, {"device", "cpu"}, {"info", to_json(info)}}}},
                      {"builds", {{{"version", "1"}, {"commit", "ef"}, {"dirty", false}}}}};
  Json told = to_json(info);
  told["switches"]["training"] = {{"covers", "task"},
                                  {"seed", std::numeric_limits<uint64_t>::max()},
                                  {"budget", {{"kind", "updates"}, {"value", 100}}}};
  told["tasks"]["brain-mr-to-ct"] = to_json(info);
  results.models.push_back({"m", told});
  return to_json(results);
}

TEST(KnownFields, WhatARunWritesIsRead) {
  EXPECT_EQ(to_json(results_from_json(results(), "results.json")), results());
  Json none = results();
  none["identity"] = nullptr;
  none["models"][0]["info"] = nullptr;
  EXPECT_EQ(to_json(results_from_json(none, "results.json")), none);
}

TEST(KnownFields, WhatIsNotKnownIsLeftAlone) {
  Json more = results();
  more["identity"]["of_a_later_version"] = {{"a", 1}};
  more["models"][0]["info"]["of_a_later_version"] = {1, 2};
  more["models"][0]["info"]["switches"]["ngf"] = 64;
  EXPECT_EQ(to_json(results_from_json(more, "results.json")), more);
}

// Each of these ended in "internal error", or was printed as it is.
TEST(KnownFields, AnotherTypeIsRefusedWithItsPlace) {
  const std::pair<const char*, Json> wrong[] = {{"/identity", Json::array()},
                                                {"/identity/seed", -1},
                                                {"/identity/seed", 0.5},
                                                {"/identity/protocols", "synermed-2d@2"},
                                                {"/identity/suite", "quick"},
                                                {"/identity/suite/title", 5},
                                                {"/identity/suite/lineage", 5},
                                                {"/identity/store", "cd"},
                                                {"/identity/store/sha256", 5},
                                                {"/identity/store/simulated", Json::array({5})},
                                                {"/identity/store/simulated/brats", 5},
                                                {"/identity/tasks/0/id", 5},
                                                {"/identity/models/0/key", 5},
                                                {"/identity/models/0/info/label", 5},
                                                {"/identity/builds", Json::object()},
                                                {"/identity/builds/0/dirty", "yes"},
                                                {"/identity/builds/0/commit", 5},
                                                {"/models/0/info", "Pix2Pix"},
                                                {"/models/0/info/name", 5},
                                                {"/models/0/info/label", Json::array()},
                                                {"/models/0/info/trivial", "yes"},
                                                {"/models/0/info/deterministic", 1},
                                                {"/models/0/info/parameters", "many"},
                                                {"/models/0/info/parameters", -5},
                                                {"/models/0/info/network_evaluations", -1294967296},
                                                {"/models/0/info/network_evaluations", int64_t{1} << 40},
                                                {"/models/0/info/weights_sha256", 5},
                                                {"/models/0/info/fitted", 5},
                                                {"/models/0/info/switches", 5},
                                                {"/models/0/info/switches/training/covers", 5},
                                                {"/models/0/info/switches/training/seed", "one"},
                                                {"/models/0/info/switches/training/seed", -3},
                                                {"/models/0/info/switches/training/updates", 1e300},
                                                {"/models/0/info/switches/training/budget/kind", 4},
                                                {"/models/0/info/switches/training/budget/value", "x"},
                                                {"/models/0/info/lineages", Json::object()},
                                                {"/models/0/info/tasks", 5},
                                                {"/models/0/info/tasks/brain-mr-to-ct/label", 5}};
  for (const auto& [place, value] : wrong) {
    Json edited = results();
    edited[Json::json_pointer(place)] = value;
    const std::string text =
        error_of([&] { results_from_json(edited, "results.json"); }, ExitCode::kBadInput);
    EXPECT_THAT(text, HasSubstr(std::string("results.json: ") + place + ": ")) << value.dump();
  }
}

}  // namespace
}  // namespace synerbench
