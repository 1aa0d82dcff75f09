// Who sees whom in a packed sequence, as few dense blocks.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "reference/mot/packing.h"

namespace synerbench::reference {

/// The rule itself, for one pair of positions: same sample; the key is not later, or both are in one full or
/// noised split; and a noised split is seen by itself only.
class VisibilityRule {
 public:
  VisibilityRule(std::span<const int64_t> split_lens, std::span<const SplitMode> modes,
                 std::span<const int64_t> sample_lens);
  bool sees(int64_t query, int64_t key) const;
  int64_t length() const { return static_cast<int64_t>(split_of_.size()); }

 private:
  std::vector<int32_t> split_of_, sample_of_;
  std::vector<SplitMode> mode_of_split_;
};

struct Range {
  int64_t begin = 0, end = 0;
  int64_t size() const { return end - begin; }
  bool operator==(const Range&) const = default;
};

/// Queries that share their keys. Every key in `keys` is seen by at least one query; `mask` says by which.
struct AttentionBlock {
  Range queries;
  std::vector<Range> keys;  // ascending, not touching
  int64_t key_count = 0;
  /// [queries, keys] 1 = sees. Empty: every query sees every key.
  std::vector<uint8_t> mask;
};

/// Cuts a sequence into blocks. Neighboring splits of one sample are joined while they have at most
/// `join_rows` tokens together: few large products beat many small ones, whose masked part is wasted. Rows of
/// a sample never meet those of another, and noised splits that are over are left out of the keys, so the
/// work is far below T x T.
std::vector<AttentionBlock> plan_attention(std::span<const int64_t> split_lens,
                                           std::span<const SplitMode> modes,
                                           std::span<const int64_t> sample_lens, int64_t join_rows = 256);

}  // namespace synerbench::reference
