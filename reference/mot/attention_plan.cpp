#include "reference/mot/attention_plan.h"

#include <algorithm>

#include "harness/core/error.h"

namespace synerbench::reference {

VisibilityRule::VisibilityRule(std::span<const int64_t> split_lens, std::span<const SplitMode> modes,
                               std::span<const int64_t> sample_lens)
    : mode_of_split_(modes.begin(), modes.end()) {
  SB_CHECK(split_lens.size() == modes.size(), "one mode per split");
  for (size_t i = 0; i < split_lens.size(); ++i) {
    split_of_.insert(split_of_.end(), static_cast<size_t>(split_lens[i]), static_cast<int32_t>(i));
  }
  for (size_t i = 0; i < sample_lens.size(); ++i) {
    sample_of_.insert(sample_of_.end(), static_cast<size_t>(sample_lens[i]), static_cast<int32_t>(i));
  }
  SB_CHECK(split_of_.size() == sample_of_.size(), "splits and samples cover the same tokens");
}

bool VisibilityRule::sees(int64_t query, int64_t key) const {
  const auto q = static_cast<size_t>(query), k = static_cast<size_t>(key);
  if (sample_of_[q] != sample_of_[k]) return false;
  const bool same = split_of_[q] == split_of_[k];
  const SplitMode mode = mode_of_split_[static_cast<size_t>(split_of_[k])];
  if (mode == SplitMode::kNoise && !same) return false;
  return query >= key || (same && mode != SplitMode::kCausal);
}

std::vector<AttentionBlock> plan_attention(std::span<const int64_t> split_lens,
                                           std::span<const SplitMode> modes,
                                           std::span<const int64_t> sample_lens, int64_t join_rows) {
  const VisibilityRule rule(split_lens, modes, sample_lens);
  std::vector<AttentionBlock> blocks;
  size_t split = 0;
  int64_t at = 0;
  for (const int64_t sample_len : sample_lens) {
    const int64_t sample_end = at + sample_len;
    std::vector<Range> seen;  // splits of this sample that later ones may see, joined where they touch
    const auto add_seen = [](std::vector<Range>& ranges, Range range) {
      if (range.size() == 0) return;
      if (!ranges.empty() && ranges.back().end == range.begin) {
        ranges.back().end = range.end;
      } else {
        ranges.push_back(range);
      }
    };
    while (at < sample_end) {
      AttentionBlock block;
      block.queries.begin = at;
      block.keys = seen;
      size_t count = 0;
      bool plain = true;  // no pair is hidden
      while (at < sample_end && (count == 0 || at + split_lens[split] - block.queries.begin <= join_rows)) {
        const Range own{at, at + split_lens[split]};
        add_seen(block.keys, own);
        if (modes[split] != SplitMode::kNoise) add_seen(seen, own);
        plain = plain && count == 0 && modes[split] != SplitMode::kCausal;
        at = own.end;
        ++split;
        ++count;
      }
      SB_CHECK(at <= sample_end, "a split ends with its sample");
      block.queries.end = at;
      for (const Range& range : block.keys) block.key_count += range.size();
      if (block.queries.size() == 0) continue;
      if (!plain) {
        block.mask.reserve(static_cast<size_t>(block.queries.size() * block.key_count));
        for (int64_t q = block.queries.begin; q < block.queries.end; ++q) {
          for (const Range& range : block.keys) {
            for (int64_t k = range.begin; k < range.end; ++k) block.mask.push_back(rule.sees(q, k));
          }
        }
        const bool all =
            std::all_of(block.mask.begin(), block.mask.end(), [](uint8_t sees) { return sees != 0; });
        if (all) block.mask.clear();
      }
      blocks.push_back(std::move(block));
    }
  }
  SB_CHECK(split == split_lens.size(), "splits and samples cover the same tokens");
  return blocks;
}

}  // namespace synerbench::reference
