// A case of BraTS: T1, T1c, T2, FLAIR and the tumor, without the skull.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "suites/phantom/studio.h"

namespace synerbench::phantom {
namespace {

/// T1, T1c, T2 and FLAIR as a site takes them.
///
/// Three kinds of site: thick-slice spin echoes for T1 and T1c; a spin echo for T1, but T1c prepared by
/// inversion and sharp; sharp gradient echoes for both. Each has its own habits for T2 and FLAIR, too: what
/// an intensity means depends on where the image was taken.
std::array<MrSequence, 4> brats_sequences(Studio& studio, uint64_t site) {
  using Kind = MrSequence::Kind;
  MrSequence t1{Kind::kSpinEcho, studio.about(450, 0.15), studio.about(12), 0, 90, false};
  if (site == 2)
    t1 = {Kind::kGradientEcho, studio.about(28, 0.15), studio.about(5), 0, studio.about(28, 0.1), false};
  MrSequence t1c = t1;
  if (site == 1) t1c = {Kind::kInversionRecovery, studio.about(1900), 3, studio.about(920, 0.08), 90, true};
  t1c.contrast = true;
  t1c.tr = studio.about(t1c.tr);
  const double echo = site == 0 ? 84 : site == 1 ? 100 : 118;
  const MrSequence t2{Kind::kSpinEcho, studio.about(4200, 0.2), studio.about(echo, 0.1), 0, 90, false};
  const MrSequence flair{Kind::kInversionRecovery,
                         studio.about(9000, 0.1),
                         studio.about(1.25 * echo, 0.1),
                         studio.about(2350, 0.06),
                         90,
                         false};
  return {t1, t1c, t2, flair};
}

/// What the sequences see of the tissues. Blood that flows leaves the slice between the two pulses of a spin
/// echo, and comes fresh, unsaturated, into that of a gradient echo. With contrast agent it shines in either.
std::vector<Channel> brats_channels(Studio& studio, const std::array<MrSequence, 4>& sequences) {
  TissueTable tissues = studio.knowledge == Knowledge::kPopulation ? typical_tissues() : studio.tissues;
  if (studio.knowledge != Knowledge::kEverything) {
    tissues[Tissue::kRim].t1_contrast = tissues[Tissue::kTumor].t1_contrast;
  }
  TissueTable dark = tissues, fresh = tissues;
  dark[Tissue::kBlood].pd *= studio.random.uniform(0.05, 0.2);
  fresh[Tissue::kBlood].t1 = studio.random.uniform(250, 700);
  std::vector<Channel> channels;
  for (const MrSequence& sequence : sequences) {
    const bool gradient = sequence.kind == MrSequence::Kind::kGradientEcho;
    channels.push_back(mr_channel(sequence, sequence.contrast ? tissues : gradient ? fresh : dark));
  }
  return channels;
}

/// How the `m`-th of the four is taken. All were resampled to the atlas from matrices of their own; T1 and
/// T1c as their site takes them, FLAIR coarsest.
MrOptions brats_options(Studio& studio, uint64_t site, size_t m) {
  MrOptions mr;
  mr.gain = studio.gain();
  mr.bias = studio.random.uniform(0.25, 0.4);
  mr.snr = studio.by_size(1.0, 0.8, 0.5) * studio.random.uniform(28, 50);
  const bool sharp = m == 0 ? site == 2 : m == 1 && site != 0;
  mr.psf_voxels = sharp    ? studio.random.uniform(0.2, 0.4)
                  : m == 2 ? studio.random.uniform(0.4, 0.7)
                           : studio.random.uniform(0.6, 0.9);
  mr.psf_voxels *= studio.by_size(0.6, 0.8, 1.0);
  mr.background = false;
  if (studio.is_partial()) mr.bias = 0;
  if (studio.knowledge != Knowledge::kEverything) mr.snr = 1e9;
  mr.seed = studio.seed(10 + m);
  return mr;
}

}  // namespace

std::vector<Image> simulate_brats(Studio& studio) {
  const bool is_2021 = studio.planned.edition == "2021";
  const auto size = studio.by_size<std::array<int64_t, 3>>({64, 64, 24}, {128, 128, 48}, {240, 240, 155});
  Field field = studio.anatomy->field();
  field.size = {240, 240, 155};
  const Geometry grid = grid_over(field, size);
  const uint64_t site = studio.random.below(3);
  const std::vector<Channel> channels = brats_channels(studio, brats_sequences(studio, site));
  constexpr std::array<Modality, 4> kModalities{Modality::kT1, Modality::kT1c, Modality::kT2,
                                                Modality::kFLAIR};
  // All four are resampled to one atlas; only the first is never moved. One outline strips them all.
  const Rendering brain = render(*studio.anatomy, grid, channels, {}, studio.threads);
  const PointMap others = moved(studio, 5);
  const auto signal_of = [&](size_t m) {
    if (studio.geometry_of) {
      const auto of = std::find(kModalities.begin(), kModalities.end(), *studio.geometry_of);
      m = static_cast<size_t>(of - kModalities.begin());
    }
    const PointMap motion = joined(contrast_motion(studio, m), m > 0 ? others : PointMap{});
    return motion ? render(*studio.anatomy, grid, channels, motion, studio.threads) : brain;
  };

  const std::array<std::string, 4> names = is_2021 ? std::array<std::string, 4>{"t1", "t1ce", "t2", "flair"}
                                                   : std::array<std::string, 4>{"t1n", "t1c", "t2w", "t2f"};
  std::vector<Image> images;
  for (size_t m = 0; m < 4; ++m) {
    const MrOptions mr = brats_options(studio, site, m);
    images.push_back(image(names[m], kModalities[m],
                           simulate_mr(signal_of(m).channels[m], brain.inside, mr, studio.threads),
                           Storage::kInt16));
  }
  Volume labels{grid, std::vector<float>(brain.label.begin(), brain.label.end())};
  for (float& label : labels.voxels)
    label = !is_2021 && label == static_cast<float>(Glioma::kRimLabel) ? 3.0f : label;
  images.push_back(image("seg", {}, std::move(labels), Storage::kMask));
  for (Image& one : images) {
    one.volume.geometry.origin = {0, -239, 0};  // the atlas's corner
    // The 2021 files are stored LPS; those of 2023 RAS.
    if (!is_2021) one.volume = from_canonical(std::move(one.volume), "RAS");
  }
  return images;
}

}  // namespace synerbench::phantom
