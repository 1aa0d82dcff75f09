#include "harness/nn/slices.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include "harness/core/error.h"
#include "harness/nn/one_thread.h"

namespace synerbench::nn {

OneThread::OneThread() : before_(at::get_num_threads()) {
  if (before_ != 1) at::set_num_threads(1);
}

OneThread::~OneThread() {
  if (before_ != 1) at::set_num_threads(before_);
}

void for_each_slice(const SliceBatch& source, std::span<const uint64_t> seeds, std::span<float> prediction,
                    const std::string& device,
                    const std::function<at::Tensor(const at::Tensor& slice, Random& random)>& network) {
  SB_CHECK(seeds.size() == static_cast<size_t>(source.n) && prediction.size() == source.pixels.size(),
           "one seed per slice, a prediction of the source's shape");
  const auto pixels = static_cast<size_t>(source.height * source.width);
  const c10::NoGradGuard no_grad;
  const OneThread one_thread;
  for (size_t i = 0; i < seeds.size(); ++i) {
    Random random(seeds[i]);
    const at::Tensor slice = image_batch(source.pixels.subspan(i * pixels, pixels), 1, source.height,
                                         source.width, at::Device(device));
    copy_pixels(network(slice, random), prediction.subspan(i * pixels, pixels));
  }
}

void require_multiple_of(const SliceBatch& source, int64_t multiple, const std::string& method,
                         const std::string& reason) {
  if (source.height % multiple == 0 && source.width % multiple == 0) return;
  throw usage_error(
      method, fmt::format("slices of {} x {}", source.height, source.width),
      fmt::format("height and width must be multiples of {} {}: choose another canvas", multiple, reason));
}

}  // namespace synerbench::nn
