#include "harness/core/half.h"

#include <bit>
#include <cmath>
#include <cstring>

#include "harness/core/error.h"

namespace synerbench {

float bf16_to_float(uint16_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }

uint16_t float_to_bf16(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  if (std::isnan(value))
    return static_cast<uint16_t>(bits >> 16 | 0x40);  // quiet, and never rounded to infinity
  return static_cast<uint16_t>((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

float fp16_to_float(uint16_t bits) {
  const uint32_t sign = static_cast<uint32_t>(bits & 0x8000) << 16;
  const uint32_t exponent = bits >> 10 & 0x1F, fraction = bits & 0x3FF;
  if (exponent == 0) {  // zero and subnormal: fraction * 2^-24
    const float value = static_cast<float>(fraction) * 0x1p-24f;
    return sign ? -value : value;
  }
  const uint32_t wide = exponent == 31 ? 255 : exponent + 112;
  return std::bit_cast<float>(sign | wide << 23 | fraction << 13);
}

uint16_t float_to_fp16(float value) {
  const auto sign = static_cast<uint16_t>(std::bit_cast<uint32_t>(value) >> 16 & 0x8000);
  if (std::isnan(value)) return sign | 0x7E00;
  const float magnitude = std::abs(value);
  if (magnitude >= 65520.0f) return sign | 0x7C00;  // rounds past the largest, 65504
  if (magnitude < 0x1p-14f)
    return static_cast<uint16_t>(sign | static_cast<uint16_t>(std::nearbyint(magnitude * 0x1p24f)));
  const auto bits = std::bit_cast<uint32_t>(magnitude);
  const uint32_t rounded = bits + 0xFFF + (bits >> 13 & 1);
  return static_cast<uint16_t>(sign | (rounded - (112u << 23)) >> 13);
}

bool is_floating(DType dtype) {
  return dtype == DType::kF64 || dtype == DType::kF32 || dtype == DType::kF16 || dtype == DType::kBF16;
}

std::vector<float> to_floats(const TensorView& view) {
  SB_CHECK(is_floating(view.dtype), "a floating tensor is wanted");
  std::vector<float> out(static_cast<size_t>(view.count()));
  SB_CHECK(view.bytes.size() == out.size() * size_of(view.dtype), "the tensor's data are not there");
  const auto read = [&]<class T>(T, auto convert) {
    for (size_t i = 0; i < out.size(); ++i) {
      T value;  // the file's data need not be aligned
      std::memcpy(&value, view.bytes.data() + i * sizeof(T), sizeof(T));
      out[i] = convert(value);
    }
  };
  switch (view.dtype) {
    case DType::kF32:
      std::memcpy(out.data(), view.bytes.data(), view.bytes.size());
      break;
    case DType::kF64:
      read(double{}, [](double v) { return static_cast<float>(v); });
      break;
    case DType::kBF16:
      read(uint16_t{}, bf16_to_float);
      break;
    default:
      read(uint16_t{}, fp16_to_float);
      break;
  }
  return out;
}

std::vector<std::byte> from_floats(std::span<const float> values, DType dtype) {
  SB_CHECK(is_floating(dtype), "a floating type is wanted");
  std::vector<std::byte> out(values.size() * size_of(dtype));
  const auto write = [&]<class T>(T, auto convert) {
    for (size_t i = 0; i < values.size(); ++i) {
      const T value = convert(values[i]);
      std::memcpy(out.data() + i * sizeof(T), &value, sizeof(T));
    }
  };
  switch (dtype) {
    case DType::kF32:
      std::memcpy(out.data(), values.data(), out.size());
      break;
    case DType::kF64:
      write(double{}, [](float v) { return static_cast<double>(v); });
      break;
    case DType::kBF16:
      write(uint16_t{}, float_to_bf16);
      break;
    default:
      write(uint16_t{}, float_to_fp16);
      break;
  }
  return out;
}

}  // namespace synerbench
