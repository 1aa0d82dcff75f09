#include "tests/nn/parity_fixture.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdlib>

#include "harness/nn/state.h"
#include "harness/nn/tensors.h"

namespace synerbench::testing_support {
namespace {

constexpr double kShareOfWeights = 0.99;  // of an "after.*" weight that must be within its tolerance

std::string index_text(int64_t flat, at::IntArrayRef shape) {
  std::vector<int64_t> index(shape.size());
  for (size_t axis = shape.size(); axis-- > 0;) {
    index[axis] = flat % shape[axis];
    flat /= shape[axis];
  }
  return fmt::format("[{}]", fmt::join(index, ", "));
}

bool is_weight_after_update(const std::string& name) {
  return name.starts_with("after.") && !name.ends_with("running_mean") && !name.ends_with("running_var") &&
         !name.ends_with("num_batches_tracked");
}

}  // namespace

std::unique_ptr<ParityFixture> ParityFixture::find(const std::string& method) {
  auto manifest = ParityManifest::find(method);
  return manifest ? std::make_unique<ParityFixture>(std::move(manifest)) : nullptr;
}

ParityFixture::ParityFixture(std::shared_ptr<const ParityManifest> manifest)
    : manifest_(std::move(manifest)) {}

ParityFixture::~ParityFixture() {
  if (!std::getenv("SYNERBENCH_PARITY_REPORT")) return;
  for (const auto& [kind, nearest] : nearest_) {
    fmt::print("parity {}/{}: {} tensors; nearest to its tolerance: {}\n",
               manifest_->folder().filename().string(), kind, nearest.tensors, nearest.text);
  }
}

const SafetensorsFile& ParityFixture::file(const std::string& kind) const {
  auto& file = open_[kind];
  if (!file) file = std::make_unique<SafetensorsFile>(manifest_->file(kind));
  return *file;
}

at::Tensor ParityFixture::input(const std::string& kind, const std::string& tensor) const {
  return nn::tensor_from(file(kind).at(tensor));
}

const std::map<std::string, double>& ParityFixture::tolerances(const std::string& kind) const {
  const auto known = tolerances_.find(kind);
  if (known != tolerances_.end()) return known->second;
  manifest_->file(kind);  // none of this kind is an error
  std::map<std::string, double> tolerances;
  if (const auto tensors = manifest_->entry(kind).find("tensors"); tensors != manifest_->entry(kind).end()) {
    for (const auto& tensor : tensors->items()) {
      const auto tol = tensor.value().find("tol");
      if (tol != tensor.value().end() && !tol->is_null()) tolerances[tensor.key()] = tol->get<double>();
    }
  }
  return tolerances_[kind] = tolerances;
}

bool ParityFixture::wants(const std::string& kind, const std::string& tensor) const {
  return tolerances(kind).contains(tensor);
}

void ParityFixture::expect(const std::string& kind, const std::string& name, const at::Tensor& seen) {
  if (!wants(kind, name)) {
    EXPECT_FALSE(requested_parity_folder().empty()) << kind << " has no tolerance for " << name;
    return;
  }
  compared_.insert(kind + "/" + name);
  const double tolerance = tolerances(kind).at(name);
  const at::Tensor reference = input(kind, name);
  ASSERT_EQ(seen.sizes(), reference.sizes()) << name;
  const at::Tensor a = seen.detach().to(at::kCPU, at::kDouble).reshape({-1}),
                   b = reference.to(at::kDouble).reshape({-1});
  const at::Tensor difference = (a - b).abs();
  // A NaN compares as no difference above anything: look for it first.
  ASSERT_FALSE(at::isnan(a).any().item<bool>()) << name << " has a NaN";
  const int64_t worst = difference.argmax().item<int64_t>();
  const int64_t outside = (difference > tolerance).sum().item<int64_t>();
  const int64_t allowed = is_weight_after_update(name)
                              ? static_cast<int64_t>((1 - kShareOfWeights) * static_cast<double>(a.numel()))
                              : 0;
  Nearest& nearest = nearest_[kind];
  ++nearest.tensors;
  // Of a weight after an update the worst element may be an outlier: its 99th percentile counts.
  const double error = allowed == 0 ? difference[worst].item<double>()
                                    : std::get<0>(difference.sort())[-1 - allowed].item<double>();
  const double share = tolerance > 0 ? error / tolerance : error > 0 ? 1e9 : 0;
  if (share > nearest.share) {
    nearest.share = share;
    nearest.text = fmt::format("{} {:.2g} of {:.2g}", name, error, tolerance);
  }
  EXPECT_LE(outside, allowed) << kind << ": " << name << " " << reference.sizes() << ": " << outside << " of "
                              << a.numel() << " elements beyond the tolerance " << tolerance << "; worst at "
                              << index_text(worst, reference.sizes()) << ": "
                              << fmt::format("{:.9g} seen, {:.9g} wanted", a[worst].item<double>(),
                                             b[worst].item<double>());
}

void ParityFixture::expect(const std::string& kind, const std::string& name, double seen) {
  expect(kind, name, at::full({1}, seen, at::kDouble));
}

void ParityFixture::expect_traced(const std::string& kind, const std::string& key, const at::Tensor& output) {
  const at::Tensor flat = output.reshape({-1});
  expect(kind, "trace." + key, at::stack({flat.mean(), flat.std(/*unbiased=*/false), flat[0], flat[-1]}));
}

void ParityFixture::expect_updated(const std::string& kind, const std::string& prefix,
                                   torch::nn::Module& network) {
  for (const nn::NamedTensor& named : nn::state_of(network)) {
    const std::string key = prefix + named.name;
    if (named.tensor.requires_grad()) {
      const at::Tensor gradient = named.tensor.grad();
      ASSERT_TRUE(gradient.defined()) << key;
      expect(kind, "gradnorm." + key, gradient.norm().item<double>());
      if (wants(kind, "grad." + key)) expect(kind, "grad." + key, gradient);
    }
    if (wants(kind, "after." + key)) expect(kind, "after." + key, named.tensor);
  }
}

void ParityFixture::expect_all_compared(const std::string& kind) const {
  EXPECT_FALSE(tolerances(kind).empty())
      << "nothing to compare: the manifest gives no tensor of " << kind << " a tolerance";
  for (const auto& [name, tol] : tolerances(kind)) {
    EXPECT_TRUE(compared_.contains(kind + "/" + name)) << kind << ": " << name << " was never compared";
  }
}

}  // namespace synerbench::testing_support
