// Byte-pair merges on token ids.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace synerbench::reference {

using TokenId = int32_t;

/// A merge of two adjacent tokens into one. The rank is the position in the list: the lowest goes first.
struct Merge {
  TokenId left = 0, right = 0, result = 0;
};

/// Merges adjacent pairs: as long as any pair is in the list, every occurrence of the lowest-ranked one is
/// replaced, left to right. Immutable after construction, so any number of threads may use it.
class BytePairMerger {
 public:
  explicit BytePairMerger(std::span<const Merge> merges);

  /// Replaces `tokens` by their merged form. O(n log n).
  void merge(std::vector<TokenId>& tokens) const;
  /// The definition, written plainly; O(n * merges). Equal to merge(), which uses it for short input and for
  /// lists that are not ordered().
  void merge_plainly(std::vector<TokenId>& tokens) const;
  /// Every token is made by lower ranks than those that use it, as in every list that training produces. A
  /// queue of (rank, place) then gives the same result as whole passes.
  bool ordered() const { return ordered_; }

 private:
  struct Slot {
    uint64_t key = kEmpty;
    int32_t rank = 0;
    TokenId result = 0;
  };
  static constexpr uint64_t kEmpty = ~uint64_t{0};
  const Slot* find(TokenId left, TokenId right) const;
  void merge_by_queue(std::vector<TokenId>& tokens) const;

  std::vector<Slot> slots_;  // open addressing, a power of two
  bool ordered_ = true;
};

}  // namespace synerbench::reference
