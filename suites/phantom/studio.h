// What the simulations of a case share, whatever the layout of its data set: the patient, the settings of the
// scanners, and how the images of a case lie to one another.
#pragma once

#include <array>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/random.h"
#include "suites/phantom/cohort.h"
#include "suites/phantom/parts.h"
#include "suites/phantom/physics.h"

namespace synerbench::phantom {

/// Everything that the simulation of a case shares.
struct Studio {
  const PlannedCase& planned;
  const CohortOptions& options;
  int threads;
  std::unique_ptr<Anatomy> anatomy;
  TissueTable tissues;
  Random random;  // settings of the scanners
  Knowledge knowledge = Knowledge::kEverything;
  std::optional<Modality> geometry_of;  // see simulate_oracle

  Studio(const PlannedCase& p, const CohortOptions& o, int t)
      : planned(p),
        options(o),
        threads(t),
        anatomy(make_anatomy(p.region, p.anatomy_seed)),
        random(combine_seeds(p.physics_seed, 1)) {
    Random for_tissues(combine_seeds(p.anatomy_seed, 900));
    tissues = patient_tissues(for_tissues);
  }
  bool is_oracle() const { return knowledge == Knowledge::kOracle; }
  /// Knows the tissues, but neither lesions nor the receive bias.
  bool is_partial() const { return knowledge == Knowledge::kPatient || knowledge == Knowledge::kPopulation; }
  uint64_t seed(uint64_t what) const { return combine_seeds(planned.physics_seed, what); }
  template <class T>
  T by_size(T tiny, T small, T full) const {
    return options.size == CohortSize::kTiny ? tiny : options.size == CohortSize::kSmall ? small : full;
  }
  /// Up to 5 or 8 percent off: no two scanners have quite the same protocol.
  double about(double value, double share = 0.06) { return value * random.uniform(1 - share, 1 + share); }
  double gain() { return std::exp(random.uniform(std::log(350.0), std::log(2600.0))); }
};

/// Square pixels in the plane, as many as the size allows.
std::array<int64_t, 3> matrix(const Field& field, double spacing, int64_t slices);
/// The field with the size of so many pixels.
Field snapped(Field field, const std::array<int64_t, 3>& size, double spacing);

/// The misregistration that was asked for; `stream` tells the images of a case apart.
PointMap moved(const Studio& studio, uint64_t stream);
/// `first`, then `second`; either may be empty.
PointMap joined(const PointMap& first, const PointMap& second);
/// The residual between CT and CBCT or MR that registration leaves.
PointMap residual(const Studio& studio);
/// The small rigid motion of the `m`-th contrast of a brain; none for the first.
PointMap contrast_motion(const Studio& studio, size_t m);
/// The mean over a breath of what is seen in one phase: organs around the diaphragm go down and up by
/// `height_mm`, longest near exhalation; `still` is the phase, 0 to 1, of the volume that is given. The wall
/// of the body and all far from the diaphragm stay. Linear between slices.
Volume breathed(const Volume& volume, double height_mm, double still, int threads);

void round_to_int16(Volume& volume);
/// Rounded, where it is not stored as float.
Image image(std::string name, std::optional<Modality> modality, Volume volume, Storage storage);

std::vector<Image> simulate_synthrad(Studio& studio);
std::vector<Image> simulate_autopet(Studio& studio);
std::vector<Image> simulate_brats(Studio& studio);
std::vector<Image> simulate_myops(Studio& studio);

}  // namespace synerbench::phantom
