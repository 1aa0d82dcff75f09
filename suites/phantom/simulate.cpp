// One case after the layout of its data set: which images, on which grids, in which units.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "harness/core/error.h"
#include "harness/core/random.h"
#include "suites/phantom/cbct.h"
#include "suites/phantom/cohort.h"
#include "suites/phantom/heart.h"
#include "suites/phantom/parts.h"
#include "suites/phantom/physics.h"

namespace synerbench::phantom {
namespace {

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
std::array<int64_t, 3> matrix(const Field& field, double spacing, int64_t slices) {
  return {static_cast<int64_t>(std::lround(field.size.x / spacing)),
          static_cast<int64_t>(std::lround(field.size.y / spacing)), slices};
}

Field snapped(Field field, const std::array<int64_t, 3>& size, double spacing) {
  field.size.x = spacing * static_cast<double>(size[0]);
  field.size.y = spacing * static_cast<double>(size[1]);
  return field;
}

PointMap moved(const Studio& studio, uint64_t stream) {
  const Misregistration& wanted = studio.options.misregistration;
  if (wanted.kind == Misregistration::Kind::kNone) return {};
  const uint64_t seed = studio.seed(stream);
  const Vec3 center = studio.anatomy->field().center;
  if (wanted.kind == Misregistration::Kind::kElastic) {
    auto field = std::make_shared<Displacement>(seed, 55, wanted.mm);
    return [field](const Vec3& p) { return p + field->at(p); };
  }
  Random random(seed);
  const double angle = wanted.mm * 0.5 * std::numbers::pi / 180;  // 2 mm goes with 1 degree
  const Rotation turn = rotation(angle * random.normal(), angle * random.normal(), angle * random.normal());
  const Vec3 shift = Vec3{random.normal(), random.normal(), random.normal()} * (wanted.mm * 0.6);
  return [=](const Vec3& p) { return turn * (p - center) + center + shift; };
}

/// `first`, then `second`; either may be empty.
PointMap joined(const PointMap& first, const PointMap& second) {
  if (!first) return second;
  if (!second) return first;
  return [first, second](const Vec3& p) { return second(first(p)); };
}

/// The residual between CT and CBCT or MR that registration leaves.
PointMap residual(const Studio& studio) {
  const auto [low, high] = studio.options.changes.elastic_mm;
  if (high <= 0) return {};
  const double mm = Random(studio.seed(40)).uniform(low, high);
  // The length of a vector of three normal numbers is 1.596 on average.
  auto field = std::make_shared<Displacement>(studio.seed(41), 55, mm / 1.596);
  return [field](const Vec3& p) { return p + field->at(p); };
}

/// The small rigid motion of the `m`-th contrast of a brain; none for the first.
PointMap contrast_motion(const Studio& studio, size_t m) {
  const double mm = studio.options.changes.contrast_mm;
  if (m == 0 || mm <= 0) return {};
  Random random(studio.seed(50 + m));
  const double angle = 0.5 * mm * std::numbers::pi / 180;
  const Vec3 center = studio.anatomy->field().center;
  const Rotation turn = rotation(angle * random.normal(), angle * random.normal(), angle * random.normal());
  const Vec3 shift = Vec3{random.normal(), random.normal(), random.normal()} * (mm / 1.596);
  return [=](const Vec3& p) { return turn * (p - center) + center + shift; };
}

/// The mean over a breath of what is seen in one phase: organs around the diaphragm go down and up by
/// `height_mm`, longest near exhalation; `still` is the phase, 0 to 1, of the volume that is given. The wall
/// of the body and all far from the diaphragm stay. Linear between slices.
Volume breathed(const Volume& volume, double height_mm, double still, int threads) {
  constexpr int kPhases = 8;
  const Geometry& grid = volume.geometry;
  Volume mean{grid, std::vector<float>(volume.voxels.size())};
  const int64_t plane = grid.size[0] * grid.size[1], last = grid.size[2] - 1;
#pragma omp parallel for num_threads(threads) schedule(static)
  for (int64_t k = 0; k <= last; ++k) {
    const double z = point_of(grid, 0, 0, k).z;
    const double share = smooth_step(90, 230, z) * smooth_step(560, 420, z);
    for (int phase = 0; phase < kPhases; ++phase) {
      const double down = 1 - std::pow(std::cos(std::numbers::pi * phase / kPhases), 4);
      const double from =
          std::clamp(static_cast<double>(k) + share * height_mm * (down - still) / grid.spacing[2], 0.0,
                     static_cast<double>(last));
      const auto below = std::min(static_cast<int64_t>(from), last - 1);
      const auto f = static_cast<float>(from - static_cast<double>(below));
      for (int64_t v = 0; v < plane; ++v) {
        const float* at = volume.voxels.data() + below * plane + v;
        mean.voxels[static_cast<size_t>(k * plane + v)] += ((1 - f) * at[0] + f * at[plane]) / kPhases;
      }
    }
  }
  return mean;
}

void round_to_int16(Volume& volume) {
  for (float& value : volume.voxels) value = std::clamp(std::nearbyint(value), -32768.0f, 32767.0f);
}

Image image(std::string name, std::optional<Modality> modality, Volume volume, Storage storage) {
  if (storage != Storage::kFloat) round_to_int16(volume);
  return {std::move(name), modality, std::move(volume), storage};
}

// ---- SynthRAD ---------------------------------------------------------------------------------------------

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

// ---- autoPET ----------------------------------------------------------------------------------------------

std::vector<Image> simulate_autopet(Studio& studio) {
  Field field = studio.anatomy->field();
  const double pet_spacing = studio.by_size(field.size.x / 64, field.size.x / 128, 2.04);
  Field pet_field = field;
  std::array<int64_t, 3> pet_size = matrix(field, pet_spacing, studio.by_size<int64_t>(64, 128, 336));
  if (studio.options.size == CohortSize::kFull) pet_size = {400, 400, 336};
  pet_field = snapped(pet_field, pet_size, pet_spacing);
  const Geometry pet_grid = grid_over(pet_field, pet_size);
  // CT: finer, a little off in every direction, and not quite as wide.
  const double ct_spacing = studio.by_size(pet_spacing * 0.62, pet_spacing * 0.62, 0.977);
  Field ct_field = field;
  ct_field.center = ct_field.center + Vec3{studio.random.uniform(-3, 3), studio.random.uniform(-3, 3),
                                           studio.random.uniform(-1, 1)};
  std::array<int64_t, 3> ct_size = matrix(ct_field, ct_spacing, pet_size[2]);
  if (studio.options.size == CohortSize::kFull) ct_size = {512, 512, 336};
  const Geometry ct_grid = grid_over(snapped(ct_field, ct_size, ct_spacing), ct_size);

  TissueTable for_ct = studio.tissues;
  if (studio.random.uniform() < 0.6) give_iodine(for_ct, studio.random.uniform(0.6, 1.2));
  CtOptions ct_options;
  ct_options.noise_hu = studio.random.uniform(10, 25);
  if (studio.is_oracle()) ct_options.noise_hu = 0;
  ct_options.blur_mm = studio.random.uniform(0.6, 1.0);
  ct_options.seed = studio.seed(2);
  Rendering body = render(*studio.anatomy, ct_grid, {ct_channel(for_ct)}, {}, studio.threads);
  const double breath = studio.options.changes.breathing_mm;
  Random for_breath(studio.seed(44));
  const double height = breath * for_breath.uniform(0.6, 1.4), phase = for_breath.uniform(0, 0.6);
  if (breath > 0 && studio.geometry_of == Modality::kPET)
    body.channels[0] = breathed(body.channels[0], height, phase, studio.threads);
  Volume ct = simulate_ct(body.channels[0], body.inside, ct_options, studio.threads);
  round_to_int16(ct);
  Volume ct_on_pet = resample_cubic(ct, pet_grid, -1024, studio.threads);

  Channel uptake_channel =
      pet_channel(studio.knowledge == Knowledge::kPopulation ? typical_tissues() : studio.tissues);
  uptake_channel.lesion_uptake = studio.knowledge == Knowledge::kEverything;
  if (studio.is_oracle()) uptake_channel.texture = {};
  Rendering uptake = render(*studio.anatomy, pet_grid, {uptake_channel}, moved(studio, 5), studio.threads);
  if (breath > 0 && studio.geometry_of != Modality::kCT)
    uptake.channels[0] = breathed(uptake.channels[0], height, phase, studio.threads);
  PetOptions pet_options;
  pet_options.psf_mm = studio.random.uniform(5, 6);
  pet_options.noise = studio.random.uniform(0.06, 0.12);
  if (studio.knowledge != Knowledge::kEverything) pet_options.noise = 0;
  pet_options.seed = studio.seed(3);
  Volume suv = simulate_pet(uptake.channels[0], pet_options, studio.threads);
  // SUV = activity x factor; factor = 1000 x weight / (dose x decay).
  const double weight = studio.random.uniform(50, 110), dose = studio.random.uniform(240e6, 380e6),
               hours = studio.random.uniform(0.9, 1.3);
  const double factor = weight * 1000 / (dose * std::exp2(-hours * 60 / 109.77));
  Volume activity = suv;
  for (size_t v = 0; v < suv.voxels.size(); ++v) {
    activity.voxels[v] = static_cast<float>(suv.voxels[v] / factor);
    suv.voxels[v] = static_cast<float>(activity.voxels[v] * factor);
  }
  Volume lesions{pet_grid, uptake.lesion};
  for (float& value : lesions.voxels) value = value > 0.5f ? 1.0f : 0.0f;

  std::vector<Image> images;
  images.push_back(image("CT", {}, std::move(ct), Storage::kInt16));
  images.push_back(image("CTres", Modality::kCT, std::move(ct_on_pet), Storage::kFloat));
  images.push_back(image("PET", {}, std::move(activity), Storage::kFloat));
  images.push_back(image("SUV", Modality::kPET, std::move(suv), Storage::kFloat));
  images.push_back(image("SEG", {}, std::move(lesions), Storage::kMask));
  return images;
}

// ---- BraTS ------------------------------------------------------------------------------------------------

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

// ---- MyoPS ------------------------------------------------------------------------------------------------

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

}  // namespace

std::vector<Image> simulate_oracle(const PlannedCase& planned, const CohortOptions& options,
                                   Knowledge knowledge, int threads, std::optional<Modality> geometry_of) {
  SB_CHECK(threads > 0);
  Studio studio(planned, options, threads);
  studio.knowledge = knowledge;
  studio.geometry_of = geometry_of;
  if (planned.dataset == "autopet") return simulate_autopet(studio);
  if (planned.dataset == "brats") return simulate_brats(studio);
  SB_CHECK(!studio.is_partial(), planned.dataset);
  return planned.dataset == "myops" ? simulate_myops(studio) : simulate_synthrad(studio);
}

std::vector<Image> simulate_case(const PlannedCase& planned, const CohortOptions& options, int threads) {
  return simulate_oracle(planned, options, Knowledge::kEverything, threads);
}

}  // namespace synerbench::phantom
