// Spine, chest, abdomen and neck, in body coordinates (z = 0 at the femoral heads, about 760 in the middle of
// the skull).
#include <array>

#include "suites/phantom/parts.h"

namespace synerbench::phantom {
namespace {

/// Smooth curve through (z, value) knots.
template <size_t N>
double curve(const std::array<std::array<double, 2>, N>& knots, double z) {
  if (z <= knots.front()[0]) return knots.front()[1];
  for (size_t i = 1; i < N; ++i) {
    if (z < knots[i][0]) {
      const double t = smooth_step(knots[i - 1][0], knots[i][0], z);
      return knots[i - 1][1] + t * (knots[i][1] - knots[i - 1][1]);
    }
  }
  return knots.back()[1];
}

}  // namespace

// ---- spine ------------------------------------------------------------------------------------------------

Spine::Spine(Random& random, uint64_t seed)
    : lordosis_(random.uniform(0.7, 1.3)),
      lean_(random.uniform(-5, 5)),
      phase_(random.uniform(0, 30)),
      period_(random.uniform(29, 33)),
      muscle_(random.uniform(0.85, 1.15)),
      shape_(combine_seeds(seed, 31), 22),
      streaks_(combine_seeds(seed, 32), 14) {}

Vec3 Spine::center(double z) const {
  constexpr std::array<std::array<double, 2>, 8> kCurve{
      {{90, 40}, {170, 24}, {260, 36}, {360, 52}, {440, 56}, {530, 42}, {610, 20}, {700, 20}}};
  const double y = curve(kCurve, z);
  return {lean_ * std::sin((z - 90) / 180), 35 + (y - 35) * lordosis_ * (z < 560 ? 1 : 0.9), z};
}

double Spine::radius(double z) const {
  constexpr std::array<std::array<double, 2>, 5> kCurve{
      {{100, 25}, {260, 21}, {420, 16}, {560, 12}, {700, 10}}};
  return curve(kCurve, z);
}

void Spine::paint_muscles(const Vec3& p, double deep, Brush& brush) const {
  if (p.z < 70 || p.z > 700) return;
  const Vec3 c = center(p.z);
  const double r = radius(p.z);
  const double across = std::abs(p.x - c.x);
  const double width = (p.z < 300 ? 30 : p.z < 560 ? 24 : 22) * muscle_;
  const double group =
      std::max(ellipse_distance(across - 1.15 * r - 4, p.y - c.y - r - 24, width, 22 * muscle_), deep);
  if (group > brush.soft()) return;
  brush.fill(Tissue::kMuscle, group);
  brush.fill(Tissue::kFat, std::max(group, 9 * std::abs(streaks_.at(p)) - 1.5), 0.55);
}

void Spine::paint(const Vec3& p, double deep, Brush& brush) const {
  if (p.z < 85 || p.z > 716) return;
  const Vec3 c = center(p.z);
  const double r = radius(p.z), dx = p.x - c.x, dy = p.y - c.y;
  if (std::abs(dx) > 3.2 * r + 12 || dy < -2 * r || dy > 5 * r + 12) return;
  const double period = p.z < 330 ? period_ : p.z < 560 ? period_ * 0.78 : period_ * 0.58;
  const double turn = (p.z - 90 + phase_) / period;
  const double from_disc =
      (0.5 - std::abs(turn - std::floor(turn) - 0.5)) * period;  // mm to the nearest disc's middle
  const double half_disc = period * 0.13;
  const double waist = 1.5 * std::min(1.0, from_disc / (0.5 * period));
  const double body = ellipse_distance(dx, dy, 1.12 * r - waist, 0.92 * r - waist) + 0.4 * shape_.at(p);
  if (body < brush.soft()) {
    brush.fill(Tissue::kCartilage, body);
    const double vertebra = std::max(body, half_disc - from_disc);
    brush.bone(vertebra, 1.3);
  }
  // Arch: laminae, pedicles, spinous and transverse processes.
  const double canal_y = dy - 0.92 * r - 7, canal_rx = r > 18 ? 12 : 10.5, canal_ry = 8.5;
  const double canal = ellipse_distance(dx, canal_y, canal_rx, canal_ry);
  // Arches sit at the upper half of their vertebra, one per period.
  const double level = std::abs(turn - std::floor(turn) - 0.62) * period;
  const double arch = std::max(canal - 5, level - 0.30 * period);
  double processes =
      std::max({std::abs(dx) - 3, canal_y - 30, 6 - canal_y, level - 0.26 * period - 0.2 * canal_y + 2});
  const double wing = std::max({std::abs(canal_y + 4 - 0.15 * std::abs(dx)) - 3.5,
                                std::abs(dx) - 1.5 * r - 10, 8 - std::abs(dx), level - 0.17 * period});
  processes = std::max(std::min(processes, wing), deep + 1);
  brush.bone(std::min(arch, processes), 1.4);
  if (canal < brush.soft()) {
    brush.fill(Tissue::kFluid, canal);
    if (p.z > 250)
      brush.fill(Tissue::kWhite, ellipse_distance(dx, canal_y, 6, 4.5));
    else
      brush.fill(Tissue::kWhite, ellipse_distance(dx, canal_y - 3, 6, 2.5), 0.5);  // cauda equina
  }
}

// ---- chest ------------------------------------------------------------------------------------------------

Chest::Chest(Random& random, uint64_t seed, bool female, bool arms_up)
    : cage_(draw_blob(random, {0, -2, 385}, {132, 92, 170}, 2, 0.04, 0.03)),
      lungs_{draw_blob(random, {63, 8, 400}, {60, 84, 148}, 2, 0.04, 0.03),
             draw_blob(random, {-65, 6, 398}, {63, 84, 150}, 2, 0.04, 0.03)},
      humeri_{draw_blob(random, {arms_up ? 146.0 : 168.0, 14, arms_up ? 534.0 : 512.0}, {24, 24, 26}, 4),
              draw_blob(random, {arms_up ? -146.0 : -168.0, 14, arms_up ? 534.0 : 512.0}, {24, 24, 26}, 4)},
      pectorals_{draw_blob(random, {70, -92, 465}, {62, 13, 52}),
                 draw_blob(random, {-70, -92, 465}, {62, 13, 52})},
      breasts_{draw_blob(random, {78, -118, 415}, {48, 30, 48}, 4, 0.2),
               draw_blob(random, {-78, -118, 415}, {48, 30, 48}, 4, 0.2)},
      heart_(draw_blob(random, {20, -26, 362}, {60, 46, 56}, 4, 0.08, 0.12)),
      left_ventricle_(draw_blob(random, {44, -18, 352}, {33, 30, 40}, 3, 0.08, 0.3)),
      right_ventricle_(draw_blob(random, {2, -46, 352}, {34, 22, 36}, 3, 0.08, 0.2)),
      atria_(draw_blob(random, {2, 6, 386}, {46, 22, 26}, 3, 0.1, 0.2)),
      oesophagus_(draw_rod(random, {2, 26, 590}, {12, 34, 325}, 7, 8)),
      wall_(random.uniform(9, 12)),
      dome_left_(random.uniform(312, 330)),
      dome_right_(random.uniform(325, 345)),
      rib_period_(random.uniform(25, 29)),
      rib_phase_(random.uniform(0, 27)),
      rib_slope_(random.uniform(0.4, 0.6)),
      female_(female),
      arms_up_(arms_up),
      vessels_(combine_seeds(seed, 41), 20),
      fine_vessels_(combine_seeds(seed, 42), 9),
      shape_(combine_seeds(seed, 43), 60) {
  for (size_t i = 0; i < 2; ++i) {
    const double s = i == 0 ? 1 : -1;
    scapulae_[i] = {{s * 98, 80, 395}, {s * 84, 84, 515}, {s * 146, 36, 510}, 3.5};
    clavicles_[i] = draw_rod(random, {s * 18, -62, 520}, {s * 150, -14, 545}, 7, 6);
    airways_.push_back(draw_rod(random, {0, 14, 448}, {s * 34, 22, 416}, 7, 5, 1.5));
    airways_.push_back(draw_rod(random, {s * 34, 22, 416}, {s * 58, 34, 380}, 4.5, 2.5, 2));
    veins_.push_back(draw_rod(random, {s * 20, -6, 412}, {s * 52, 8, 410}, 9, 6, 2));
    veins_.push_back(draw_rod(random, {s * 52, 8, 410}, {s * 82, 26, 370}, 6, 3, 3));
    veins_.push_back(draw_rod(random, {s * 52, 8, 410}, {s * 78, -20, 450}, 5, 2.5, 3));
    arteries_.push_back(draw_rod(random, {s * 10, -8, 478}, {s * 34, -4, 600}, 5, 4, 2));
    veins_.push_back(draw_rod(random, {s * 22, -36, 500}, {s * 44, -18, 600}, 6, 5, 2));
  }
  airways_.push_back(draw_rod(random, {0, 2, 600}, {0, 14, 448}, 9, 8.5, 1));
  arteries_.push_back(draw_rod(random, {4, -22, 400}, {-12, -26, 445}, 15, 14, 1.5));
  arteries_.push_back(draw_rod(random, {-12, -26, 445}, {8, 4, 470}, 14, 13, 1.5));
  arteries_.push_back(draw_rod(random, {8, 4, 470}, {26, 40, 445}, 13, 12, 1.5));
  arteries_.push_back(draw_rod(random, {26, 40, 445}, {16, 32, 310}, 12, 10.5, 2));
  arteries_.push_back(draw_rod(random, {16, 32, 310}, {4, 6, 140}, 10.5, 8.5, 2));
  veins_.push_back(draw_rod(random, {-26, -14, 480}, {-24, -6, 390}, 9, 10, 1.5));
  veins_.push_back(draw_rod(random, {-24, 4, 350}, {-24, 14, 140}, 11, 9, 2));
}

double Chest::cavity(const Vec3& p) const { return cage_.distance(p) - 2 * shape_.at(p); }

double Chest::dome(const Vec3& p) const {
  const double side = smooth_step(-40, 40, p.x);
  const double height = dome_right_ + (dome_left_ - dome_right_) * side;
  const double x = (std::abs(p.x) - 62) / 72, y = (p.y + 5) / 92;
  return height - 75 * std::min(1.6, x * x + y * y) + 3 * shape_.at({p.x, p.y, 0});
}

void Chest::paint_wall(const Vec3& p, double outline, double deep, Brush& brush) const {
  if (p.z < 215 || p.z > 590) return;
  const double inner = cavity(p);
  for (size_t i = 0; i < 2; ++i) {
    if (female_ && breasts_[i].near(p, 5)) {
      const double d = std::max(breasts_[i].distance(p) + 4, outline + 6);
      brush.fill(Tissue::kGland, d, 0.45 + 0.3 * std::clamp(fine_vessels_.at(p), -1.0, 1.0));
    }
    if (pectorals_[i].near(p, 5))
      brush.fill(Tissue::kMuscle, std::max(pectorals_[i].distance(p), outline + 5));
  }
  if (p.z > 370) {  // shoulder girdle: fat between the muscles
    brush.fill(Tissue::kFat, std::max({deep, 9 * std::abs(vessels_.at(p * 0.7)) - 2, wall_ - inner}), 0.7);
    for (size_t i = 0; i < 2; ++i) {
      brush.bone(scapulae_[i].distance(p), 1.5);
      brush.bone(clavicles_[i].distance(p), 1.8);
      const double s = i == 0 ? 1 : -1;
      const double arm = Rod{humeri_[i].center, humeri_[i].center + Vec3{s * 8, 0, -160}, 12, 11}.distance(p);
      brush.bone(humeri_[i].distance(p), 1.8);
      if (arms_up_) continue;
      brush.fill(Tissue::kCortical, arm);
      brush.fill(Tissue::kFat, arm + 4, 0.8);
    }
  }
  // Ribs run down and forward: bands in a slanted coordinate on the shell around the cavity.
  if (inner > -4 && inner < wall_ + 8 && p.z < 545) {
    brush.fill(Tissue::kMuscle, std::abs(inner - 0.5 * wall_) - 0.5 * wall_);
    const double along = (p.z + rib_slope_ * (80 - p.y) + rib_phase_) / rib_period_;
    const double band = std::abs(along - std::floor(along) - 0.5) * rib_period_;
    const double shell = std::abs(inner - 0.5 * wall_) - 0.38 * wall_;
    const bool front = p.y < -52 && std::abs(p.x) < 95;
    const double rib = std::max({shell, band - 6.5, 235 + rib_slope_ * 90 - (p.z + rib_slope_ * (80 - p.y))});
    if (front)
      brush.fill(Tissue::kCartilage, rib);
    else
      brush.bone(rib, 1.4);
  }
  const double sternum =
      std::max({std::abs(p.x) - 17, std::abs(inner - 6) - 5.5, p.y + 40, std::abs(p.z - 435) - 78});
  brush.bone(sternum, 1.4);
}

void Chest::paint(const Vec3& p, Brush& brush) const {
  if (p.z < 120 || p.z > 610) return;
  const double inner = cavity(p);
  const double above = dome(p) - p.z;  // < 0 above the diaphragm
  const double thorax = smooth_max(inner, above, 8);
  if (p.z > 250 && thorax < 6 + brush.soft() && p.z < 560) {
    brush.fill(Tissue::kMuscle, std::max(inner, above - 3));
    brush.fill(Tissue::kFat, thorax);
    const double heart = heart_.distance(p);
    for (const Blob& lung : lungs_) {
      const double d =
          std::max({smooth_max(lung.distance(p), thorax + 2.5, 6), 3.5 - heart, 13 - std::abs(p.x - 2)});
      if (d > brush.soft()) continue;
      brush.fill(Tissue::kLung, d);
      const double branch = std::abs(vessels_.at(p)) * 14, fine = std::abs(fine_vessels_.at(p)) * 7;
      brush.fill(Tissue::kBlood, std::max({d + 3, branch - 2.6, fine - 2.8}), 0.8);
    }
    if (heart < brush.soft()) {
      brush.fill(Tissue::kFat, heart);
      brush.fill(Tissue::kMyocardium, heart + 3, 0.7);
      brush.fill(Tissue::kBlood, std::max(atria_.distance(p), heart + 4));
      brush.fill(Tissue::kBlood, std::max(right_ventricle_.distance(p), heart + 5));
      const double lv = std::max(left_ventricle_.distance(p), heart + 3);
      brush.fill(Tissue::kMyocardium, lv);
      brush.fill(Tissue::kBlood, lv + 10.5);
    }
  }
  for (const Rod& v : veins_) {
    if (p.z > 345 || v.a.x < -20) brush.fill(Tissue::kBlood, v.distance(p));
  }
  for (const Rod& a : arteries_) {
    const double d = a.distance(p);
    brush.fill(Tissue::kMuscle, d - 1);
    brush.fill(Tissue::kBlood, d);
  }
  const double gullet = oesophagus_.distance(p);
  brush.fill(Tissue::kMuscle, gullet);
  brush.fill(Tissue::kAir, gullet + 5, 0.5);
  for (const Rod& airway : airways_) {
    const double d = airway.distance(p);
    brush.fill(Tissue::kCartilage, d - 1.3, 0.8);
    brush.fill(Tissue::kAir, d);
  }
}

// ---- abdomen ----------------------------------------------------------------------------------------------

Abdomen::Abdomen(Random& random, uint64_t seed)
    : liver_(draw_blob(random, {-66, -6, 275}, {74, 82, 82}, 4, 0.07, 0.1)),
      left_lobe_(draw_blob(random, {10, -48, 290}, {62, 32, 34}, 6, 0.15, 0.15)),
      spleen_(draw_blob(random, {98, 38, 282}, {24, 42, 44}, 5, 0.15, 0.3)),
      stomach_(draw_blob(random, {58, -38, 278}, {46, 36, 44}, 6, 0.18, 0.3)),
      gallbladder_(draw_blob(random, {-48, -52, 240}, {13, 22, 16}, 5, 0.2, 0.3)),
      kidneys_{draw_blob(random, {64, 46, 218}, {27, 25, 54}, 5, 0.07, 0.15),
               draw_blob(random, {-64, 48, 208}, {27, 25, 54}, 5, 0.07, 0.15)},
      psoas_{draw_blob(random, {46, 38, 135}, {23, 25, 90}, 2, 0.1, 0.04),
             draw_blob(random, {-46, 38, 135}, {23, 25, 90}, 2, 0.1, 0.04)},
      gas_(random.uniform(1.35, 2.0)),
      colon_gas_(random.uniform(-0.5, 0.7)),
      loops_(combine_seeds(seed, 51), 27),
      content_(combine_seeds(seed, 52), 24),
      shape_(combine_seeds(seed, 53), 40),
      branches_(combine_seeds(seed, 54), 19) {
  stomach_gas_ = {stomach_.center + Vec3{random.uniform(-6, 6), -0.35 * stomach_.radii.y, 4},
                  stomach_.radii * random.uniform(0.35, 0.7), stomach_.turn};
  const double w = random.uniform(0.94, 1.04);
  colon_ = {draw_rod(random, {-104 * w, 8, 95}, {-106 * w, 12, 205}, 24, 21, 4),
            draw_rod(random, {-106 * w, 12, 205}, {-40, -72, 200}, 20, 18, 5),
            draw_rod(random, {-40, -72, 200}, {50, -70, 212}, 18, 18, 5),
            draw_rod(random, {50, -70, 212}, {108 * w, 6, 256}, 18, 17, 5),
            draw_rod(random, {108 * w, 6, 256}, {110 * w, 16, 130}, 16, 15, 4),
            draw_rod(random, {110 * w, 16, 130}, {80, -10, 105}, 15, 14, 4)};
  pancreas_ = {draw_rod(random, {-28, -8, 228}, {8, -6, 246}, 14, 9),
               draw_rod(random, {8, -6, 246}, {66, 26, 268}, 9, 8)};
  portal_ = {draw_rod(random, {4, 2, 235}, {-30, 2, 268}, 7, 7),
             draw_rod(random, {-30, 2, 268}, {-70, 6, 285}, 6, 4),
             draw_rod(random, {-30, 2, 268}, {-40, -30, 300}, 5, 3)};
  for (double s : {1.0, -1.0})
    vessels_.push_back(draw_rod(random, {s * 8, 18, 218}, {s * 50, 42, 214}, 4, 4));
}

void Abdomen::paint(const Vec3& p, double deep, const Chest& chest, Brush& brush) const {
  if (p.z < 95 || p.z > 375) return;
  const double below = p.z - chest.dome(p);  // < 0 below the diaphragm
  const double ribs = chest.cavity(p);
  // The cavity: inside the ribs above, inside the abdominal wall below.
  const double wall = deep + 12;
  const double cavity =
      std::max({smooth_max(below + 3, std::min(wall, p.z > 250 ? ribs + 2 : wall), 6), p.y - 78, 60 - p.z});
  if (cavity < brush.soft()) {
    brush.fill(Tissue::kFat, std::max(cavity, 92 - p.z));
    const double front = p.y - 28 + 0.06 * (p.z - 180);  // the peritoneum lies in front of the kidneys
    const double n = loops_.at(p);
    const double bowel = std::max({cavity + 7, front, -12 * (n + 0.05), p.z - 250});
    brush.fill(Tissue::kBowel, bowel);
    brush.fill(Tissue::kAir, std::max({cavity + 9, front, -12 * (n - gas_), p.z - 245}));
    for (size_t i = 0; i < 2; ++i) {
      const double kidney = kidneys_[i].distance(p) + 0.8 * shape_.at(p);
      if (kidney < brush.soft()) {
        const double s = i == 0 ? 1 : -1;
        brush.fill(Tissue::kKidney, kidney);
        const Vec3 hilum = kidneys_[i].center + Vec3{-s * 14, -4, 0};
        brush.fill(Tissue::kFat, ellipsoid_distance(p - hilum, {13, 9, 24}), 0.8);
        brush.fill(Tissue::kUrine, ellipsoid_distance(p - hilum, {9, 4, 13}));
      }
    }
    for (const Rod& rod : pancreas_)
      brush.fill(Tissue::kGland, std::max(rod.distance(p) + 0.8 * content_.at(p), cavity + 4), 0.85);
    for (const Rod& vessel : vessels_) brush.fill(Tissue::kBlood, vessel.distance(p));
    const double stomach = std::max(stomach_.distance(p), cavity + 4);
    if (stomach < brush.soft()) {
      brush.fill(Tissue::kMuscle, stomach);
      brush.fill(Tissue::kBowel, stomach + 4);
      brush.fill(Tissue::kAir, std::max(stomach + 5, stomach_gas_.distance(p)));
    }
    const double spleen = std::max(spleen_.distance(p), cavity + 2.5);
    brush.fill(Tissue::kSpleen, spleen);
    double liver = smooth_min(liver_.distance(p), left_lobe_.distance(p), 14) + 1.5 * shape_.at(p);
    liver = std::max(smooth_max(liver, cavity + 1.5, 5),
                     0.8 * (215 + 0.55 * (p.x + 60) - p.z) + 0.25 * (p.y - 10));
    if (liver < brush.soft()) {
      brush.fill(Tissue::kLiver, liver);
      brush.fill(
          Tissue::kBlood,
          std::max({liver + 9, std::abs(branches_.at(p)) * 13 - 1.8, std::abs(content_.at(p)) * 16 - 4}),
          0.75);
    }
    for (const Rod& rod : portal_) brush.fill(Tissue::kBlood, rod.distance(p));
    if (gallbladder_.near(p, 6)) {
      brush.fill(Tissue::kMuscle, gallbladder_.distance(p) - 1.5, 0.6);
      brush.fill(Tissue::kFluid, gallbladder_.distance(p));
    }
    const double colon = std::max(distance(colon_, p) + 1.8 * content_.at(p), cavity + 3);
    if (colon < brush.soft()) {
      brush.fill(Tissue::kMuscle, colon);
      brush.fill(Tissue::kBowel, colon + 3);
      brush.fill(Tissue::kAir, std::max(colon + 4, 8 * (0.9 - colon_gas_ - content_.at(p)) + 0.25 * p.y));
    }
  }
  for (const Blob& psoas : psoas_) {
    if (p.z < 235) brush.fill(Tissue::kMuscle, psoas.distance(p));
  }
}

// ---- neck -------------------------------------------------------------------------------------------------

Neck::Neck(Random& random, uint64_t seed)
    : larynx_(draw_blob(random, {0, -16, 628}, {18, 18, 24}, 2, 0.08)),
      streaks_(combine_seeds(seed, 61), 13) {
  for (size_t i = 0; i < 2; ++i) {
    const double s = i == 0 ? 1 : -1;
    sternomastoids_[i] = draw_rod(random, {s * 16, -40, 530}, {s * 54, 22, 690}, 10, 10, 2);
    carotids_[i] = draw_rod(random, {s * 24, -4, 590}, {s * 26, -2, 690}, 4.2, 3.4, 1.5);
    jugulars_[i] = draw_rod(random, {s * 34, -4, 590}, {s * 34, 4, 690}, 6.5, 5, 1.5);
    thyroid_[i] = draw_blob(random, {s * 16, -14, 596}, {9, 11, 22}, 1.5, 0.15);
    submandibular_[i] = draw_blob(random, {s * 32, -44, 660}, {10, 15, 12}, 2, 0.12);
    hyoid_.push_back(draw_rod(random, {0, -46, 655}, {s * 22, -22, 660}, 3, 2.5, 0.8));
  }
  airway_ = {draw_rod(random, {0, -8, 640}, {0, -10, 605}, 8, 7, 1),
             draw_rod(random, {0, -10, 605}, {0, 2, 560}, 9, 9, 1)};
}

void Neck::paint(const Vec3& p, double deep, Brush& brush) const {
  if (p.z < 540 || p.z > 705) return;
  const double n = streaks_.at(p);
  const double inner = std::max(deep + 5 + n, -(p.z - 540));
  brush.fill(Tissue::kMuscle, inner);
  brush.fill(Tissue::kFat, std::max(inner, 9 * std::abs(n) - 2.4), 0.75);
  brush.fill(Tissue::kFat, std::max({inner, std::abs(ellipse_distance(p.x, p.y + 4, 36, 26)) - 4.5}), 0.6);
  for (size_t i = 0; i < 2; ++i) {
    brush.fill(Tissue::kMuscle, std::max(sternomastoids_[i].distance(p), deep));
    brush.fill(Tissue::kBlood, carotids_[i].distance(p));
    brush.fill(Tissue::kBlood, jugulars_[i].distance(p));
    brush.fill(Tissue::kGland, thyroid_[i].distance(p));
    brush.fill(Tissue::kGland, std::max(submandibular_[i].distance(p), deep + 2), 0.85);
  }
  const double larynx = larynx_.distance(p);
  brush.fill(Tissue::kMuscle, larynx);
  brush.fill(Tissue::kCartilage, std::max({std::abs(larynx + 2) - 1.6, p.y + 4}));
  brush.bone(distance(hyoid_, p), 1.4);
  for (const Rod& rod : airway_) {
    const double d = rod.distance(p);
    brush.fill(Tissue::kCartilage, d - 2, 0.7);
    brush.fill(Tissue::kAir, d);
  }
}

}  // namespace synerbench::phantom
