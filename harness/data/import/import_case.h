// The pixel work of importing: the files of one case -> volumes and mask on one canonical grid.
#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "harness/core/json.h"
#include "harness/data/gate.h"
#include "harness/data/import/layouts.h"
#include "harness/data/store_writer.h"

namespace synerbench {

/// What is done when a volume does not lie on its case's grid (kSameGridTolerance).
enum class ResampleRule {
  kRefuse,  // the case is an error
  // on the same lattice: cropped and padded, exact; else trilinear (masks: nearest). Both are recorded.
  kLinear,
};

/// "refuse", "linear"; Error(kUsage) at `place` otherwise.
ResampleRule parse_resample_rule(const std::string& text, const std::string& place);

/// Rules that change stored values. Part of the manifest.
struct PixelRules {
  ResampleRule resample = ResampleRule::kRefuse;
  /// See Note [CBCT offset].
  bool cbct_offset = true;
  std::string plane;  // "axial" or "coronal" for every case; empty: as the layout says
};
Json to_json(const PixelRules& rules);

/// Note [CBCT offset] Some centers store CBCT without negative values (SynthRAD2023: background 0), others in
/// HU. A CBCT whose minimum besides the padding of its field of view is above -500 gets HU = value - 1000, so
/// that both share the fixed intensity map; the limit is that of SynthRAD2023's own preprocessing. One whose
/// tissue is near 0 is in HU and was cut off: it is left as it is. A shift is remarked.
inline constexpr float kCbctOffsetLimit = -500, kCbctOffset = -1000;
/// Where a case's grid reaches beyond a volume: air in HU, nothing elsewhere.
float outside_value(Modality modality);
/// Bodies are above this in CT and CBCT where no mask file is given.
inline constexpr float kBodyThreshold = -300;  // HU

/// The mask's rule where there is neither a mask file, a CT nor a voxel of 0 (MR that was not
/// skull-stripped): nothing tells the body, so all of the volume is inside. Counted in one note for the data
/// set.
inline constexpr const char* kNoBackground = "everything: no voxel is zero";

/// SHA-256 of a case's files, by relative path.
using SourceHashes = std::map<std::string, std::string>;

/// All files of the case.
std::vector<std::string> source_paths(const DiscoveredCase& found);
/// SHA-256 of all that a case's stored bytes depend on.
std::string import_key(const Json& rules, const DiscoveredCase& found, const SourceHashes& hashes);

/// Reads and fits a case. `hashes` gets those of the bytes that were read. Error(kBadInput) names the file
/// and what is wrong, values that its modality cannot have included (plausible.h); with `accept_odd` such a
/// volume is taken, and the doubt is kept with it.
CaseToStore read_case(const DiscoveredCase& found, const std::filesystem::path& root, const PixelRules& rules,
                      const GateLimits& limits, bool accept_odd, SourceHashes* hashes);

/// Where grid voxel (0, 0, 0) lies on the image's lattice, in whole voxels, when every grid voxel is within
/// kSameGridTolerance of a lattice point; the grids may differ in size and place. Nothing when they do not
/// share a lattice.
std::optional<std::array<int64_t, 3>> lattice_offset(const Geometry& image, const Geometry& grid);

}  // namespace synerbench
