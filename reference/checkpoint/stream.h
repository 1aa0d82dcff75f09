// Writing a safetensors file that is larger than memory, or only its header.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "harness/core/safetensors.h"

namespace synerbench::reference {

struct PlannedTensor {
  std::string name;
  DType dtype = DType::kF32;
  std::vector<int64_t> shape;
};

/// Writes `tensors` in order, whole or not at all. `produce(i)` is called once per tensor, in order, and
/// returns its bytes; only one tensor is in memory at a time. Equal input gives equal bytes.
void stream_safetensors(const std::filesystem::path& path, const std::vector<PlannedTensor>& tensors,
                        const std::function<std::vector<std::byte>(size_t index)>& produce,
                        const std::map<std::string, std::string>& metadata = {});

/// The header of that file alone, without any data: what SafetensorsFile::open_header reads. For looking at a
/// model that is too large to have around.
void write_safetensors_header(const std::filesystem::path& path, const std::vector<PlannedTensor>& tensors);

}  // namespace synerbench::reference
