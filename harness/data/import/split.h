// Which split a patient belongs to.
#pragma once

#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/data/hash_split.h"
#include "harness/data/import/layouts.h"

namespace synerbench {

/// Note [Hash split v1] u = the first 8 bytes, big-endian, of SHA-256("hash split v1\n" + salt + "\n" +
/// dataset + "\n" + patient), divided by 2^64. u < train: train; else u < train + validation: validation;
/// else test. It depends on nothing but names, so any program can repeat it, and a patient stays where it is
/// when others come or go.
///
/// Note [Ranked split v1] With a handful of patients a hash may leave a split empty. Here the patients of
/// each kind (the set of their cases' regions and modalities) are ordered by the same u; the first n_test are
/// test, the next n_validation validation, the rest train, with n_test = round(n * test) and n_validation =
/// round(n * validation), each at least 1 when its share is not 0 and the patients suffice (2 for test, 3 for
/// both). A patient's split depends on which others are there.
enum class SplitRule { kHash, kRanked };
/// "hash", "ranked"; Error(kUsage) at `place` otherwise.
SplitRule parse_split_rule(const std::string& text, const std::string& place);

struct SplitOptions {
  SplitRule rule = SplitRule::kHash;
  double train = 0.7, validation = 0.1, test = 0.2;  // each >= 0, sum 1
  std::string salt;                                  // another salt, another split
};

/// "70/10/20" or "0.7/0.1/0.2": train/validation/test, into the shares of `options`. Error(kUsage) at `place`
/// for another text; whether they are shares is check_split_options()'s to say.
void parse_split_shares(const std::string& text, const std::string& place, SplitOptions& options);

/// Error(kUsage) at `place` when the shares are no shares.
void check_split_options(const SplitOptions& options, const std::string& place);
/// What the manifest says about it; equal texts, equal splits.
Json to_json(const SplitOptions& options);

Split hash_split(const SplitOptions& options, const std::string& dataset, const std::string& patient);

/// Gives every case its split: the listed one where a list fixes it, else by the rule. All cases of a patient
/// get one split.
void assign_splits(std::vector<DiscoveredCase>& cases, const SplitOptions& options,
                   const std::string& dataset);

}  // namespace synerbench
