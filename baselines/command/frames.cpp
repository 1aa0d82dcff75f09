#include "baselines/command/frames.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "harness/core/error.h"
#include "harness/core/schema.h"

namespace synerbench::pipe {
namespace {

constexpr size_t kMostInALine = 200;  // printable() shows as much
constexpr std::string_view kMagic = "SBMP";
// Slabs and sources are small numbers; a larger one is a mistake.
constexpr int64_t kMost = 1024;

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

const Schema<Ready>& ready_schema() {
  static const Schema<Ready> table = [] {
    Schema<Ready> s;
    constexpr int64_t kLarge = std::numeric_limits<int64_t>::max();
    s.text("label", &Ready::label, "the model's name as printed");
    s.text("version", &Ready::version, "names everything that can change its answers");
    s.text("weights_sha256", &Ready::weights_sha256, "SHA-256 of its weights, 64 hex digits");
    s.integer("parameters", &Ready::parameters, 0, kLarge, "inference parameters");
    s.integer("network_evaluations", &Ready::network_evaluations, 0, kLarge, "per slice");
    s.boolean("deterministic", &Ready::deterministic, "the answer does not depend on the seed");
    s.integer("sources", &Ready::sources, 0, kMost, "source images; 0: as many as the task has");
    s.integer("neighbors", &Ready::neighbors, 0, kMost, "slices on either side of the one that is wanted");
    s.boolean("volume", &Ready::volume, "all slices of a case at once");
    s.text("canvas", &Ready::canvas, "the only canvas that it takes, as 256:pad");
    s.number("low", &Ready::low, kAnyNumber, "value of background");
    s.number("high", &Ready::high, kAnyNumber, "value of the upper end of an intensity map");
    s.check([](Ready& r, const FieldPlace& at) {
      const bool hex = std::all_of(r.weights_sha256.begin(), r.weights_sha256.end(),
                                   [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
      for (const auto& [field, text] : {std::pair{"label", &r.label}, {"version", &r.version}}) {
        if (text->size() > kMostInALine || printable(*text) != *text)
          throw at.error(field, fmt::format("\"{}\" does not fit into a line of a table", printable(*text)),
                         fmt::format("at most {} bytes of plain text", kMostInALine));
      }
      if (!r.weights_sha256.empty() && (!hex || r.weights_sha256.size() != 64))
        throw at.error("weights_sha256", fmt::format("\"{}\" is no SHA-256", r.weights_sha256),
                       "64 of the digits 0-9 and a-f, or leave it out");
      if (r.volume && r.neighbors != 0)
        throw at.error("neighbors", "a whole volume has no neighbors", "leave one of the two out");
      if (!(r.low < r.high) || !std::isfinite(r.high - r.low))
        throw at.error("high", fmt::format("{:g} is not above low, which is {:g}", r.high, r.low));
    });
    return s;
  }();
  return table;
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

std::string frame_start(FrameKind kind, const Json& json, uint64_t data_bytes) {
  const std::string text = json.empty() ? "" : synerbench::to_text(json, -1);
  std::string bytes(kMagic);
  put(bytes, kVersion);
  put(bytes, static_cast<uint16_t>(kind));
  put(bytes, static_cast<uint32_t>(text.size()));
  put(bytes, uint32_t{0});
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
  const FrameHeader header{static_cast<FrameKind>(kind), take<uint32_t>(bytes, 8), take<uint64_t>(bytes, 16)};
  if (take<uint32_t>(bytes, 12) != 0)
    throw input_error(place, "wrote a frame whose bytes 12 .. 15 are not 0", kHint);
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

Ready read_ready(const Json& json, const std::string& place) {
  return ready_schema().read(json, place, {}, ExitCode::kBadInput);
}

ModelInput input_of(const Ready& ready) {
  return {ready.sources, ready.volume ? ModelInput::kWholeVolume : ready.neighbors};
}

}  // namespace synerbench::pipe
