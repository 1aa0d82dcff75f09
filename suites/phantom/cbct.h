// Cone-beam CT, simulated by measuring and reconstructing: its shading, streaks and cupping arise by
// themselves.
#pragma once

#include <cstdint>

#include "harness/data/volume.h"

namespace synerbench::phantom {

struct CbctOptions {
  int views = 90;                  // over half a turn; fewer give streaks
  double field_mm = 400;           // diameter of the reconstructed field; the detector ends there, too
  double photons = 2e5;            // per detector element in air
  double scatter = 0.012;          // left after the scanner's own correction, relative to air
  double water_correction = 0.75;  // share of the beam hardening of water that is corrected
  double kernel_mm = 0;  // softness of the reconstruction filter: sigma of a Gaussian on top of the ramp
  double sway_mm = 0;    // how far the patient moves sideways during the turn (breathing, swallowing)
  /// Diameter of the water cylinder that the scanner was set to 0 HU with; 0: never.
  double calibration_mm = 0;
  double scale = 1;  // calibration error: HU = scale * HU + offset
  double offset = 0;
  double elements_mm = 0;  // detector spacing at the axis; 0: half a voxel, at most 320 elements
  uint64_t seed = 0;
};

inline constexpr float kCbctOutside = -1000;  // HU beyond the field of view

/// Per axial slice: line integrals of water and bone at four energies, scatter from the measured profile,
/// Poisson noise, logarithm, partial water correction, ramp filter, back-projection inside the field of view.
/// `hu` noise-free, couch included. Result in HU, kCbctOutside beyond the field, at least -1000. Parallel
/// beams.
Volume simulate_cbct(const Volume& hu, const CbctOptions& options, int threads);

/// True for voxels inside the cylinder that simulate_cbct reconstructs.
bool in_cbct_field(const Geometry& grid, double field_mm, int64_t i, int64_t j);

}  // namespace synerbench::phantom
