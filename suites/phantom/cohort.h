// Which patients a cohort has, in which layouts, and what is simulated for each. Nothing here touches the
// disk.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/modality.h"
#include "harness/data/volume.h"

namespace synerbench::phantom {

/// tiny: at most 64x64 pixels in the plane that is shown, 24 slices (whole body: 64 tall, as PET/CT is);
/// small: 128x128x48; full: the matrix and voxel sizes of the real data.
enum class CohortSize { kTiny, kSmall, kFull };
CohortSize parse_cohort_size(const std::string& name);  // "tiny" "small" "full"; else Error(kUsage)
std::string name_of(CohortSize size);

/// How well the pairs are registered. By construction they are, to the last voxel; this moves the second
/// image (MR, CBCT, or PET) by a random rigid motion or a smooth deformation of about `mm`.
struct Misregistration {
  enum class Kind { kNone, kRigid, kElastic };
  Kind kind = Kind::kNone;
  double mm = 2;
};

/// "none" "rigid" "elastic"; else Error(kUsage).
Misregistration::Kind parse_misregistration(const std::string& name);

struct CohortOptions {
  CohortSize size = CohortSize::kTiny;
  uint64_t seed = 1;
  std::vector<std::string> datasets;  // "synthrad2023" "synthrad2025" "autopet" "brats" "myops"; empty: all
  std::vector<std::string> regions;   // names of the regions; empty: all
  int patients = 0;                   // per dataset, task and region; 0: default_patients()
  Misregistration misregistration;
};

/// Patients per dataset, task and region where nothing else is asked for: 14 (tiny), 20 (small, full); half
/// of it for what is only ever tested on (synthrad2025, myops, and the second BraTS naming).
int default_patients(CohortSize size, const std::string& dataset, bool tested_only);

/// One case: a folder of images that share an anatomy.
struct PlannedCase {
  std::string dataset;  // importer's name
  std::string edition;  // BraTS: "2021" or "2023"; SynthRAD: "task1" (MR) or "task2" (CBCT); else empty
  std::string region;
  std::string id;  // "1BA001", "PETCT_0123456789/<study>", "BraTS2021_00004", "BraTS-GLI-00004-000", "101"
  std::string patient;             // what the importers split by
  std::string center;              // "A".."E", or empty
  std::string folder;              // relative to the cohort's root
  std::vector<std::string> files;  // relative to the cohort's root, in the order of simulate_case's images
  uint64_t anatomy_seed = 0, physics_seed = 0;
};

/// Everything a cohort would hold, in a fixed order. Error(kUsage) for unknown datasets or regions.
std::vector<PlannedCase> plan_cohort(const CohortOptions& options);
/// A line per case: data set, region, folder.
std::string to_text(const std::vector<PlannedCase>& plan);
/// [{"dataset", "edition", "region", "id", "files"}, ...]
Json to_json(const std::vector<PlannedCase>& plan);

enum class Storage { kMask, kInt16, kFloat };

/// One image of a case, with the values that the file will hold.
struct Image {
  std::string name;  // as in the file's name: "ct", "SUV", "t1ce", "gd"
  /// Empty: a mask, a segmentation, or a helper (CT on its own grid, PET in Bq/ml).
  std::optional<Modality> modality;
  Volume volume;
  Storage storage = Storage::kInt16;
};

/// Simulates one case. Same plan, options and build: same values, whatever `threads` is.
std::vector<Image> simulate_case(const PlannedCase& planned, const CohortOptions& options, int threads);

/// What a predictor could know at best. kEverything: the image as simulate_case makes it. The two others
/// leave out what the source cannot show, and noise, and the receive bias of MR:
///   kPatient: this patient's tissues, uptake and relaxation included, but no lesion's uptake and no
///     enhancement of tumors;
///   kPopulation: the tissue map of this patient with typical values.
enum class Knowledge { kEverything, kPatient, kPopulation };
/// The images of an oracle with that knowledge, for autoPET (SUV) and BraTS (T1c) cases; the others come out
/// too.
std::vector<Image> simulate_oracle(const PlannedCase& planned, const CohortOptions& options,
                                   Knowledge knowledge, int threads);

}  // namespace synerbench::phantom
