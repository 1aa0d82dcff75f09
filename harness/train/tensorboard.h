// A training's log as an event file of TensorBoard, for those who watch curves there. Written by hand: the
// framing is that of TFRecord (length, masked CRC-32C of it, bytes, masked CRC-32C of these), the bytes are
// the messages Event and Summary of TensorFlow's protocol buffers, of which five fields are used. No library
// of either is needed.
//
// Note [No clock in an event file] log.jsonl holds no times, so that equal trainings leave equal bytes. The
// wall time of an event is therefore its update in seconds: TensorBoard's "relative" axis counts updates,
// too.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace synerbench {

/// A number of a log line.
struct LoggedScalar {
  int64_t update = 0;
  // "losses/l1", "lr_factor", "validation/score", "validation/brain-mr-to-ct"
  std::string tag;
  double value = 0;
  bool operator==(const LoggedScalar&) const = default;
};

/// The numbers of a log.jsonl, in its order. A last line without its end is what a killed training was about
/// to write: it is left out. Values that are null (not finite) are left out. Error(kBadInput) with file and
/// line for anything else that is no line of a log, or when the file is missing.
std::vector<LoggedScalar> read_training_log(const std::filesystem::path& file);

/// The bytes of an event file: its version, then an event for each update that has numbers. float32, as
/// TensorBoard's scalars are.
std::string to_event_file(std::span<const LoggedScalar> scalars);

/// What TensorBoard takes for an event file; the name holds no time and no host, so it is found again.
inline constexpr const char* kEventFile = "events.out.tfevents.0.synerbench";

struct ExportedLog {
  std::filesystem::path folder;  // relative to what was read: "." or a task's
  int64_t scalars = 0, last_update = 0;
};

/// Writes OUT/<folder>/events.out.tfevents.0.synerbench for the log.jsonl in `from`, or for those of the
/// folders below it (one per task); finished or not. An earlier file is replaced. Error(kBadInput): no log
/// there, or one that is damaged.
std::vector<ExportedLog> export_tensorboard(const std::filesystem::path& from,
                                            const std::filesystem::path& out);

}  // namespace synerbench
