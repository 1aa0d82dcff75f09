#include "reference/checkpoint/stream.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/json.h"

namespace synerbench::reference {

namespace {

/// The JSON header, padded to 8 bytes, and each tensor's bytes in `sizes`.
std::string header_of(const std::vector<PlannedTensor>& tensors,
                      const std::map<std::string, std::string>& metadata, std::vector<uint64_t>& sizes) {
  nlohmann::ordered_json::object_t entries;  // a plain vector of pairs: no search per key
  if (!metadata.empty()) entries.emplace_back("__metadata__", Json(metadata));
  uint64_t at = 0;
  for (const PlannedTensor& tensor : tensors) {
    uint64_t size = size_of(tensor.dtype);
    for (const int64_t side : tensor.shape) size *= static_cast<uint64_t>(side);
    entries.emplace_back(
        tensor.name,
        Json{{"dtype", name_of(tensor.dtype)}, {"shape", tensor.shape}, {"data_offsets", {at, at + size}}});
    at += size;
    sizes.push_back(size);
  }
  std::string header = to_text(Json(std::move(entries)), -1);
  header.append((8 - header.size() % 8) % 8, ' ');
  return header;
}

void write_header(std::ofstream& file, const std::string& header) {
  const uint64_t length = header.size();
  file.write(reinterpret_cast<const char*>(&length), sizeof length);
  file.write(header.data(), static_cast<std::streamsize>(header.size()));
}

void close_checked(std::ofstream& file, const std::filesystem::path& path) {
  file.close();
  if (file) return;
  throw input_error(path.string(), fmt::format("cannot write ({})", std::strerror(errno)),
                    "check free space and permissions of the folder");
}

}  // namespace

void stream_safetensors(const std::filesystem::path& path, const std::vector<PlannedTensor>& tensors,
                        const std::function<std::vector<std::byte>(size_t index)>& produce,
                        const std::map<std::string, std::string>& metadata) {
  std::vector<uint64_t> sizes;
  const std::string header = header_of(tensors, metadata, sizes);
  write_file_with(path, [&](const std::filesystem::path& temporary) {
    std::ofstream file(temporary, std::ios::binary);
    write_header(file, header);
    for (size_t i = 0; i < tensors.size() && file; ++i) {
      const std::vector<std::byte> bytes = produce(i);
      SB_CHECK(bytes.size() == sizes[i], tensors[i].name);
      file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    }
    close_checked(file, path);
  });
}

void write_safetensors_header(const std::filesystem::path& path, const std::vector<PlannedTensor>& tensors) {
  std::vector<uint64_t> sizes;
  const std::string header = header_of(tensors, {}, sizes);
  write_file_with(path, [&](const std::filesystem::path& temporary) {
    std::ofstream file(temporary, std::ios::binary);
    write_header(file, header);
    close_checked(file, path);
  });
}

}  // namespace synerbench::reference
