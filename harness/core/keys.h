// What names a case, a slice and an item of a run: one type each, one spelling each, parsed here and nowhere
// else.
//
//     CaseId    synthrad2023/1BA001
//     SliceKey  synthrad2023/1BA001#17
//     ItemKey   brain-mr-to-ct|pix2pix|synthrad2023/1BA001      for people; files hold its parts as fields of their own
//
// Spellings are for logs, messages and folders. Equality and order compare the parts, so any printable name
// of a model works.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "harness/core/error.h"

namespace synerbench {

/// One scan of one patient. The patient is what splits and statistics count; it takes no part in equality,
/// because data set and name already tell cases apart.
struct CaseId {
  std::string dataset;       // importer name: "synthrad2023"; no "/"
  std::string name;          // unique in its data set: "1BA001"; may hold "/" and "#"
  std::string patient = {};  // "1BA001"; empty where only a spelling is known

  std::string text() const;  // "synthrad2023/1BA001"
  bool operator==(const CaseId& other) const { return dataset == other.dataset && name == other.name; }
  /// In the order of the spelling, which is the order of cases in a store.
  std::strong_ordering operator<=>(const CaseId& other) const;
};

/// "synthrad2023/1BA001": everything before the first "/" is the data set. Anything else: an Error of `kind`
/// at `place`.
CaseId parse_case_id(std::string_view text, const std::string& place, ExitCode kind = ExitCode::kBadInput);

/// One slice of a case, counted from 0 along the first axis of its stored volumes.
struct SliceKey {
  CaseId scan;
  int64_t slice = 0;

  std::string text() const;  // "synthrad2023/1BA001#17"
  bool operator==(const SliceKey&) const = default;
  std::strong_ordering operator<=>(const SliceKey&) const = default;
};

/// "synthrad2023/1BA001#17": everything behind the last "#" is the slice. Anything else: an Error of `kind`
/// at `place`.
SliceKey parse_slice_key(std::string_view text, const std::string& place,
                         ExitCode kind = ExitCode::kBadInput);

/// One case of one task for one model: the unit that is run, journaled, resumed and sharded.
struct ItemKey {
  std::string task;   // "brain-mr-to-ct"
  std::string model;  // any printable name, unique in its run
  CaseId scan;

  std::string text() const;  // "brain-mr-to-ct|pix2pix|synthrad2023/1BA001"
  bool operator==(const ItemKey&) const = default;
  std::strong_ordering operator<=>(const ItemKey&) const = default;
};

}  // namespace synerbench
