#include "harness/nn/image_pool.h"

#include <ATen/ATen.h>

#include "harness/core/error.h"

namespace synerbench::nn {

ImagePool::ImagePool(int64_t capacity) : capacity_(static_cast<size_t>(capacity)) {
  SB_CHECK(capacity >= 0, "a pool's capacity is not negative");
}

at::Tensor ImagePool::exchange(const at::Tensor& images, Random& random) {
  return exchange(
      images, [&] { return random.uniform(); },
      [&](int64_t n) { return static_cast<int64_t>(random.below(static_cast<uint64_t>(n))); });
}

at::Tensor ImagePool::exchange(const at::Tensor& images, const std::function<double()>& coin,
                               const std::function<int64_t(int64_t n)>& slot) {
  const at::Tensor detached = images.detach();
  if (capacity_ == 0) return detached;
  std::vector<at::Tensor> shown;
  for (int64_t i = 0; i < detached.size(0); ++i) {
    const at::Tensor image = detached.slice(0, i, i + 1).clone();
    if (images_.size() < capacity_) {
      images_.push_back(image);
      shown.push_back(image);
    } else if (coin() > 0.5) {
      at::Tensor& stored = images_.at(static_cast<size_t>(slot(static_cast<int64_t>(capacity_))));
      shown.push_back(stored);
      stored = image;
    } else {
      shown.push_back(image);
    }
  }
  return at::cat(shown, 0);
}

void ImagePool::set_images(std::vector<at::Tensor> images) {
  SB_CHECK(images.size() <= capacity_, "more images than the pool holds");
  images_ = std::move(images);
}

}  // namespace synerbench::nn
