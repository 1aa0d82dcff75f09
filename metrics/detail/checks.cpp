#include "metrics/detail/checks.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "metrics/detail/kernels.h"
#include "metrics/detail/sums.h"

namespace synerbench::detail {
namespace {

template <class View>
std::string shape_of(const View& view) {
  return std::to_string(view.depth) + "x" + std::to_string(view.height) + "x" + std::to_string(view.width);
}

template <class A, class B>
bool same_shape(const A& a, const B& b) {
  return a.depth == b.depth && a.height == b.height && a.width == b.width;
}

template <class A, class B>
void require_equal(const A& a, const char* a_name, const B& b, const char* b_name) {
  if (same_shape(a, b)) return;
  throw std::invalid_argument(std::string("shapes differ: ") + a_name + " " + shape_of(a) + ", " + b_name +
                              " " + shape_of(b) + " (depth x height x width)");
}

template <class View>
void require_memory(const View& view, const char* name) {
  if (view.depth < 0 || view.height < 0 || view.width < 0) {
    throw std::invalid_argument(std::string(name) + " has a negative size: " + shape_of(view));
  }
  if (view.data == nullptr && view.depth * view.height * view.width > 0) {
    throw std::invalid_argument(std::string(name) + " of " + shape_of(view) + " points at no memory");
  }
}

}  // namespace

void require_same_shape(const ImageView& prediction, const ImageView& target, const MaskView& mask) {
  require_memory(prediction, "prediction");
  require_memory(target, "target");
  require_equal(prediction, "prediction", target, "target");
  if (mask) require_equal(mask, "mask", target, "target");
}

void require_same_shape(const MaskView& prediction, const MaskView& reference) {
  require_memory(prediction, "prediction");
  require_memory(reference, "reference");
  require_equal(prediction, "prediction", reference, "reference");
}

void require_range(double range, const char* metric) {
  if (std::isfinite(range) && range > 0) return;
  throw std::invalid_argument(
      std::string(metric) + ": dynamic range " + std::to_string(range) +
      " seen, a finite value above 0 wanted; it is part of the convention and never guessed");
}

bool all_finite(const ImageView& image) {
  const Kernels& set = kernels();
  const int64_t count = image.count(), blocks = (count + kBlock - 1) / kBlock;
  int bad = 0;
#pragma omp parallel for schedule(static) reduction(+ : bad) if (blocks > 16)
  for (int64_t b = 0; b < blocks; ++b) {
    bad += set.finite(image.data + b * kBlock, std::min(kBlock, count - b * kBlock)) ? 0 : 1;
  }
  return bad == 0;
}

int64_t inside_count(const MaskView& mask, int64_t count) {
  if (!mask) return count;
  const uint8_t* inside = mask.data;
  return static_cast<int64_t>(block_sum(count, [inside](int64_t i) { return inside[i] != 0 ? 1.0 : 0.0; }));
}

Score finite_score(double value) {
  if (!std::isfinite(value)) return Undefined::kNotFinite;
  return value;
}

}  // namespace synerbench::detail
