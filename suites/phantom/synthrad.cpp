// A case of SynthRAD2023 or 2025: CT with CBCT or MR, and the mask of the body.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "suites/phantom/cbct.h"
#include "suites/phantom/studio.h"

namespace synerbench::phantom {
namespace {

MrSequence synthrad_sequence(Studio& studio) {
  using Kind = MrSequence::Kind;
  const std::string& region = studio.planned.region;
  const char center = studio.planned.center[0];
  const MrSequence t1_gradient{
      Kind::kGradientEcho, studio.about(8), studio.about(3.2), 0, studio.about(14), false};
  const MrSequence t1_prepared{Kind::kInversionRecovery, studio.about(1900), 3, studio.about(820), 90, false};
  const MrSequence t2_spin{Kind::kSpinEcho, studio.about(4200), studio.about(92), 0, 90, false};
  MrSequence sequence = t1_gradient;
  if (region == "brain") {
    sequence = t1_prepared;
    if (center == 'C') sequence = {Kind::kSpinEcho, studio.about(480), studio.about(13), 0, 90, false};
    sequence.contrast = center != 'A';  // centers B and C give gadolinium
  } else if (region == "pelvis") {
    if (center == 'C') sequence = t2_spin;
  } else {  // SynthRAD2025
    if (center == 'B')
      sequence = {Kind::kBalanced, studio.about(4), studio.about(2), 0, studio.about(55), false};
    if (center == 'C') sequence = t2_spin;
    sequence.contrast = center == 'D';
  }
  return sequence;
}

/// Body outline, grown by `radius` voxels in the plane.
std::vector<uint8_t> grown_outline(const Rendering& rendering, const Geometry& grid, int64_t radius) {
  const int64_t ni = grid.size[0], nj = grid.size[1];
  std::vector<uint8_t> mask(rendering.inside.size());
  for (int64_t k = 0; k < grid.size[2]; ++k) {
    // Two passes of one dimension each would make a square; the disc is the union of rows of its own width.
    for (int64_t dj = -radius; dj <= radius; ++dj) {
      const auto half =
          static_cast<int64_t>(std::floor(std::sqrt(static_cast<double>(radius * radius - dj * dj))));
      for (int64_t j = 0; j < nj; ++j) {
        const int64_t from = j + dj;
        if (from < 0 || from >= nj) continue;
        const auto source = static_cast<size_t>((k * nj + from) * ni),
                   target = static_cast<size_t>((k * nj + j) * ni);
        int64_t reach = -1;  // last column that the voxels so far cover
        for (int64_t i = -half; i < ni; ++i) {
          const int64_t ahead = i + half;
          if (ahead < ni && rendering.inside[source + static_cast<size_t>(ahead)] > 0.5f)
            reach = ahead + half;
          if (i >= 0 && i <= reach) mask[target + static_cast<size_t>(i)] = 1;
        }
      }
    }
  }
  return mask;
}

bool is_narrow(const std::string& region) { return region == "brain" || region == "head-neck"; }

/// Where a SynthRAD case is taken: the outline's box plus a margin fills the matrix.
struct SynthradGrid {
  Geometry grid;
  double spacing = 1;  // mm in the plane
  int64_t margin = 0;  // voxels around the outline
};

SynthradGrid synthrad_grid(const Studio& studio) {
  const bool is_2025 = studio.planned.dataset == "synthrad2025";
  const std::string& region = studio.planned.region;
  Field field = studio.anatomy->field();
  const double thickness = is_2025 ? 3 : region == "brain" ? 1 : 2.5;
  SynthradGrid made;
  made.margin = studio.by_size<int64_t>(2, 4, is_2025 ? 10 : 20);
  const double widest = std::max(field.size.x, field.size.y), both = 2 * static_cast<double>(made.margin);
  made.spacing = studio.by_size(widest / (64 - both), widest / (128 - both), 1.0);
  field.size.x += both * made.spacing;
  field.size.y += both * made.spacing;
  const int64_t slices =
      studio.by_size<int64_t>(24, 48, static_cast<int64_t>(std::lround(field.size.z / thickness)));
  // Few slices cover less of the height, so that neighbors still resemble each other.
  field.size.z = studio.options.size == CohortSize::kFull
                     ? thickness * static_cast<double>(slices)
                     : field.size.z * (region == "brain"       ? studio.by_size(0.65, 0.85, 1.0)
                                       : region == "head-neck" ? studio.by_size(0.75, 0.9, 1.0)
                                                               : 1.0);
  const auto size = matrix(field, made.spacing, slices);
  made.grid = grid_over(snapped(field, size, made.spacing), size);
  return made;
}

/// The settings of this case's cone-beam scanner.
CbctOptions synthrad_cbct_options(Studio& studio, double spacing) {
  const std::string& region = studio.planned.region;
  const bool center_b = studio.planned.center[0] == 'B';
  const bool narrow = is_narrow(region);
  CbctOptions cbct;
  // About half of what the matrix would need, as in the clinic; streaks are the price.
  cbct.views = static_cast<int>(std::lround(studio.by_size(46, 90, 260) * studio.random.uniform(0.7, 1.2)));
  cbct.field_mm = narrow     ? studio.random.uniform(250, 275)
                  : center_b ? studio.random.uniform(310, 360)
                             : studio.random.uniform(410, 460);
  // Per element; elements of a coarse matrix are larger.
  if (narrow) {
    // Head scanners differ most: the best images come near a CT, else a histogram told the two apart in every
    // slice.
    const double quality = studio.random.uniform(0.0, 1.0);
    cbct.photons = 3e4 * std::pow(20.0, quality);
    cbct.scatter = 0.2 * std::pow(0.12, quality);
  } else {
    cbct.photons = std::exp(studio.random.uniform(std::log(1.5e4), std::log(2e5)));
    cbct.scatter = studio.random.uniform(0.04, 0.15);
  }
  cbct.water_correction = studio.random.uniform(0.45, 0.85);
  cbct.kernel_mm = spacing * studio.random.uniform(0.4, 1.0);
  cbct.sway_mm = region == "thorax" || region == "abdomen" ? studio.random.uniform(1, 3)
                                                           : studio.random.uniform(narrow ? 0.3 : 0.5, 3.0);
  // Set to water in a cylinder of another size than the patient. Scanners are not set to HU as CTs are:
  // values of bone are off by up to a tenth, and center B's calibration has drifted.
  cbct.calibration_mm = narrow ? 170 : 290;
  cbct.scale = studio.random.uniform(0.88, 1.1);
  cbct.offset = studio.random.uniform(-40, 40) + (center_b ? studio.random.uniform(-80, -20) : 0.0);
  if (studio.is_oracle()) cbct.photons = 1e15;
  cbct.seed = studio.seed(4);
  return cbct;
}

Volume synthrad_mr(Studio& studio, const Volume& signal, const std::vector<float>& inside) {
  MrOptions mr;
  mr.gain = studio.gain();
  mr.bias = studio.random.uniform(0.2, 0.4);
  mr.snr = studio.random.uniform(40, 80);
  if (studio.is_oracle()) mr.snr = 1e9;
  mr.seed = studio.seed(3);
  return simulate_mr(signal, inside, mr, studio.threads);
}

/// The cone-beam CT; takes what lies beyond its field out of `mask`.
Volume synthrad_cbct(Studio& studio, const Volume& signal, const std::vector<float>& inside, double spacing,
                     std::vector<uint8_t>& mask) {
  const CbctOptions cbct = synthrad_cbct_options(studio, spacing);
  Volume body = signal;
  Couch couch;
  if (studio.options.changes.couch) {  // a treatment couch: wider, flat, thicker, with or without a mattress
    Random random(studio.seed(42));
    couch = {265, 1e5, random.uniform(2, 25), random.uniform(40, 60)};
  }
  add_couch(body, inside, couch, studio.threads);
  Volume made = simulate_cbct(body, cbct, studio.threads);
  // Centers C and E store CBCT without negative values; the others in HU.
  const char center = studio.planned.center[0];
  if (center == 'C' || center == 'E') {
    for (float& value : made.voxels) value = std::max(0.0f, value + 1000);
  }
  const Geometry& grid = made.geometry;
  for (int64_t k = 0; k < grid.size[2]; ++k) {
    for (int64_t j = 0; j < grid.size[1]; ++j) {
      for (int64_t i = 0; i < grid.size[0]; ++i) {
        if (!in_cbct_field(grid, cbct.field_mm, i, j))
          mask[static_cast<size_t>((k * grid.size[1] + j) * grid.size[0] + i)] = 0;
      }
    }
  }
  return made;
}

/// Part of a grid: first voxel and size along every axis.
struct Box {
  std::array<int64_t, 3> first, size;
};

/// The outline's box plus a margin in the plane, so that sizes differ between patients.
Box outline_box(const std::vector<float>& inside, const Geometry& grid, int64_t margin) {
  std::array<int64_t, 3> low{grid.size[0], grid.size[1], 0}, high{-1, -1, grid.size[2] - 1};
  for (int64_t row = 0; row < grid.size[1] * grid.size[2]; ++row) {
    for (int64_t i = 0; i < grid.size[0]; ++i) {
      if (inside[static_cast<size_t>(row * grid.size[0] + i)] <= 0.5f) continue;
      const int64_t j = row % grid.size[1];
      low = {std::min(low[0], i), std::min(low[1], j), 0};
      high = {std::max(high[0], i), std::max(high[1], j), high[2]};
    }
  }
  SB_CHECK(high[0] >= 0, "the image misses the body");
  for (size_t a = 0; a < 2; ++a) {
    low[a] = std::max<int64_t>(0, low[a] - margin);
    high[a] = std::min(grid.size[a] - 1, high[a] + margin);
  }
  Box box{low, {}};
  for (size_t a = 0; a < 3; ++a) box.size[a] = high[a] - low[a] + 1;
  return box;
}

}  // namespace

std::vector<Image> simulate_synthrad(Studio& studio) {
  const bool mr_task = studio.planned.edition == "task1";
  const auto [grid, spacing, margin] = synthrad_grid(studio);

  MrSequence sequence;
  if (mr_task) sequence = synthrad_sequence(studio);
  const Channel hu = ct_channel(studio.tissues);
  const Channel other = mr_task ? mr_channel(sequence, studio.tissues) : hu;
  const PointMap motion = joined(residual(studio), moved(studio, 5));
  std::unique_ptr<Anatomy> later;  // the patient on the day of the second image
  if (studio.options.changes.filling && studio.planned.region == "pelvis")
    later = make_anatomy(studio.planned.region, studio.planned.anatomy_seed, studio.seed(43));
  const bool two = motion || later;
  Rendering fixed = render(*studio.anatomy, grid,
                           two || !mr_task ? std::vector<Channel>{hu} : std::vector<Channel>{hu, other}, {},
                           studio.threads);
  Rendering second;
  if (two) {
    second = render(later ? *later : *studio.anatomy, grid, std::vector<Channel>{other, hu}, motion,
                    studio.threads);
  }
  const bool ct_as_source = two && studio.geometry_of && *studio.geometry_of != Modality::kCT;
  const bool other_as_ct = two && studio.geometry_of == Modality::kCT;
  if (other_as_ct) second = render(*studio.anatomy, grid, {other}, {}, studio.threads);
  const Volume& ct_signal = ct_as_source ? second.channels[1] : fixed.channels[0];
  const Volume& moving_signal = two ? second.channels[0] : mr_task ? fixed.channels[1] : fixed.channels[0];
  const std::vector<float>& moving_inside = two ? second.inside : fixed.inside;

  CtOptions ct_options;
  // Of one voxel: averaging over a coarse one leaves less. Heads get more dose than trunks.
  const double noise = studio.by_size(0.4, 0.6, 1.0) * (is_narrow(studio.planned.region) ? 0.6 : 1.0);
  ct_options.noise_hu = noise * studio.random.uniform(10, 25);
  // Kernels from sharp to soft; on a coarse grid resampling blurs, too.
  ct_options.blur_mm = studio.random.uniform(0.5, std::max(0.9, 0.45 * spacing));
  ct_options.head_rest = is_narrow(studio.planned.region);
  ct_options.seed = studio.seed(2);
  if (studio.is_oracle()) ct_options.noise_hu = 0;
  Volume ct = simulate_ct(ct_signal, ct_as_source ? second.inside : fixed.inside, ct_options, studio.threads);
  std::vector<uint8_t> mask = grown_outline(fixed, grid, studio.by_size<int64_t>(1, 3, 10));
  Volume moving = mr_task ? synthrad_mr(studio, moving_signal, moving_inside)
                          : synthrad_cbct(studio, moving_signal, moving_inside, spacing, mask);

  const Box box = outline_box(fixed.inside, grid, margin);
  Volume outline{grid, std::vector<float>(mask.begin(), mask.end())};
  std::vector<Image> images;
  images.push_back(image(mr_task ? "mr" : "cbct", mr_task ? Modality::kMRI : Modality::kCBCT,
                         crop(moving, box.first, box.size), Storage::kInt16));
  images.push_back(image("ct", Modality::kCT, crop(ct, box.first, box.size), Storage::kInt16));
  images.push_back(image("mask", {}, crop(outline, box.first, box.size), Storage::kMask));
  return images;
}

}  // namespace synerbench::phantom
