#include "tests/nn/parity_fixture.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdlib>

#include "harness/core/file.h"
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

std::filesystem::path find_parity_fixture(const std::string& method) {
  std::vector<std::filesystem::path> places;
  if (const char* folder = std::getenv("SYNERBENCH_PARITY_DIR")) {
    places = {std::filesystem::path(folder) / method};  // asked for by name: nothing else will do
  } else {
    places = {std::filesystem::path(SYNERBENCH_SHARED_DIR) / "data/parity/baselines" / method,
              std::filesystem::path(SYNERBENCH_SOURCE_DIR) / "tests/fixtures" / method};
  }
  for (const auto& place : places) {
    if (std::filesystem::exists(place / "manifest.json")) return place;
  }
  return {};
}

std::string parity_skip_reason(const std::string& method) {
  return fmt::format(
      "no parity fixture of {}: set SYNERBENCH_PARITY_DIR to the folder that holds {}/manifest.json", method,
      method);
}

std::unique_ptr<ParityFixture> ParityFixture::find(const std::string& method) {
  const auto folder = find_parity_fixture(method);
  return folder.empty() ? nullptr : std::make_unique<ParityFixture>(folder);
}

ParityFixture::ParityFixture(std::filesystem::path folder) : folder_(std::move(folder)) {
  const Json manifest = read_json(folder_ / "manifest.json");
  config_ = manifest.at("config");
  for (const auto& item : manifest.at("files").items()) {
    EXPECT_EQ(sha256_file(folder_ / item.key()), item.value().at("sha256").get<std::string>())
        << item.key() << " is not the file that the manifest describes";
    auto& tolerances = tolerance_[item.key()];
    for (const auto& tensor : item.value().at("tensors").items()) {
      const auto tol = tensor.value().find("tol");
      if (tol != tensor.value().end() && !tol->is_null()) tolerances[tensor.key()] = tol->get<double>();
    }
  }
}

ParityFixture::~ParityFixture() {
  if (!std::getenv("SYNERBENCH_PARITY_REPORT")) return;
  for (const auto& [file_name, nearest] : nearest_) {
    fmt::print("parity {}/{}: {} tensors; nearest to its tolerance: {}\n", folder_.filename().string(),
               file_name, nearest.tensors, nearest.text);
  }
}

const SafetensorsFile& ParityFixture::file(const std::string& name) const {
  auto& file = open_[name];
  if (!file) file = std::make_unique<SafetensorsFile>(folder_ / name);
  return *file;
}

at::Tensor ParityFixture::input(const std::string& file_name, const std::string& tensor) const {
  return nn::tensor_from(file(file_name).at(tensor));
}

bool ParityFixture::wants(const std::string& file_name, const std::string& tensor) const {
  return tolerance_.at(file_name).contains(tensor);
}

std::vector<std::string> ParityFixture::wanted(const std::string& file_name,
                                               const std::string& prefix) const {
  std::vector<std::string> names;
  for (const auto& [name, tol] : tolerance_.at(file_name)) {
    if (name.starts_with(prefix)) names.push_back(name);
  }
  return names;
}

void ParityFixture::expect(const std::string& file_name, const std::string& name, const at::Tensor& seen) {
  ASSERT_TRUE(wants(file_name, name)) << file_name << " has no tolerance for " << name;
  compared_.insert(file_name + "/" + name);
  const double tolerance = tolerance_.at(file_name).at(name);
  const at::Tensor reference = input(file_name, name);
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
  Nearest& nearest = nearest_[file_name];
  ++nearest.tensors;
  // Of a weight after an update the worst element may be an outlier: its 99th percentile counts.
  const double error = allowed == 0 ? difference[worst].item<double>()
                                    : std::get<0>(difference.sort())[-1 - allowed].item<double>();
  const double share = tolerance > 0 ? error / tolerance : error > 0 ? 1e9 : 0;
  if (share > nearest.share) {
    nearest.share = share;
    nearest.text = fmt::format("{} {:.2g} of {:.2g}", name, error, tolerance);
  }
  EXPECT_LE(outside, allowed) << file_name << ": " << name << " " << reference.sizes() << ": " << outside
                              << " of " << a.numel() << " elements beyond the tolerance " << tolerance
                              << "; worst at " << index_text(worst, reference.sizes()) << ": "
                              << fmt::format("{:.9g} seen, {:.9g} wanted", a[worst].item<double>(),
                                             b[worst].item<double>());
}

void ParityFixture::expect(const std::string& file_name, const std::string& name, double seen) {
  expect(file_name, name, at::full({1}, seen, at::kDouble));
}

void ParityFixture::expect_traced(const std::string& file_name, const std::string& key,
                                  const at::Tensor& output) {
  const at::Tensor flat = output.reshape({-1});
  expect(file_name, "trace." + key,
         at::stack({flat.mean(), flat.std(/*unbiased=*/false), flat[0], flat[-1]}));
}

void ParityFixture::expect_updated(const std::string& file_name, const std::string& prefix,
                                   torch::nn::Module& network) {
  for (const nn::NamedTensor& named : nn::state_of(network)) {
    const std::string key = prefix + named.name;
    if (named.tensor.requires_grad()) {
      const at::Tensor gradient = named.tensor.grad();
      ASSERT_TRUE(gradient.defined()) << key;
      expect(file_name, "gradnorm." + key, gradient.norm().item<double>());
      if (wants(file_name, "grad." + key)) expect(file_name, "grad." + key, gradient);
    }
    if (wants(file_name, "after." + key)) expect(file_name, "after." + key, named.tensor);
  }
}

void ParityFixture::expect_all_compared(const std::string& file_name) const {
  for (const auto& [name, tol] : tolerance_.at(file_name)) {
    EXPECT_TRUE(compared_.contains(file_name + "/" + name))
        << file_name << ": " << name << " was never compared";
  }
}

}  // namespace synerbench::testing_support
