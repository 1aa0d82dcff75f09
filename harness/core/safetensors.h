// The safetensors format: 8-byte little-endian header length, JSON header, raw little-endian data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "harness/core/file.h"

namespace synerbench {

enum class DType { kF64, kF32, kF16, kBF16, kI64, kI32, kI16, kI8, kU8, kBool };
size_t size_of(DType dtype);
const char* name_of(DType dtype);  // "F32", "BF16", ... as in the file

/// One tensor of an open file. Row-major; `bytes` are a view into the file's memory map.
struct TensorView {
  DType dtype = DType::kF32;
  std::vector<int64_t> shape;
  std::span<const std::byte> bytes;
  int64_t count() const;
  /// Values as a typed view: no copy. T must fit dtype (float: F32, int16_t: I16, ...); a mismatch is a
  /// failed check.
  template <class T>
  std::span<const T> as() const {
    check_type(sizeof(T), std::is_floating_point_v<T>);
    return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  }

 private:
  void check_type(size_t size, bool floating) const;
};

/// An open, memory-mapped file. The header is fully checked on opening: length, JSON, dtypes, shapes against
/// byte counts, offsets without gaps or overlaps, file size. Error(kBadInput) otherwise.
///
/// A file is safetensors by its own structure: a length that fits into it, then "{". Only what fails that is
/// held against other formats, for the message: a pickle (.pt, .pth, .ckpt content) is refused with the way
/// to convert it.
class SafetensorsFile {
 public:
  explicit SafetensorsFile(const std::filesystem::path& path);
  /// The bytes are read at once instead of mapped: for files that somebody else may be writing.
  static SafetensorsFile read_whole(const std::filesystem::path& path);
  /// The data may be missing, and is not read (to inspect the header of a file too large to have around).
  static SafetensorsFile open_header(const std::filesystem::path& path);
  std::vector<std::string> names() const;  // sorted
  bool contains(const std::string& name) const;
  TensorView at(const std::string& name) const;  // Error(kBadInput) with "did you mean" when missing
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  const std::filesystem::path& path() const { return file_->path(); }
  std::span<const std::byte> bytes() const { return file_->bytes(); }  // the whole file
  std::string sha256() const;                                          // of these bytes

 private:
  SafetensorsFile(std::shared_ptr<MappedFile> file, bool header_only);
  std::shared_ptr<MappedFile> file_;
  std::map<std::string, TensorView> tensors_;
  std::map<std::string, std::string> metadata_;
};

/// One tensor to be written; `bytes` are borrowed until write_safetensors returns.
struct TensorToWrite {
  std::string name;
  DType dtype = DType::kF32;
  std::vector<int64_t> shape;
  std::span<const std::byte> bytes;
};
template <class T>
std::span<const std::byte> bytes_of(std::span<T> values) {
  return std::as_bytes(values);
}

/// Writes whole or not at all (see write_file). Tensors keep the given order; 8-byte aligned data; equal
/// input gives equal bytes. Metadata keys are sorted. `sha256`, when it is asked for, is that of the bytes
/// that were handed to the disk, made before the file has its name: whoever replaces the file in between
/// cannot get into it.
void write_safetensors(const std::filesystem::path& path, const std::vector<TensorToWrite>& tensors,
                       const std::map<std::string, std::string>& metadata = {},
                       std::string* sha256 = nullptr);

/// SHA-256 over names, types, shapes and values, whatever their order.
std::string content_sha256(const std::vector<TensorToWrite>& tensors);

}  // namespace synerbench
