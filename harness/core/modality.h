// Modalities and tasks: the vocabulary that data, suites, models and reports share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace synerbench {

enum class Modality { kCBCT, kCT, kMRI, kPET, kT1, kT1c, kT2, kFLAIR, kBSSFP, kLGE };

const std::vector<Modality>& all_modalities();
std::vector<std::string> modality_names();  // in the order of the enum
std::string name_of(Modality modality);     // "CBCT" "CT" "MRI" "PET" "T1" "T1c" "T2" "FLAIR" "bSSFP" "LGE"
std::string id_of(
    Modality modality);  // in task ids: "cbct" "ct" "mr" "pet" "t1" "t1c" "t2" "flair" "bssfp" "lge"
/// Error(kUsage) at `place` with "did you mean" when unknown. Exact spelling; vocabulary.h adds names.
Modality parse_modality(std::string_view name, const std::string& place);
/// Values are in a unit that means the same in every patient: CT, CBCT (HU) and PET (SUV).
bool has_physical_unit(Modality modality);
std::string unit_of(Modality modality);  // "HU", "SUV", or "a.u."

/// The built-in body regions of cases (vocabulary.h adds some); the first part of every task id.
/// "brain" "pelvis" "wb" "brats" "abdomen" "head-neck" "thorax" "heart" "sts"
const std::vector<std::string>& region_names();

/// One synthesis task: from one modality, or several of one case, to another one in one region.
/// id: "brain-cbct-to-ct", with several sources "brats-t1+t2+flair-to-t1c".
struct Task {
  std::string id;
  std::string region;
  Modality source = Modality::kCT;  // the first one
  Modality target = Modality::kCT;
  std::vector<Modality> more_sources = {};  // the others, in the suite's order
  std::vector<Modality> sources() const;    // all of them
  std::string sources_text() const;         // "T1", "T1 + T2 + FLAIR"
};
std::string make_task_id(std::string_view region, Modality source, Modality target);
std::string make_task_id(std::string_view region, const std::vector<Modality>& sources, Modality target);

}  // namespace synerbench
