// Holds computed tensors against a parity fixture: a folder with manifest.json and safetensors files, made by
// running the published code. Every tensor that the manifest gives a tolerance must be compared, or the test
// fails. Tests name the kind of a file ("forward", "step", "G"); which file that is, the manifest says: Note
// [Finding fixtures].
#pragma once

#include <ATen/core/Tensor.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <string>

#include "harness/core/json.h"
#include "harness/core/safetensors.h"
#include "tests/parity/manifest.h"

namespace torch::nn {
class Module;
}

namespace synerbench::testing_support {

class ParityFixture {
 public:
  /// The method's fixture; null: nowhere. A fixture that is not whole is an Error.
  static std::unique_ptr<ParityFixture> find(const std::string& method);
  explicit ParityFixture(std::shared_ptr<const ParityManifest> manifest);
  /// With SYNERBENCH_PARITY_REPORT set: prints, per file, how many tensors were compared and which came
  /// nearest to its tolerance.
  ~ParityFixture();
  ParityFixture(const ParityFixture&) = delete;
  ParityFixture& operator=(const ParityFixture&) = delete;

  const Json& config() const { return manifest_->json().at("config"); }
  int64_t number(const char* field) const { return config().at(field).get<int64_t>(); }
  /// The file of a kind; Error when the fixture has none.
  const SafetensorsFile& file(const std::string& kind) const;
  at::Tensor input(const std::string& kind, const std::string& tensor) const;

  /// Our own fixtures have a tolerance for every tensor that is asked for. In one that SYNERBENCH_PARITY_DIR
  /// names a tensor may be missing and is passed over; expect_all_compared() sees to those that are there.
  /// Fails with the worst element (index, seen, wanted) when |seen - wanted| exceeds the tolerance: for every
  /// element, or, for a weight after an update ("after.*", not a buffer), for more than 1 % of them: Adam
  /// moves an element by about the learning rate whatever the size of its gradient, so rounding decides the
  /// sign of a vanishing one.
  void expect(const std::string& kind, const std::string& tensor, const at::Tensor& seen);
  void expect(const std::string& kind, const std::string& tensor, double seen);
  /// A layer's output against "trace.<key>": mean, population standard deviation, first and last element.
  void expect_traced(const std::string& kind, const std::string& key, const at::Tensor& output);
  /// A network after an update, its keys below `prefix` ("G."): every parameter has a gradient, whose norm
  /// ("gradnorm.<prefix><key>") is compared; gradients ("grad.") and weights and buffers ("after.") are where
  /// the fixture holds them.
  void expect_updated(const std::string& kind, const std::string& prefix, torch::nn::Module& network);
  bool wants(const std::string& kind, const std::string& tensor) const;  // it is there, with a tolerance
  /// Fails for every tensor of the file that has a tolerance and was never compared, and when none has one.
  void expect_all_compared(const std::string& kind) const;

 private:
  const std::map<std::string, double>& tolerances(const std::string& kind) const;  // by tensor

  std::shared_ptr<const ParityManifest> manifest_;
  mutable std::map<std::string, std::map<std::string, double>> tolerances_;  // by kind
  mutable std::map<std::string, std::unique_ptr<SafetensorsFile>> open_;     // by kind
  std::set<std::string> compared_;                                           // "kind/tensor"
  struct Nearest {
    int64_t tensors = 0;
    double share = -1;  // of its tolerance
    std::string text;
  };
  std::map<std::string, Nearest> nearest_;  // by kind
};

}  // namespace synerbench::testing_support
