#include "baselines/rcd/detail/registration.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <cmath>

#include "harness/core/error.h"

namespace synerbench::rcd {
namespace {

constexpr int64_t kBilinear = 0, kZeros = 0;  // of grid_sampler

at::Tensor resized(const at::Tensor& field, const std::vector<int64_t>& size) {
  return size.size() == 2 ? at::upsample_bilinear2d(field, size, /*align_corners=*/true)
                          : at::upsample_trilinear3d(field, size, /*align_corners=*/true);
}

std::vector<int64_t> image_size(const at::Tensor& image) {
  return {image.sizes().begin() + 2, image.sizes().end()};
}

}  // namespace

at::Tensor warp(const at::Tensor& image, const at::Tensor& displacement) {
  const std::vector<int64_t> size = image_size(image);
  SB_CHECK(image_size(displacement) == size && displacement.size(1) == static_cast<int64_t>(size.size()),
           "one displacement per voxel and axis");
  std::vector<at::Tensor> coordinates;  // (x, y[, z]): the last axis first
  for (auto axis = static_cast<int64_t>(size.size()) - 1; axis >= 0; --axis) {
    const int64_t length = size[static_cast<size_t>(axis)];
    std::vector<int64_t> shape(size.size(), 1);
    shape[static_cast<size_t>(axis)] = length;
    const at::Tensor identity = at::arange(length, displacement.options()).view(shape);
    const double scale = length > 1 ? 2.0 / static_cast<double>(length - 1) : 0.0;
    coordinates.push_back((identity + displacement.select(1, axis)) * scale - 1.0);
  }
  const at::Tensor grid = at::stack(coordinates, -1);
  return size.size() == 2 ? at::grid_sampler_2d(image, grid, kBilinear, kZeros, /*align_corners=*/true)
                          : at::grid_sampler_3d(image, grid, kBilinear, kZeros, /*align_corners=*/true);
}

at::Tensor integrate(const at::Tensor& velocity, int64_t steps, at::Tensor* observe_first) {
  at::Tensor field = velocity * std::pow(0.5, static_cast<double>(steps));
  for (int64_t step = 0; step < steps; ++step) {
    const at::Tensor carried = warp(field, field);
    if (step == 0 && observe_first) *observe_first = carried;
    field = field + carried;
  }
  return field;
}

at::Tensor half_size(const at::Tensor& field) {
  std::vector<int64_t> size = image_size(field);
  for (int64_t& length : size) length /= 2;
  return resized(field, size) * 0.5;
}

at::Tensor double_size(const at::Tensor& field) {
  std::vector<int64_t> size = image_size(field);
  for (int64_t& length : size) length *= 2;
  return resized(field * 2.0, size);
}

at::Tensor smoothness(const at::Tensor& velocity) {
  at::Tensor sum;
  const int64_t axes = velocity.dim() - 2;
  for (int64_t axis = 2; axis < velocity.dim(); ++axis) {
    const at::Tensor squared = velocity.diff(1, axis).square().mean();
    sum = sum.defined() ? sum + squared : squared;
  }
  return sum * (2.0 / static_cast<double>(axes));
}

RegistrationImpl::RegistrationImpl(int dimensions, int64_t ngf, int64_t halvings, int64_t integration_steps)
    : integration_steps_(integration_steps) {
  unet_ = register_module("unet_model", Unet(UnetOptions{.dimensions = dimensions,
                                                         .input_channels = 2,
                                                         .output_channels = ngf,
                                                         .ngf = ngf,
                                                         .halvings = halvings,
                                                         .leaky = true}));
  flow_ = register_module("flow", ConvNd(ngf, dimensions, ConvShape::cube(dimensions, 3, 1), true));
}

Deformation RegistrationImpl::forward(const at::Tensor& source, const at::Tensor& target,
                                      const Observer& observe) {
  const auto seen = [&](const char* key, const at::Tensor& output) {
    if (observe) observe(key, output);
    return output;
  };
  const at::Tensor features = unet_->forward(at::cat({source, target}, 1), observe, "unet_model.");
  const at::Tensor velocity = seen("resize", half_size(seen("flow", flow_->forward(features))));
  at::Tensor first;
  const at::Tensor integrated = integrate(velocity, integration_steps_, &first);
  if (first.defined()) seen("integrate.transformer", first);
  return {velocity, seen("fullsize", double_size(integrated))};
}

void RegistrationImpl::initialize(double flow_std, Random& random) {
  c10::NoGradGuard no_grad;
  for (const auto& module : unet_->modules(/*include_self=*/false)) {
    if (auto* conv = module->as<ConvNdImpl>()) conv->initialize_library(random);
  }
  flow_->initialize_normal(flow_std, random);
}

}  // namespace synerbench::rcd
