#include "harness/train/trainable_parts.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "harness/core/error.h"
#include "harness/nn/state.h"

namespace synerbench {

PairTensors pair_tensors(const PairBatch& batch, const std::string& device) {
  const auto on_device = [&](std::span<const float> pixels) {
    return nn::image_batch(pixels, batch.n, batch.height, batch.width, at::Device(device));
  };
  return {on_device(batch.source), on_device(batch.target)};
}

int64_t route_of(const std::vector<std::string>& routes, const std::string& task, const std::string& method) {
  if (routes.empty()) return 0;
  const auto found = std::find(routes.begin(), routes.end(), task);
  if (found != routes.end()) return found - routes.begin();
  throw usage_error(method, fmt::format("no route for task \"{}\"", task),
                    did_you_mean(task, routes) + "; \"routes\" names the tasks of the training");
}

bool named_twice(const std::vector<std::string>& routes) {
  return std::set<std::string>(routes.begin(), routes.end()).size() != routes.size();
}

}  // namespace synerbench
