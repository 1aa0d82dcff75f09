// What the scanners make of an anatomy: CT, MR, PET. CBCT has a header of its own (cbct.h).
#pragma once

#include <cstdint>
#include <string>

#include "suites/phantom/render.h"

namespace synerbench::phantom {

// ---- CT ---------------------------------------------------------------------------------------------------

/// HU per tissue, with density texture.
Channel ct_channel(const TissueTable& tissues);

struct CtOptions {
  double noise_hu = 15;  // standard deviation
  double blur_mm = 0.6;  // system blur, sigma
  bool couch = true;
  bool head_rest = false;  // narrower and curved
  uint64_t seed = 0;
};
/// HU from the rendered channel: couch under the body, blur, correlated noise, clipped to 12 bit [-1024,
/// 3071].
Volume simulate_ct(const Volume& hu, const std::vector<float>& inside, const CtOptions& options, int threads);
struct Couch {
  double half_width = 210;  // mm
  double bend = 1400;       // radius of the curved top, mm
  double gap = 1;           // between the body's lowest point and the couch, mm: a mattress
  double thickness = 28;    // mm
};
inline constexpr Couch kHeadRest{90, 260, 1, 28};
/// Adds a sandwich of carbon fibre and foam under the body, where there is no body. HU in and out.
void add_couch(Volume& hu, const std::vector<float>& inside, const Couch& couch, int threads);

// ---- MR ---------------------------------------------------------------------------------------------------

/// Timings in ms, flip angle in degrees.
struct MrSequence {
  enum class Kind {
    kSpinEcho,  // PD (1 - exp(-TR/T1)) exp(-TE/T2)
    // PD (1 - 2 exp(-TI/T1) + exp(-TR/T1)) exp(-TE/T2), with its sign; magnitude is taken after mixing
    kInversionRecovery,
    kGradientEcho,  // PD sin a (1 - E1) / (1 - cos a E1) exp(-TE/T2), spoiled
    kBalanced       // PD sin a (1 - E1) / (1 - (E1 - E2) cos a - E1 E2) exp(-TE/T2), balanced SSFP
  };
  Kind kind = Kind::kSpinEcho;
  double tr = 500, te = 10, ti = 0, flip = 90;
  bool contrast = false;  // after a gadolinium agent: T1 of tissues that take it up is short
};
/// Signal of one tissue, in units of PD.
double mr_signal(const MrSequence& sequence, const TissueProperties& tissue);
Channel mr_channel(const MrSequence& sequence, const TissueTable& tissues);

struct MrOptions {
  double gain = 1000;  // value of a signal of 1
  double bias = 0.3;   // receive sensitivity: peak to peak, relative
  double snr = 30;     // mean signal in the body over the noise's sigma
  // sigma in the plane of what a coarser acquired matrix leaves when laid on this grid
  double psf_voxels = 0;
  bool background = true;  // false: exactly 0 outside the outline (skull-stripped images)
  uint64_t seed = 0;
};
/// Magnitude image: |signal| blurred by the acquisition, times the bias field, Rician noise, times the gain.
Volume simulate_mr(const Volume& signal, const std::vector<float>& inside, const MrOptions& options,
                   int threads);
/// Rician: magnitude of a complex number with `signal` as its real part and noise of `sigma` in both. `index`
/// names the voxel.
double rician_at(uint64_t seed, uint64_t index, double signal, double sigma);

// ---- PET --------------------------------------------------------------------------------------------------

/// SUV per tissue; lesions carry their own uptake, the tumor tissue of benign nodules takes up little.
Channel pet_channel(const TissueTable& tissues);

struct PetOptions {
  double psf_mm = 5.5;  // point spread, full width at half maximum
  double noise = 0.10;  // relative standard deviation at SUV 2
  uint64_t seed = 0;
};
/// SUV: uptake blurred by the point spread, noise correlated like a reconstructed image's (over about the
/// point spread, variance growing with activity), not negative.
Volume simulate_pet(const Volume& uptake, const PetOptions& options, int threads);

}  // namespace synerbench::phantom
