// Streams that the gate reads from: a file (hashed on the way) and what is compressed inside it. Nothing here
// holds more than one buffer of the content, but for compressed files within the two limits below. For
// harness/data only.
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

/// A compressed file of at most this many bytes, with at most that many inside, may be held and unpacked as a
/// whole. Larger ones go through one buffer. A whole-body CT is 200 MB unpacked.
inline constexpr int64_t kWholePackedBytes = int64_t{1} << 28;
inline constexpr int64_t kWholeUnpackedBytes = int64_t{1} << 28;

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

  /// All unread bytes, when they are `limit` at most; else none. Consumes nothing; peek() then shows the same
  /// bytes. They stay valid, also when skipped, until the file has ended and peek() is called once more.
  std::span<const std::byte> peek_all(int64_t limit);

  int64_t size() const { return size_; }          // bytes of the file when it was opened
  int64_t position() const { return position_; }  // bytes consumed
  const std::string& place() const { return place_; }
  std::string sha256();  // of all bytes consumed; once

 private:
  size_t read_some(std::span<std::byte> out);  // one read; 0 at the end of the file
  struct Handle;
  std::string place_;
  std::unique_ptr<Handle> handle_;
  std::vector<std::byte> buffer_;
  size_t begin_ = 0, end_ = 0;  // the unread part of buffer_
  int64_t size_ = 0, position_ = 0;
  Sha256 hash_;
};

/// What the rest of a file unpacks to. Checks every checksum and length that the format has.
///   kGzip: one or more members (RFC 1952), nothing after the last.
///   kZlib: one stream (RFC 1950), nothing after it.
class InflateSource final : public ByteSource {
 public:
  enum class Wrapper { kGzip, kZlib };
  InflateSource(FileSource& file, Wrapper wrapper);
  ~InflateSource() override;
  size_t read(std::span<std::byte> out) override;
  bool cut_off() const override { return cut_off_; }

  /// Says that exactly `count` more bytes should come. See Note [Two inflaters].
  void expect(int64_t count);

 private:
  bool at_end();  // the stream ended; another gzip member may begin
  struct State;
  FileSource& file_;
  Wrapper wrapper_;
  std::unique_ptr<State> state_;
  bool ended_ = false, cut_off_ = false;
  int64_t produced_ = 0;
  int64_t start_;                      // of the stream in the file
  std::span<const std::byte> packed_;  // the stream from its first byte; empty when it is too large to hold
  std::unique_ptr<std::byte[]> unpacked_;  // all of it, when libdeflate took it
  int64_t unpacked_size_ = 0;
};

/// What the first bytes of a file say that it is, when that is something well known: "bzip2", "a web page,
/// ...". For messages about files that are not what their names say; never decides how a file is read.
std::string known_content(std::span<const std::byte> bytes);

}  // namespace synerbench::detail
