// Fixtures as tensors.
#pragma once

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "reference/network/network.h"
#include "tests/reference/support/parity.h"

namespace synerbench::reference::testing {

inline at::Tensor tensor_of(const Fixture& fixture, const std::string& name) {
  const TensorView view = fixture.view(name);
  const auto type = view.dtype == DType::kF32   ? at::kFloat
                    : view.dtype == DType::kF64 ? at::kDouble
                    : view.dtype == DType::kI64 ? at::kLong
                                                : at::kByte;
  at::Tensor tensor = at::empty(view.shape, at::TensorOptions(type));
  EXPECT_EQ(static_cast<size_t>(tensor.nbytes()), view.bytes.size()) << name;
  if (!view.bytes.empty()) std::memcpy(tensor.data_ptr(), view.bytes.data(), view.bytes.size());
  return tensor;
}

/// Largest absolute difference, relative to max(1, |wanted|) if asked, must not exceed `tolerance`.
inline void expect_close(const at::Tensor& seen, const at::Tensor& wanted, double tolerance,
                         const std::string& name, WorstError& worst, bool relative = false) {
  ASSERT_EQ(seen.sizes(), wanted.sizes()) << name;
  if (wanted.numel() == 0) return;
  const at::Tensor a = seen.detach().to(at::kCPU, at::kDouble), b = wanted.to(at::kDouble);
  at::Tensor difference = (a - b).abs();
  if (relative) difference = difference / b.abs().clamp_min(1.0);
  difference = at::where(a == b, at::zeros_like(difference), difference).flatten();
  const int64_t place = difference.argmax().item<int64_t>();
  const double error = difference[place].item<double>();
  worst.note(name, error, place);
  EXPECT_LE(error, tolerance) << name << " at " << place << ": " << a.flatten()[place].item<double>()
                              << ", wanted " << b.flatten()[place].item<double>();
}

inline void expect_close(const at::Tensor& seen, const Fixture& fixture, const std::string& name,
                         double tolerance, WorstError& worst, bool relative = false) {
  expect_close(seen, tensor_of(fixture, name), tolerance, name, worst, relative);
}

/// The fixtures' model in float32; loaded once, never changed. Without ae.safetensors (the small copy) the
/// autoencoder is left uninitialized: tests that need it say NEEDS_FIXTURE("autoencoder weights").
const Network& fixture_network();
/// A private copy that a test may change.
std::unique_ptr<Network> copy_of_fixture_network();

}  // namespace synerbench::reference::testing
