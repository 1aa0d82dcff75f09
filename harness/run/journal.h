// The journal of a run: what is finished, in a file that may be cut off at any byte without losing more than
// one item.
//
// Note [The journal's format]
// One JSON object per line. The first line says what the file is and to which run it belongs:
//
//   {"schema":"synerbench/journal","schema_version":2,"identity":"<sha256>"}
//
// Then blocks, one per finished item, each appended with a single write and flushed to disk:
//
//   {"begin":{"task":"brain-mr-to-ct","model":"pix2pix","case":"synthrad2023/1BA001"}}
//   {"info":{...}}                                  only when the model differs from what the identity says
//                                                   (per-task weights)
//   {"slice":12,"foreground":0.31,"measures":{"synermed-2d@1":{"ssim":0.91,"psnr":"identical-images"}}}
//   {"failed_slice":13,"reason":"..."}
//   {"record":{...},"prediction":"<sha256>","panel":"<sha256>"}
//   {"end":"<first 16 digits of the SHA-256 of the block's bytes before this line>"}
//
// Reading: an incomplete block at the end of the file is a torn write; it is cut off before anything is
// appended. A damaged block with a sound one after it, or with its last line, cannot come from a kill and is
// refused. So is a line that holds something else than this page says. A later block of an item replaces an
// earlier one (a failed item that was done again). There are no times in it: equal runs leave equal blocks.
//
// Version 1 wrote task, model and case as one text with "|" between them. It is refused: such a run is
// finished with the program that began it. Its results.json is read as ever.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "harness/run/record.h"

namespace synerbench {

/// The values of one scored slice under the 2-D protocols; `count` of its measures is not used.
struct SliceScore {
  int64_t slice = 0;
  double foreground = 0;          // share of mask pixels
  std::vector<Measure> measures;  // in protocol, metric order
};

struct SliceFailure {
  int64_t slice = -1;  // -1: the whole case
  std::string reason;
};

/// Everything a finished item leaves behind.
struct ItemResult {
  CaseRecord record;
  std::vector<SliceScore> slices;      // scored ones, in order; empty for a failed case
  std::vector<SliceFailure> failures;  // in order; empty for a scored case
  Json info;                           // null, or to_json(ModelInfo) where it differs from the identity's
  // of the predicted volume (float32, physical units); empty for a failed case
  std::string prediction_sha256;
  std::string panel_sha256;  // of the panel's file; empty when there is none
};

/// The block of an item as it stands in the journal.
std::string to_block(const ItemResult& result);
/// `place` names the journal in errors.
ItemResult from_block(const std::string& block, const std::string& place);

class Journal {
 public:
  enum class Mode { kRead, kWrite };

  /// kWrite: opens or makes the file, takes a lock on it (Error(kUsage) when another process writes it) and
  /// cuts a torn end off. kRead: changes nothing, ignores a torn end. Both: Error(kBadInput) for damage, and
  /// for a journal of another identity than `identity_sha256` (empty: any).
  Journal(const std::filesystem::path& path, const std::string& identity_sha256, Mode mode);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  enum class State { kMissing, kFailed, kScored };
  State state(const ItemKey& item) const;
  const std::string& identity() const { return identity_; }
  std::vector<ItemKey> items() const;            // sorted; without their patients
  std::string block(const ItemKey& item) const;  // its last block; a failed check when missing
  ItemResult read(const ItemKey& item) const;
  int64_t bytes_cut() const { return bytes_cut_; }  // the torn end found on opening

  /// Appends with one write and flushes to disk. Not thread-safe: the run has one writer at a time.
  void append(const ItemResult& result);

  /// Replaces the file, whole or not at all, by one with the given items only, in the given order: what a
  /// finished run leaves, whatever happened on the way. Missing items are skipped. Only for kWrite.
  void compact(const std::vector<ItemKey>& items);

  /// The bytes of a journal that holds these blocks.
  static std::string header(const std::string& identity_sha256);

 private:
  struct Place {
    size_t offset = 0, length = 0;
    bool scored = false;
  };
  void scan(const std::string& expected_identity);
  void reopen();
  std::filesystem::path path_;
  Mode mode_;
  std::string identity_;
  std::map<ItemKey, Place> places_;
  size_t end_ = 0;  // of the sound part
  int64_t bytes_cut_ = 0;
  int fd_ = -1;
};

}  // namespace synerbench
