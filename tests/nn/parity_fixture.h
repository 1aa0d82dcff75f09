// Holds computed tensors against a parity fixture: a folder with manifest.json and safetensors files, made by running
// the published code. Every tensor that the manifest gives a tolerance must be compared, or the test fails.
#pragma once

#include <ATen/core/Tensor.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "harness/core/json.h"
#include "harness/core/safetensors.h"

namespace torch::nn {
class Module;
}

namespace synerbench::testing_support {

/// Where the fixture of a method is: $SYNERBENCH_PARITY_DIR/<method>, else ../shared, else the copy in tests/fixtures. Empty:
/// nowhere; the test skips with parity_skip_reason().
std::filesystem::path find_parity_fixture(const std::string& method);
std::string parity_skip_reason(const std::string& method);

class ParityFixture {
 public:
  /// The method's fixture; none: nowhere, see find_parity_fixture.
  static std::unique_ptr<ParityFixture> find(const std::string& method);
  /// Checks the SHA-256 of every file against the manifest.
  explicit ParityFixture(std::filesystem::path folder);
  /// With SYNERBENCH_PARITY_REPORT set: prints, per file, how many tensors were compared and which came nearest to its tolerance.
  ~ParityFixture();
  ParityFixture(const ParityFixture&) = delete;
  ParityFixture& operator=(const ParityFixture&) = delete;

  const Json& config() const { return config_; }
  int64_t number(const char* field) const { return config_.at(field).get<int64_t>(); }
  const SafetensorsFile& file(const std::string& name) const;  // "forward.safetensors"
  at::Tensor input(const std::string& file, const std::string& tensor) const;

  /// Fails with the worst element (index, seen, wanted) when |seen - wanted| exceeds the tolerance: for every element,
  /// or, for a weight after an update ("after.*", not a buffer), for more than 1 % of them: Adam moves an element by
  /// about the learning rate whatever the size of its gradient, so rounding decides the sign of a vanishing one.
  void expect(const std::string& file, const std::string& tensor, const at::Tensor& seen);
  void expect(const std::string& file, const std::string& tensor, double seen);
  /// A layer's output against "trace.<key>": mean, population standard deviation, first and last element.
  void expect_traced(const std::string& file, const std::string& key, const at::Tensor& output);
  /// A network after an update, its keys below `prefix` ("G."): every parameter has a gradient, whose norm ("gradnorm.<prefix><key>") is compared;
  /// gradients ("grad.") and weights and buffers ("after.") are where the fixture holds them.
  void expect_updated(const std::string& file, const std::string& prefix, torch::nn::Module& network);
  bool wants(const std::string& file, const std::string& tensor) const;  // it is there, with a tolerance
  /// Tensors of `file` with a tolerance whose names start with `prefix`.
  std::vector<std::string> wanted(const std::string& file, const std::string& prefix) const;
  /// Fails for every tensor of `file` that has a tolerance and was never compared.
  void expect_all_compared(const std::string& file) const;

 private:
  std::filesystem::path folder_;
  Json config_;
  std::map<std::string, std::map<std::string, double>> tolerance_;  // file -> tensor -> tol
  mutable std::map<std::string, std::unique_ptr<SafetensorsFile>> open_;
  std::set<std::string> compared_;  // "file/tensor"
  struct Nearest {
    int64_t tensors = 0;
    double share = -1;  // of its tolerance
    std::string text;
  };
  std::map<std::string, Nearest> nearest_;  // by file
};

}  // namespace synerbench::testing_support
