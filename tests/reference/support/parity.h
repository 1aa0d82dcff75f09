// Where the parity fixtures are, and their values as plain vectors.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/safetensors.h"
#include "tests/parity/manifest.h"

namespace synerbench::reference::testing {

using testing_support::ParityManifest;

/// The fixture of the reference model, see Note [Finding fixtures]; null: nowhere.
inline const ParityManifest* fixture_set() {
  static const auto found = testing_support::ParityManifest::find("reference");
  return found.get();
}

/// The folder with the weights and the tokenizer of the fixtures' model; that of a tokenizer without marks
/// for images. Error when the fixture has none.
inline std::filesystem::path model_folder() { return fixture_set()->folder_of("W", "vocab.json"); }
inline std::filesystem::path other_tokenizer_folder() { return fixture_set()->folder_of("K1", "vocab.json"); }

/// `kind`: one of compared_kinds().at("reference"), "tokenizers", or "autoencoder weights" (which the small
/// copy lacks).
inline bool has_fixture(const std::string& kind) {
  const ParityManifest* set = fixture_set();
  if (!set) return false;
  if (kind == "autoencoder weights") return set->has("W", "ae.safetensors");
  if (kind == "tokenizers") return set->has("W", "vocab.json") && set->has("K1", "vocab.json");
  return set->has(kind);
}

/// First line of a test: it says what is not there instead of passing silently.
#define NEEDS_FIXTURE(kind)                                                     \
  SYNERBENCH_NEEDS_FIXTURE(::synerbench::reference::testing::has_fixture(kind), \
                           std::string("the reference model (") + kind + ")")

/// Our own sets hold at least so many cases of a kind; one that somebody else names holds what it holds, but
/// not nothing.
inline int at_least(int cases) { return testing_support::requested_parity_folder().empty() ? cases : 1; }

/// Sizes of the fixtures' model, special ids and so on.
inline const Json& manifest() { return fixture_set()->json(); }

/// The fixture file of a kind.
class Fixture {
 public:
  explicit Fixture(const std::string& kind) : file_(fixture_set()->file(kind)) {}
  bool has(const std::string& name) const { return file_.contains(name); }
  TensorView view(const std::string& name) const { return file_.at(name); }
  std::vector<std::string> names(const std::string& prefix) const {
    std::vector<std::string> list;
    for (const auto& name : file_.names()) {
      if (name.starts_with(prefix)) list.push_back(name);
    }
    return list;
  }
  /// Names "<prefix><case>.<rest>": the cases, sorted.
  std::vector<std::string> cases(const std::string& prefix, const std::string& rest) const {
    std::vector<std::string> list;
    for (const auto& name : names(prefix)) {
      if (name.ends_with("." + rest))
        list.push_back(name.substr(prefix.size(), name.size() - prefix.size() - rest.size() - 1));
    }
    return list;
  }
  template <class T>
  std::vector<T> values(const std::string& name) const {
    const TensorView view = file_.at(name);
    std::vector<T> out(static_cast<size_t>(view.count()));
    EXPECT_EQ(out.size() * sizeof(T), view.bytes.size()) << name << " is " << name_of(view.dtype);
    if (!out.empty()) std::memcpy(out.data(), view.bytes.data(), view.bytes.size());
    return out;
  }
  std::vector<int64_t> integers(const std::string& name) const { return values<int64_t>(name); }
  std::vector<float> floats(const std::string& name) const { return values<float>(name); }
  std::vector<double> doubles(const std::string& name) const { return values<double>(name); }
  std::vector<uint8_t> bytes(const std::string& name) const { return values<uint8_t>(name); }
  int64_t integer(const std::string& name) const { return integers(name).at(0); }
  std::vector<int64_t> shape(const std::string& name) const { return file_.at(name).shape; }

 private:
  SafetensorsFile file_;
};

/// The largest difference seen so far and where; printed by every parity test, which fails when nothing was
/// compared.
class WorstError {
 public:
  explicit WorstError(std::string fixture) : fixture_(std::move(fixture)) {}
  ~WorstError() {
    std::printf("[ parity   ] %s\n", text().c_str());
    EXPECT_GT(count_, 0) << fixture_ << ": nothing was compared";
  }
  WorstError(const WorstError&) = delete;
  WorstError& operator=(const WorstError&) = delete;

  void note(const std::string& tensor, double error, int64_t index) {
    if (count_ == 0 || !(error <= error_)) {  // NaN counts as worst
      error_ = error;
      tensor_ = tensor;
      index_ = index;
    }
    ++count_;
  }
  std::string text() const {
    char line[256];
    std::snprintf(line, sizeof line, "%s: %d tensors, worst %.3g in %s at %lld", fixture_.c_str(), count_,
                  error_, tensor_.c_str(), static_cast<long long>(index_));
    return line;
  }

 private:
  std::string fixture_, tensor_ = "-";
  double error_ = 0;
  int64_t index_ = 0;
  int count_ = 0;
};

/// Absolute difference below `tolerance` everywhere.
inline void expect_close(const std::vector<float>& seen, const std::vector<float>& wanted, double tolerance,
                         const std::string& name, WorstError& worst) {
  ASSERT_EQ(seen.size(), wanted.size()) << name;
  double error = 0;
  int64_t place = 0;
  for (size_t i = 0; i < seen.size(); ++i) {
    const double difference = std::abs(static_cast<double>(seen[i]) - wanted[i]);
    if (seen[i] == wanted[i]) continue;  // equal infinities
    if (!(difference <= error)) {
      error = difference;
      place = static_cast<int64_t>(i);
    }
  }
  worst.note(name, error, place);
  EXPECT_LE(error, tolerance) << name << " at " << place << ": " << (seen.empty() ? 0.f : seen[place])
                              << ", wanted " << (seen.empty() ? 0.f : wanted[place]);
}

}  // namespace synerbench::reference::testing
