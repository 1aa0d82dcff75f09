// Which patients a cohort has, in which layouts, and what is simulated for each. Nothing here touches the
// disk.
#pragma once

#include <array>
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
  double mm = 2;  // 0 to kMostMisregistrationMm
};
inline constexpr double kMostMisregistrationMm = 50;

/// "none" "rigid" "elastic"; else Error(kUsage).
Misregistration::Kind parse_misregistration(const std::string& name);

/// What lies between the two images of a pair beside their physics. A real pair has it, and nothing in the
/// source image tells it. All zero: nothing.
struct PairChanges {
  /// CBCT and MR against CT: mean length of a smooth residual displacement, drawn per case between the two,
  /// mm.
  std::array<double, 2> elastic_mm{0, 0};
  bool filling = false;     // another day: bladder, rectum, gas and bowel (pelvis)
  bool couch = false;       // the CBCT's couch is another than the CT's
  double breathing_mm = 0;  // PET is a mean over breaths of this height at the diaphragm; CT holds one phase
  double contrast_mm = 0;   // T1c, T2, FLAIR against T1: mean shift of a rigid motion; 1 mm with 0.5 degrees
};
Json to_json(const PairChanges& changes);

/// Patients of a data set, task and region by the split that the importers' hash gives them.
struct SplitCounts {
  int train = 0, validation = 0, test = 0;
  int sum() const { return train + validation + test; }
};

struct CohortOptions {
  std::string cohort;                 // id of the named cohort that these settings are; empty: none
  std::optional<SplitCounts> splits;  // per dataset, task and region; empty: 70/10/20 of `patients`
  PairChanges changes;
  bool tested_only = true;  // also what is only ever tested on: the second BraTS naming
  bool oracle = false;      // write_cohort also writes the oracle of the test patients
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

/// A cohort with a name and a version, whose settings stay as they are: what results are shown on. A change
/// is a new row.
struct NamedCohort {
  std::string id;       // "bench@1"
  std::string summary;  // one line
  CohortOptions options;
};
const std::vector<NamedCohort>& named_cohorts();
/// Error(kUsage) with "did you mean" when unknown.
const NamedCohort& cohort_named(const std::string& id);

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
  bool test = false;  // the importers' hash makes it a test patient
};

/// Everything a cohort would hold, in a fixed order. Error(kUsage) for unknown datasets or regions, for a
/// misregistration of no size, and for a
/// region that none of the data sets has, or a data set that is asked for and has none of the regions.
std::vector<PlannedCase> plan_cohort(const CohortOptions& options);
/// The commands that import what such a cohort wrote to `out`, one for each of its data sets, into one store.
std::vector<std::string> import_commands(const std::vector<PlannedCase>& plan, const std::string& out);
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
/// kOracle is the bound that tables show: the image itself, with its own geometry, filling, bias and
/// artifacts, without noise, and without what no source shows: uptake of lesions, local variation of uptake,
/// enhancement of tumors.
enum class Knowledge { kEverything, kPatient, kPopulation, kOracle };
/// The images of an oracle with that knowledge. kPatient and kPopulation: autoPET (SUV) and BraTS (T1c)
/// cases; the others come out too. kOracle: every data set but myops. `geometry_of`: all images of the case
/// are taken in the geometry and filling that this one has, so that a target shows what its source knows of
/// it; empty: each in its own.
std::vector<Image> simulate_oracle(const PlannedCase& planned, const CohortOptions& options,
                                   Knowledge knowledge, int threads,
                                   std::optional<Modality> geometry_of = std::nullopt);

}  // namespace synerbench::phantom
