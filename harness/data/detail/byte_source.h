// Streams that the gate reads from: a file (hashed on the way) and what is compressed inside it. Nothing here holds
// more than one buffer of the content. For harness/data only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "harness/core/file.h"

namespace synerbench::detail {

/// "41 210 880"
std::string grouped(int64_t number);

/// Advice that several messages share.
inline constexpr const char* kCutOffHint =
    "the file looks cut off; compare its size with the source and copy it again";
inline constexpr const char* kDamagedHint =
    "the file is damaged; compare its checksum with the source and copy it again";

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// Fills `out` as far as there are bytes; less than its size only at the end of the stream.
  /// Error(kBadInput) when the stream is damaged.
  virtual size_t read(std::span<std::byte> out) = 0;
  /// The stream ended before its own end mark: what follows in the file is missing.
  virtual bool cut_off() const { return false; }
};

/// A file read once from front to back. Every byte goes into its SHA-256.
class FileSource final : public ByteSource {
 public:
  explicit FileSource(const std::filesystem::path& path);
  ~FileSource() override;
  size_t read(std::span<std::byte> out) override;

  /// Unread bytes at hand, at least one unless the file has ended. Valid until the next call.
  std::span<const std::byte> peek();
  void skip(size_t count);  // of the bytes that peek() showed

  int64_t size() const { return size_; }          // bytes of the file when it was opened
  int64_t position() const { return position_; }  // bytes consumed
  const std::string& place() const { return place_; }
  std::string sha256();  // of all bytes consumed; once

 private:
  struct Handle;
  std::string place_;
  std::unique_ptr<Handle> handle_;
  std::vector<std::byte> buffer_;
  size_t begin_ = 0, end_ = 0;  // the unread part of buffer_
  int64_t size_ = 0, position_ = 0;
  Sha256 hash_;
};

/// What zlib makes of the rest of a file. Checks every checksum and length that the format has.
///   kGzip: one or more members (RFC 1952), nothing after the last.
///   kZlib: one stream (RFC 1950), nothing after it.
class InflateSource final : public ByteSource {
 public:
  enum class Wrapper { kGzip, kZlib };
  InflateSource(FileSource& file, Wrapper wrapper);
  ~InflateSource() override;
  size_t read(std::span<std::byte> out) override;
  bool cut_off() const override { return cut_off_; }

 private:
  bool at_end();  // the stream ended; another gzip member may begin
  struct State;
  FileSource& file_;
  Wrapper wrapper_;
  std::unique_ptr<State> state_;
  bool ended_ = false, cut_off_ = false;
  int64_t produced_ = 0;
};

}  // namespace synerbench::detail
