#include "suites/phantom/write_cohort.h"

#include "harness/core/error.h"
#include "harness/core/json.h"
#include "harness/core/progress.h"
#include "harness/data/volume_io.h"

namespace synerbench::phantom {
namespace {

PixelType pixel_type(Storage storage) {
  switch (storage) {
    case Storage::kMask:
      return PixelType::kUInt8;
    case Storage::kInt16:
      return PixelType::kInt16;
    case Storage::kFloat:
      return PixelType::kFloat32;
  }
  return PixelType::kFloat32;
}

std::string name_of(Misregistration::Kind kind) {
  return kind == Misregistration::Kind::kNone    ? "none"
         : kind == Misregistration::Kind::kRigid ? "rigid"
                                                 : "elastic";
}

}  // namespace

void write_cohort(const std::filesystem::path& out, const CohortOptions& options, int threads,
                  const std::function<void(const PlannedCase&)>& written) {
  const std::vector<PlannedCase> plan = plan_cohort(options);
  Json cases = Json::array();
  for (const PlannedCase& planned : plan) {
    throw_if_interrupted();
    const std::vector<Image> images = simulate_case(planned, options, threads);
    SB_CHECK(images.size() == planned.files.size(), planned.id);
    for (size_t i = 0; i < images.size(); ++i) {
      write_volume(out / planned.files[i], images[i].volume, pixel_type(images[i].storage));
    }
    cases.push_back({{"dataset", planned.dataset},
                     {"region", planned.region},
                     {"id", planned.id},
                     {"patient", planned.patient},
                     {"files", planned.files}});
    if (written) written(planned);
  }
  Json json = {
      {"schema", "synerbench/phantom-cohort"},
      {"schema_version", 1},
      {"size", name_of(options.size)},
      {"seed", options.seed},
      {"misregistration", name_of(options.misregistration.kind)},
      {"misregistration_mm",
       options.misregistration.kind == Misregistration::Kind::kNone ? 0.0 : options.misregistration.mm},
      {"cases", cases}};
  write_json(out / "cohort.json", json);
}

}  // namespace synerbench::phantom
