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

namespace synerbench::reference::testing {

/// The folder of fixtures: SYNERBENCH_PARITY_DIR, else ../shared/data/parity/reference, else the small copy that
/// comes with the sources.
inline const std::filesystem::path& parity_folder() {
  static const std::filesystem::path folder = [] {
    if (const char* given = std::getenv("SYNERBENCH_PARITY_DIR"); given && *given)
      return std::filesystem::path(given);
    const auto shared = std::filesystem::path(SYNERBENCH_SHARED_DIR) / "data/parity/reference";
    if (std::filesystem::exists(shared / "manifest.json")) return shared;
    return std::filesystem::path(SYNERBENCH_SOURCE_DIR) / "tests/fixtures/reference";
  }();
  return folder;
}

inline bool has_fixture(const std::string& file) { return std::filesystem::exists(parity_folder() / file); }

/// First line of a test: it says which file is not there instead of passing silently.
#define SKIP_WITHOUT(file)                                                                            \
  if (!::synerbench::reference::testing::has_fixture(file))                                           \
  GTEST_SKIP() << file << " is not in " << ::synerbench::reference::testing::parity_folder().string() \
               << "; the whole set is in ../shared, or give its folder in SYNERBENCH_PARITY_DIR"

/// Sizes of the fixtures' model, special ids and so on.
inline const Json& manifest() {
  static const Json json = read_json(parity_folder() / "manifest.json");
  return json;
}

/// One fixture file.
class Fixture {
 public:
  explicit Fixture(const std::string& file) : file_(parity_folder() / file) {}
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

/// The largest difference seen so far and where; printed by every parity test.
class WorstError {
 public:
  explicit WorstError(std::string fixture) : fixture_(std::move(fixture)) {}
  ~WorstError() { std::printf("[ parity   ] %s\n", text().c_str()); }
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
