// What is in a store, for people and for programs: the words of "synerbench store info" and "store ls".
#pragma once

#include <string>

#include "harness/core/json.h"
#include "harness/data/slice_store.h"

namespace synerbench {

/// {"folder", "sha256", "cases", "patients", "bytes", "imports",
///  "regions": [{"dataset", "region", "cases", "patients", "slices", "bytes",
///               "splits": {"train": {"cases", "patients"}, ...}, "modalities": {"CT": cases, ...},
///               "groups": {"A": cases, ...}}]}
/// Bytes are those of the shards on disk. Patients count once per dataset.
Json store_info(const SliceStore& store);
std::string store_info_text(const SliceStore& store);

/// One row per case: id, patient, region, group, split, plane, shape, spacing, modalities, mask_rule.
Json store_ls(const SliceStore& store);
std::string store_ls_text(const SliceStore& store);

}  // namespace synerbench
