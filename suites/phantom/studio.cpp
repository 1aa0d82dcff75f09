#include "suites/phantom/studio.h"

#include <algorithm>
#include <numbers>

namespace synerbench::phantom {

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

PointMap joined(const PointMap& first, const PointMap& second) {
  if (!first) return second;
  if (!second) return first;
  return [first, second](const Vec3& p) { return second(first(p)); };
}

PointMap residual(const Studio& studio) {
  const auto [low, high] = studio.options.changes.elastic_mm;
  if (high <= 0) return {};
  const double mm = Random(studio.seed(40)).uniform(low, high);
  // The length of a vector of three normal numbers is 1.596 on average.
  auto field = std::make_shared<Displacement>(studio.seed(41), 55, mm / 1.596);
  return [field](const Vec3& p) { return p + field->at(p); };
}

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

}  // namespace synerbench::phantom
