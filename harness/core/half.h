// 16-bit floats without LibTorch, and changing the type of a tensor's bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "harness/core/safetensors.h"

namespace synerbench {

float bf16_to_float(uint16_t bits);
uint16_t float_to_bf16(float value);  // nearest, ties to even; NaN stays NaN
float fp16_to_float(uint16_t bits);
uint16_t float_to_fp16(float value);  // nearest, ties to even; too large becomes infinity

/// True for F64, F32, F16 and BF16.
bool is_floating(DType dtype);

/// Values of a floating tensor as float32.
std::vector<float> to_floats(const TensorView& view);

/// `values` as bytes of `dtype` (a floating one).
std::vector<std::byte> from_floats(std::span<const float> values, DType dtype);

}  // namespace synerbench
