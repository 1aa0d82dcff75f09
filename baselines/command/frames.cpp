#include "baselines/command/frames.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/core/error.h"

namespace synerbench::pipe {
namespace {

constexpr std::string_view kMagic = "SBMP";

struct KindName {
  FrameKind kind;
  const char* name;
};
constexpr std::array<KindName, 8> kKinds{{{FrameKind::kHello, "HELLO"},
                                          {FrameKind::kReady, "READY"},
                                          {FrameKind::kTask, "TASK"},
                                          {FrameKind::kDone, "DONE"},
                                          {FrameKind::kRequest, "REQUEST"},
                                          {FrameKind::kReply, "REPLY"},
                                          {FrameKind::kError, "ERROR"},
                                          {FrameKind::kBye, "BYE"}}};

template <class T>
void put(std::string& text, T value) {
  for (size_t i = 0; i < sizeof(T); ++i) text += static_cast<char>(value >> (8 * i) & 0xFF);
}

template <class T>
T take(std::span<const std::byte> bytes, size_t at) {
  T value = 0;
  for (size_t i = 0; i < sizeof(T); ++i)
    value = static_cast<T>(value | static_cast<T>(static_cast<T>(bytes[at + i]) << (8 * i)));
  return value;
}

/// As much of what was read as tells a person what it is.
std::string shown(std::span<const std::byte> bytes) {
  return printable({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace

std::string name_of(FrameKind kind) {
  for (const KindName& row : kKinds) {
    if (row.kind == kind) return row.name;
  }
  return fmt::format("{}", static_cast<int>(kind));
}

std::string frame_start(FrameKind kind, const Json& json, uint64_t data_bytes, uint32_t number) {
  const std::string text = json.empty() ? "" : synerbench::to_text(json, -1);
  std::string bytes(kMagic);
  put(bytes, kVersion);
  put(bytes, static_cast<uint16_t>(kind));
  put(bytes, static_cast<uint32_t>(text.size()));
  put(bytes, number);
  put(bytes, data_bytes);
  return bytes + text;
}

FrameHeader read_header(std::span<const std::byte, kHeaderBytes> bytes, const std::string& place) {
  constexpr const char* kHint =
      "a model's standard output belongs to the pipe: what it prints goes to the standard error. "
      "synerbench.serve sees to that";
  const std::string_view magic(reinterpret_cast<const char*>(bytes.data()), kMagic.size());
  if (magic != kMagic)
    throw input_error(place, fmt::format("wrote \"{}\" where a frame (SBMP ...) is wanted", shown(bytes)),
                      kHint);
  const auto version = take<uint16_t>(bytes, 4);
  if (version != kVersion) {
    throw input_error(place,
                      fmt::format("speaks version {} of the pipe, version {} is wanted", version, kVersion),
                      "take the synerbench.serve of this version");
  }
  const auto kind = take<uint16_t>(bytes, 6);
  const bool known = std::any_of(kKinds.begin(), kKinds.end(), [&](const KindName& row) {
    return static_cast<uint16_t>(row.kind) == kind;
  });
  if (!known) throw input_error(place, fmt::format("wrote a frame of the unknown kind {}", kind), kHint);
  const FrameHeader header{static_cast<FrameKind>(kind), take<uint32_t>(bytes, 8), take<uint32_t>(bytes, 12),
                           take<uint64_t>(bytes, 16)};
  if (header.json_bytes > kMostJsonBytes) {
    throw input_error(
        place,
        fmt::format("announced {} bytes of JSON, at most {} are taken", header.json_bytes, kMostJsonBytes),
        kHint);
  }
  return header;
}

std::string request_start(const SliceBatch& batch, std::span<const uint64_t> seeds) {
  std::string bytes;
  for (const int64_t side :
       {batch.n, batch.sources, batch.depth, batch.height, batch.width, static_cast<int64_t>(seeds.size())}) {
    SB_CHECK(side >= 0 && side <= std::numeric_limits<uint32_t>::max(), "a side fits into 32 bits");
    put(bytes, static_cast<uint32_t>(side));
  }
  for (const uint64_t seed : seeds) put(bytes, seed);
  return bytes;
}

ReplyShape read_reply_shape(std::span<const std::byte, kReplyShapeBytes> bytes) {
  return {take<uint32_t>(bytes, 0), take<uint32_t>(bytes, 4), take<uint32_t>(bytes, 8)};
}

std::string to_text(const ReplyShape& shape) {
  return fmt::format("{} x {} x {}", shape.slices, shape.height, shape.width);
}

}  // namespace synerbench::pipe
