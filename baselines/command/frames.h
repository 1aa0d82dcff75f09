// The frames that go over the pipes between SynerBench and a model's program. docs/pipe.md shows them byte by
// byte and says who speaks when; it changes with this file.
//
// Note [Frames] A frame is a header of 24 bytes, a JSON object (UTF-8; no bytes at all stand for an empty
// one) and data. Numbers are little-endian. What a program has to look at to answer lies in the data, at
// fixed places, so that one without a JSON reader can answer, too.
//   0  4 bytes  "SBMP"
//   4  u16      version of these frames
//   6  u16      kind, see FrameKind
//   8  u32      bytes of the JSON
//   12 u32      number of the question: 0 of a HELLO, then one more for every TASK and REQUEST. An answer
//                repeats it, so that a late answer is never taken for that of the next slices. A program that
//                answers every question with 0 is taken, too; it is only looked at for an answer too many.
//   16 u64      bytes of the data
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/model.h"

namespace synerbench::pipe {

inline constexpr uint16_t kVersion = 1;
inline constexpr size_t kHeaderBytes = 24;
// More JSON than this is not taken from a program. Ours is a few hundred bytes.
inline constexpr uint32_t kMostJsonBytes = uint32_t{1} << 20;

enum class FrameKind : uint16_t {
  kHello = 1,    // to the program, first
  kReady = 2,    // from it: what it is and what it wants, a StatedModel (harness/method/stated_model.h)
  kTask = 3,     // to it, before the first request of a task
  kDone = 4,     // from it: the task may begin
  kRequest = 5,  // to it: slices
  kReply = 6,    // from it: the prediction
  kError = 7,    // from it, instead of kDone or kReply: {"message": ...}
  kBye = 8,      // to it, last
};
std::string name_of(FrameKind kind);  // "READY"

struct FrameHeader {
  FrameKind kind = FrameKind::kHello;
  uint32_t json_bytes = 0;
  uint32_t number = 0;  // of the question
  uint64_t data_bytes = 0;
};

/// A frame up to its data.
std::string frame_start(FrameKind kind, const Json& json, uint64_t data_bytes, uint32_t number = 0);
/// Error(kBadInput) at `place`, which says what is wrong, when these bytes are no header of this version.
FrameHeader read_header(std::span<const std::byte, kHeaderBytes> bytes, const std::string& place);

/// What stands before the pixels of a request, n, sources, depth, height, width and slices as u32, then a
/// seed as u64 for each of the slices that are wanted. The pixels follow, float32, [n, sources, depth,
/// height, width].
std::string request_start(const SliceBatch& batch, std::span<const uint64_t> seeds);

/// What stands before the pixels of a reply, [slices, height, width] float32.
struct ReplyShape {
  uint32_t slices = 0, height = 0, width = 0;
  bool operator==(const ReplyShape&) const = default;
};
inline constexpr size_t kReplyShapeBytes = 12;
ReplyShape read_reply_shape(std::span<const std::byte, kReplyShapeBytes> bytes);
std::string to_text(const ReplyShape& shape);  // "8 x 64 x 64"

}  // namespace synerbench::pipe
