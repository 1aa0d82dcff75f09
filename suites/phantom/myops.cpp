// A case of MyoPS: three contrasts of the short axis of a heart.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "suites/phantom/heart.h"
#include "suites/phantom/studio.h"

namespace synerbench::phantom {

std::vector<Image> simulate_myops(Studio& studio) {
  using Kind = MrSequence::Kind;
  Field field = studio.anatomy->field();
  const auto slices = 2 + static_cast<int64_t>(studio.random.below(5));
  const double gap = std::min(studio.random.uniform(12, 23), 88.0 / static_cast<double>(slices));
  field.size.z = gap * static_cast<double>(slices);
  const double spacing =
      studio.by_size(field.size.x / 64, field.size.x / 128, studio.random.uniform(0.73, 0.76));
  std::array<int64_t, 3> size = matrix(field, spacing, slices);
  if (studio.options.size == CohortSize::kFull) size = {408, 392, slices};
  const Geometry grid = grid_over(snapped(field, size, spacing), size);

  const MrSequence balanced{
      Kind::kBalanced, studio.about(3.0), studio.about(1.5), 0, studio.about(55), false};
  // Late enhancement: the inversion time nulls healthy myocardium, more or less well.
  MrSequence late{Kind::kInversionRecovery, studio.about(1500), 3, 0, 90, true};
  const double t1 = studio.tissues[Tissue::kMyocardium].t1_contrast;
  late.ti = studio.about(t1 * std::log(2 / (1 + std::exp(-late.tr / t1))), 0.08);
  // T2 with fat and blood suppressed.
  MrSequence black{Kind::kInversionRecovery, studio.about(2000), studio.about(65), 0, 90, false};
  black.ti = studio.about(studio.tissues[Tissue::kFat].t1 * std::log(2.0), 0.05);
  TissueTable for_black = studio.tissues;
  for_black[Tissue::kBlood].pd *= studio.random.uniform(0.08, 0.25);

  const Rendering heart =
      render(*studio.anatomy, grid, {mr_channel(balanced, studio.tissues)}, {}, studio.threads);
  const Rendering others =
      render(*studio.anatomy, grid, {mr_channel(late, studio.tissues), mr_channel(black, for_black)},
             moved(studio, 5), studio.threads);
  const auto acquire = [&](const Volume& signal, const std::vector<float>& inside, double snr,
                           uint64_t stream) {
    MrOptions mr;
    mr.gain = studio.gain();
    mr.bias = studio.random.uniform(0.25, 0.4);
    mr.snr = snr;
    mr.seed = studio.seed(stream);
    return simulate_mr(signal, inside, mr, studio.threads);
  };
  std::vector<Image> images;
  images.push_back(image("C0", Modality::kBSSFP,
                         acquire(heart.channels[0], heart.inside, studio.random.uniform(30, 45), 20),
                         Storage::kInt16));
  images.push_back(image("DE", Modality::kLGE,
                         acquire(others.channels[0], others.inside, studio.random.uniform(18, 30), 21),
                         Storage::kInt16));
  images.push_back(image("T2", Modality::kT2,
                         acquire(others.channels[1], others.inside, studio.random.uniform(14, 24), 22),
                         Storage::kInt16));
  if (studio.planned.files.size() > 3) {
    images.push_back(image("gd", {}, Volume{grid, std::vector<float>(heart.label.begin(), heart.label.end())},
                           Storage::kInt16));
  }
  return images;
}

}  // namespace synerbench::phantom
