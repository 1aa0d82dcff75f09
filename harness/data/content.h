// What a volume holds, told without its name: exact and near copies under another name are found by it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "harness/core/keys.h"
#include "harness/core/modality.h"
#include "harness/data/imprint.h"

namespace synerbench {

struct StoredCase;
struct StoredVolume;

/// SHA-256 over shape and float32 values of [D, H, W]. Equal voxels give equal text, whatever the file was. A
/// volume's own is that of its axial slices, so that a scan is the same one whatever plane a case is cut in.
///
/// Note [Older hashes] Stores written before that hashed coronal cases as their slices lie, and weights that
/// were trained from such stores list these hashes. So a coronal volume has that hash, too, as
/// StoredVolume::slices_sha256; in an older store it stands alone, as voxels_sha256. Whoever asks whether two
/// volumes, or a volume and a list, are one scan asks with hashes_of(). Only an axial case and a coronal case
/// of an older store cannot be held against each other by their manifests: `store verify` reads the voxels.
std::string voxels_sha256(std::span<const float> slices, const std::array<int64_t, 3>& shape);

/// The hashes by which a volume is known: one, or two for a coronal one.
std::vector<std::string> hashes_of(const StoredVolume& volume);

/// Note [Sketch of a volume] A copy may be scaled, inverted, flipped, turned or cropped. What stays is how
/// the values around a point are ordered. So every pixel that is strictly the largest or the smallest of the
/// 9 x 9 around it gives one mark: a hash of the ranks of the 7 x 7 values around it, counted from the far
/// end where it is the smallest, and laid in one of the eight ways that a slice can be flipped and turned by
/// 90 degrees. Ranks do not change with a map of the values that rises or falls throughout, and a crop
/// removes marks but changes few. Of all marks the kSketchSize smallest are kept (a bottom-k sketch, Broder
/// 1997): of two volumes it is known how much of the one is in the other. Two scans never agree in the noise
/// of 49 values. A copy that was resampled has other values: see Note [Imprint of a volume].
inline constexpr size_t kSketchSize = 128;

/// The sketch of [D, H, W], smallest mark first; shorter, or empty, where a volume has fewer such points.
std::vector<uint64_t> sketch_of(std::span<const float> slices, const std::array<int64_t, 3>& shape);

/// How much of the smaller volume is in the other, 0 to 1; 0 where fewer than kLeastShared marks agree.
inline constexpr size_t kLeastShared = 8;
double containment(std::span<const uint64_t> a, std::span<const uint64_t> b);

/// Volumes with more than this of one in the other are near copies.
inline constexpr double kNearCopy = 0.5;

/// So are volumes of which at least this share of the imprint's bits agree. What was measured: docs/data.md.
inline constexpr double kNearImprint = 0.92;

/// Two volumes of a store that hold the same.
struct Copy {
  const StoredCase *first = nullptr, *second = nullptr;  // in id order; may be one case
  Modality first_modality = Modality::kCT, second_modality = Modality::kCT;
  // every voxel; else most of it, after scaling, inversion, a flip, a turn, a crop or resampling
  bool exact = false;
  bool whole = false;      // exact, and so is every other modality that both cases have: one case, told twice
  bool repeated = false;   // whole, and they share two modalities or more: a pair that counts twice
  bool resampled = false;  // of a near copy: known by its imprint, not by its sketch
  double share = 1;        // of a near copy: containment, or agreement where it was resampled
  /// Exact, but not wrong by itself: a scan that two cases of one patient share (a PET and an MR study on one
  /// CT), or of two patients in one split whose other scans differ. Noted, not refused.
  bool allowed() const;
  std::string text() const;  // "d/c1 CT (c1/ct.nii) and d/c2 CT (c2/ct.nii) hold the same voxels"
};

/// All copies among the volumes of `cases`: within a case, across cases, patients and data sets. Near copies
/// are looked for between patients, for two scans of one patient may look alike, and by their sketch between
/// the modalities of a case. Volumes of stores that
/// were imported before there were imprints have none. In order of the cases.
/// Each case appears once for all that it shares with another one's modality.
std::vector<Copy> copies_in(const std::vector<StoredCase>& cases);

}  // namespace synerbench
