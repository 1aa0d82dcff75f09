#include "suites/phantom/parts.h"

namespace synerbench::phantom {

Glioma::Glioma(Random& random, uint64_t seed, Vec3 center, double radius)
    : core_(draw_blob(random, center, {radius, radius, radius}, 0, 0.15, 1.0)),
      rim_(random.uniform(2.5, 6.5)),
      edema_(random.uniform(0.3, 0.9) * radius + 4),
      // One tumor in six takes up nearly nothing, which its native images do not tell.
      enhancement_(random.uniform() < 1.0 / 6 ? random.uniform(0, 0.15) : random.uniform(0.55, 1)),
      patchiness_(random.uniform(0.2, 1.0)),
      cavity_(random.uniform() < 0.2),
      shape_(combine_seeds(seed, 11), std::max(6.0, 0.8 * radius)),
      fingers_(combine_seeds(seed, 12), 11),
      front_(combine_seeds(seed, 14), 24),
      patches_(combine_seeds(seed, 13), 9) {}

Vec3 Glioma::push(const Vec3& p) const {
  const Vec3 d = p - core_.center;
  const double reach = 1.8 * core_.radii.x;
  const double r2 = dot(d, d) / (reach * reach);
  if (r2 > 9) return p;
  return core_.center + d * (1 - 0.22 * std::exp(-r2));
}

void Glioma::paint(const Vec3& p, double depth, Brush& brush) const {
  const double reach = core_.radii.x * 1.5 + edema_ + 12;
  if (!core_.near(p, reach) || depth < -brush.soft()) return;
  const double surface = core_.distance(p) + 0.16 * core_.radii.x * shape_.at(p);
  // Edema is one region with one front: it reaches farther on some sides than on others, thins out over some
  // 8 mm, fills the white matter and hardly enters the cortex.
  const double edema = surface - edema_ * (1 + 0.25 * front_.at(p) + 0.08 * fingers_.at(p));
  const double soaked = smooth_step(4, -4 - 0.5 * brush.soft(), edema);
  brush.convert(Tissue::kWhite, Tissue::kEdema, 0.92 * soaked);
  brush.convert(Tissue::kTract, Tissue::kEdema, 0.92 * soaked);
  brush.convert(Tissue::kGray, Tissue::kEdema, 0.3 * soaked);
  if (soaked > 0.5 && brush.sample()[Tissue::kFluid] < 0.5f) brush.mark(kEdemaLabel, -1);
  const double inside_brain = std::max(surface, 1.5 - depth);
  brush.fill(Tissue::kTumor, inside_brain);
  const double patch = smooth_step(-0.8, 0.6, patches_.at(p) + 1.2 - 1.9 * patchiness_);
  const double taking_up = enhancement_ * patch;
  if (inside_brain < brush.soft()) {
    brush.convert(Tissue::kTumor, Tissue::kRim, taking_up);
    brush.mark(taking_up > 0.35 ? kRimLabel : kNecrosisLabel, inside_brain);
  }
  const double core = surface + rim_ * (1 + 0.35 * fingers_.at(p));
  brush.fill(cavity_ ? Tissue::kFluid : Tissue::kNecrosis, std::max(core, 3 - depth), cavity_ ? 1.0 : 0.9);
  brush.mark(kNecrosisLabel, core);
}

}  // namespace synerbench::phantom
