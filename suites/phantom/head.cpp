#include "suites/phantom/parts.h"

namespace synerbench::phantom {
namespace {

std::array<Blob, 2> draw_pair(Random& random, Vec3 left, Vec3 radii, double shift = 1.5,
                              double scale = 0.06) {
  return {draw_blob(random, left, radii, shift, scale),
          draw_blob(random, mirrored(left), radii, shift, scale)};
}

/// Signed distance to the vault of the skull, to first order: an ellipsoid whose upper half has steeper sides
/// and a flatter top. With a plain ellipsoid horizontal slices near the vertex cut the bone at a shallow
/// angle, and it looks three times as thick as it is.
double vault_distance(const Vec3& p, const Vec3& radii) {
  if (p.z <= 0) return ellipsoid_distance(p, radii);
  constexpr double kPower = 2.8;
  const double x = p.x / radii.x, y = p.y / radii.y, r = std::max(1e-6, std::hypot(x, y)),
               w = std::max(1e-9, p.z / radii.z);
  const double k = std::pow(std::pow(r, kPower) + std::pow(w, kPower), 1 / kPower);
  const double along = std::pow(r / k, kPower - 1) * std::hypot(x / radii.x, y / radii.y) / r,
               up = std::pow(w / k, kPower - 1) / radii.z;
  return (k - 1) / std::hypot(along, up);
}

}  // namespace

Head::Head(Random& random, uint64_t seed, const Options& options)
    : folded_(options.folded),
      size_{1 + 0.04 * random.normal(), 1 + 0.04 * random.normal(), 1 + 0.03 * random.normal()},
      skull_(random.uniform(4.5, 6.8)),
      scalp_(random.uniform(4.5, 8)),
      cortex_(random.uniform(3.0, 3.9)),
      sulcus_(random.uniform(0.9, 1.8)),
      sulcus_depth_(random.uniform(12, 18)),
      ventricle_(random.uniform(0.75, 1.6)),
      subarachnoid_(random.uniform(2.0, 4.5)),
      white_disease_(std::max(0.0, random.uniform(-0.4, 0.8))),
      eyes_(draw_pair(random, {32, -70, -26}, {12.5, 12.5, 12.5})),
      orbits_(draw_pair(random, {31, -60, -26}, {18, 24, 17})),
      temporalis_(draw_pair(random, {68, -28, -18}, {9, 28, 34})),
      masseters_(draw_pair(random, {56, -30, -80}, {9, 18, 30})),
      parotids_(draw_pair(random, {57, 2, -82}, {12, 17, 24})),
      thalami_(draw_pair(random, {11, 3, 2}, {8.5, 14, 9})),
      putamina_(draw_pair(random, {27, -9, 2}, {5.5, 15, 10})),
      pallida_(draw_pair(random, {19, -5, 0}, {4, 8, 6})),
      sinuses_(draw_pair(random, {29, -60, -58}, {14, 16, 17}, 2, 0.15)),
      mastoids_(draw_pair(random, {57, 20, -52}, {11, 14, 16})),
      petrous_(draw_pair(random, {36, 10, -42}, {24, 9, 8})),
      insulae_(draw_pair(random, {44, -10, -2}, {5, 17, 15})),
      frontal_sinuses_(draw_pair(random, {11, -84, -12}, {10, 6, 10}, 2, 0.25)),
      third_(draw_blob(random, {0, -2, 0}, {2.2 * ventricle_, 13, 9}, 0.7, 0.1)),
      fourth_(draw_blob(random, {0, 27, -44}, {7 * std::sqrt(ventricle_), 5, 9}, 1, 0.1)),
      sphenoid_(draw_blob(random, {0, -28, -40}, {14, 12, 9}, 1.5, 0.15)),
      nose_(draw_blob(random, {0, -68, -62}, {13, 30, 19}, 1, 0.08)),
      ethmoid_(draw_blob(random, {0, -62, -34}, {11, 22, 12}, 1, 0.08)),
      tongue_(draw_blob(random, {0, -50, -92}, {23, 32, 18}, 2, 0.08)),
      cistern_(draw_blob(random, {0, 2, -26}, {19, 17, 12}, 1, 0.08)),
      brainstem_(draw_rod(random, {0, 6, -18}, {0, 24, -82}, 13, 8, 0.7)),
      folds_(combine_seeds(seed, 1), random.uniform(10, 12.5)),
      fine_folds_(combine_seeds(seed, 2), 7),
      bone_noise_(combine_seeds(seed, 3), 24),
      cells_(combine_seeds(seed, 4), 5),
      fissure_(combine_seeds(seed, 5), 26),
      fat_streaks_(combine_seeds(seed, 6), 9) {
  for (int side = 0; side < 2; ++side) {
    const double s = side == 0 ? 1 : -1, v = ventricle_ * random.uniform(0.85, 1.15);
    const Vec3 frontal{s * 9, -34, 8}, knee{s * 10, -18, 17}, body{s * 14, 12, 22}, atrium{s * 25, 38, 10},
        occipital{s * 23, 60, 5}, temporal_back{s * 31, 22, -8}, temporal{s * 32, -10, -22};
    ventricles_[static_cast<size_t>(side)] = {draw_rod(random, frontal, knee, 3.2 * v, 5.5 * v, 0.8),
                                              draw_rod(random, knee, body, 5.5 * v, 5.5 * v, 0.8),
                                              draw_rod(random, body, atrium, 5.5 * v, 7 * v, 1),
                                              draw_rod(random, atrium, occipital, 5.5 * v, 2.0 * v, 1.5),
                                              draw_rod(random, atrium, temporal_back, 5 * v, 3 * v, 1),
                                              draw_rod(random, temporal_back, temporal, 3 * v, 2.0 * v, 1)};
    caudates_[static_cast<size_t>(side)] = {
        draw_rod(random, {s * 14, -28, 6}, {s * 16, -12, 14}, 6.5, 5.5, 0.6),
        draw_rod(random, {s * 16, -12, 14}, {s * 22, 14, 19}, 5, 3, 0.6)};
    tracts_[static_cast<size_t>(side)] = {draw_rod(random, {s * 19, 6, -8}, {s * 25, 2, 20}, 5, 6, 1),
                                          draw_rod(random, {s * 25, 2, 20}, {s * 24, 4, 46}, 7, 9, 2),
                                          draw_rod(random, {s * 36, 26, 4}, {s * 28, 62, 4}, 6, 6, 2)};
    mandible_.push_back({{s * 48, -8, -62}, {s * 45, -22, -100}, 6, 8});
    mandible_.push_back({{s * 45, -22, -100}, {s * 26, -70, -112}, 8, 8});
    mandible_.push_back({{s * 26, -70, -112}, {0, -84, -113}, 8, 8});
    vessels_.push_back({{s * 13, -14, -36}, {s * 24, -12, -80}, 2.6, 3.2});  // internal carotid
    vessels_.push_back({{s * 13, -14, -36}, {s * 40, -14, -24}, 2.2, 1.6});  // middle cerebral
    vessels_.push_back({{s * 4, -26, -22}, {s * 3, -46, 6}, 1.6, 1.4});      // anterior cerebral
    vessels_.push_back({{s * 8, 66, -24}, {s * 52, 34, -32}, 4, 4});         // transverse sinus
    vessels_.push_back({{s * 52, 34, -32}, {s * 30, 12, -66}, 4, 5});        // sigmoid sinus, jugular vein
  }
  vessels_.push_back({{0, 4, -22}, {0, 6, -56}, 2, 2});  // basilar
  airway_ = {{{0, -34, -58}, {0, -12, -74}, 8, 8}, {{0, -12, -74}, {0, -8, -125}, 8, 7}};
  if (options.lesion) {
    const double s = random.uniform() < 0.5 ? 1 : -1;
    const Vec3 center{s * random.uniform(18, 44), random.uniform(-48, 48), random.uniform(-2, 36)};
    const double radius = options.lesion_radius > 0 ? options.lesion_radius : random.uniform(7, 22);
    glioma_.emplace(random, combine_seeds(seed, 7), center, radius);
  }
}

double Head::outline(const Vec3& q) const {
  const Vec3 p{q.x / size_.x, q.y / size_.y, q.z / size_.z};
  const double grow = skull_ + scalp_;
  const double cranium = vault_distance(p, {66 + grow, 84 + grow, 69 + grow});
  const double face = ellipsoid_distance(p - Vec3{0, -36, -72}, {64, 62, 66});
  const double nose = Rod{{0, -92, -34}, {0, -102, -62}, 7, 13}.distance(p);
  double d = smooth_min(cranium, face, 18);
  d = smooth_min(d, nose, 9);
  for (double s : {-1.0, 1.0}) {  // ears
    d = smooth_min(d, ellipsoid_distance(p - Vec3{s * (76 + scalp_), 14, -32}, {6, 14, 26}), 3);
  }
  return d;
}

double Head::cavity(const Vec3& q) const {
  const Vec3 p{q.x / size_.x, q.y / size_.y, q.z / size_.z};
  const double vault = vault_distance(p, {66, 84, 69}) - 0.7 * bone_noise_.at(p);
  // The floor steps down from the anterior over the middle to the posterior fossa.
  const double middle =
      12 * smooth_step(18, 30, std::abs(p.x)) * smooth_step(-52, -34, p.y) * smooth_step(22, 2, p.y);
  const double floor = -43 - 0.36 * p.y - middle;
  return smooth_max(vault, (floor - p.z) * 0.94, 12);
}

void Head::paint_soft_parts(const Vec3& q, double outline, Brush& brush) const {
  const Vec3 p{q.x / size_.x, q.y / size_.y, q.z / size_.z};
  if (p.z > 15 && outline > -scalp_ - 2) return;
  for (int side = 0; side < 2; ++side) {
    const auto i = static_cast<size_t>(side);
    if (temporalis_[i].near(p, 4))
      brush.fill(Tissue::kMuscle, std::max(temporalis_[i].distance(p), outline + 4));
    if (masseters_[i].near(p, 4))
      brush.fill(Tissue::kMuscle, std::max(masseters_[i].distance(p), outline + 5));
    if (parotids_[i].near(p, 4)) {
      const double d = std::max(parotids_[i].distance(p), outline + 4);
      brush.fill(Tissue::kGland, d, 0.65 + 0.1 * fat_streaks_.at(p));
    }
  }
  if (p.z < -40) {  // face and neck: muscle with streaks of fat, deep to the subcutaneous fat
    const double deep = std::max(outline + 9 + 2 * fat_streaks_.at(p), p.z + 46);
    const double lean = smooth_step(-1.1, 0.4, fat_streaks_.at(p * 0.8));
    brush.fill(Tissue::kMuscle, deep, lean);
    brush.fill(Tissue::kMuscle, tongue_.distance(p), 0.92);
  }
  for (const Rod& airway : airway_) brush.fill(Tissue::kAir, airway.distance(p));
}

void Head::paint_bones(const Vec3& q, Brush& brush) const {
  const Vec3 p{q.x / size_.x, q.y / size_.y, q.z / size_.z};
  const double d = cavity(q);
  const double thick = skull_ + 0.8 * bone_noise_.at(p) + 1.5 * smooth_step(-10, -30, p.z);
  if (d < thick + brush.soft()) {
    const double outer = std::max(d - thick, -85 - p.z);
    brush.fill(Tissue::kCortical, outer);
    brush.fill(Tissue::kSpongy, std::max(d - thick + 1.8, 1.5 - d));
  }
  if (p.z < 5) paint_face(p, brush);
  const Rod foramen{{0, 27, -58}, {0, 35, -104}, 15, 11};  // the cord leaves the skull
  if (p.z < -52) {
    brush.fill(Tissue::kFluid, foramen.distance(p));
    brush.fill(Tissue::kWhite, foramen.distance(p) + 6.5);
  }
}

void Head::paint_face(const Vec3& p, Brush& brush) const {
  const double cell = cells_.at(p);
  // Midface block between the orbits and the teeth: thin bone around air.
  const Blob midface{{0, -60, -56}, {40, 29, 32}, {}};
  if (midface.near(p, 6)) {
    const double d = midface.distance(p);
    brush.fill(Tissue::kSpongy, d, 0.55);
    brush.fill(Tissue::kCortical, std::abs(d) - 1.2, 0.8);
  }
  for (size_t i = 0; i < 2; ++i) {
    const double s = i == 0 ? 1 : -1;
    brush.bone(Rod{{s * 40, -68, -46}, {s * 62, -34, -48}, 5, 4}.distance(p), 1.6);  // cheek bone and arch
    brush.bone(Rod{{s * 44, -66, -46}, {s * 47, -68, -8}, 4, 4}.distance(p), 1.6);   // lateral orbital rim
    if (orbits_[i].near(p, 6)) {
      const double orbit = std::max(orbits_[i].distance(p), -94 - p.y);
      brush.fill(Tissue::kCortical, orbit - 1.2, 0.7);
      brush.fill(Tissue::kFat, orbit);
      brush.fill(Tissue::kMuscle, std::max(orbit, std::abs(orbits_[i].distance(p) + 5) - 1.7),
                 smooth_step(-76, -60, p.y));
      brush.fill(Tissue::kWhite, Rod{eyes_[i].center, {s * 10, -32, -24}, 2.2, 2.2}.distance(p));
    }
    if (eyes_[i].near(p, 6)) {
      const double eye = eyes_[i].distance(p);
      brush.fill(Tissue::kSkin, eye);
      brush.fill(Tissue::kFluid, eye + 1.4);
      brush.fill(Tissue::kCartilage,
                 ellipsoid_distance(p - eyes_[i].center - Vec3{0, -7.5, 0}, {4.6, 2.3, 4.6}));
    }
    brush.fill(Tissue::kCortical, petrous_[i].distance(p));
    if (mastoids_[i].near(p, 6)) {
      const double d = mastoids_[i].distance(p);
      brush.fill(Tissue::kCortical, d);
      brush.fill(Tissue::kAir, std::max(d + 2, -2.2 * (cell + 0.15)));
    }
    brush.fill(Tissue::kAir, Rod{{s * 44, 8, -40}, {s * 84, 12, -36}, 3, 3.5}.distance(p), 0.9);  // ear canal
    if (sinuses_[i].near(p, 6)) {
      brush.fill(Tissue::kCortical, sinuses_[i].distance(p) - 1.2, 0.8);
      brush.fill(Tissue::kAir, sinuses_[i].distance(p));
    }
    if (frontal_sinuses_[i].near(p, 4)) brush.fill(Tissue::kAir, frontal_sinuses_[i].distance(p));
  }
  const double ethmoid = ethmoid_.distance(p);
  brush.fill(Tissue::kCortical, ethmoid - 1, 0.7);
  brush.fill(Tissue::kAir, ethmoid, 0.85);
  brush.fill(Tissue::kCortical, std::max(ethmoid, std::abs(cell) * 4 - 1.0), 0.6);
  brush.fill(Tissue::kAir, sphenoid_.distance(p));
  if (nose_.near(p, 6)) {
    const double nose = nose_.distance(p);
    brush.fill(Tissue::kAir, nose, 0.95);
    brush.fill(Tissue::kGland, std::max(nose, std::abs(cell) * 4 - 2.2));           // turbinates
    brush.fill(Tissue::kCortical, std::max(nose, std::abs(p.x - 1.5) - 0.9), 0.7);  // septum
  }
  if (p.z < -55) {
    brush.bone(distance(mandible_, p), 2.5);
    const double arch = std::abs(ellipse_distance(p.x, p.y + 46, 26, 38)) - 4;
    const double teeth = std::max({arch, std::abs(p.z + 91) - 10, p.y + 40});
    brush.fill(Tissue::kCortical, teeth, 0.9);
  }
}

void Head::paint_brain(const Vec3& q, Brush& brush) const {
  const double surface = cavity(q);
  if (surface > brush.soft()) return;
  brush.fill(Tissue::kDura, surface);
  brush.fill(Tissue::kFluid, surface + 1.2);
  Vec3 p{q.x / size_.x, q.y / size_.y, q.z / size_.z};
  if (glioma_) p = glioma_->push(p);
  paint_cortex(p, surface, brush);

  // Posterior fossa.
  if (p.z < -8) {
    const double tent = p.z + 20 + 0.22 * std::abs(p.x);  // > 0 above the tentorium
    const double stem = brainstem_.distance(p);
    brush.fill(Tissue::kFluid, cistern_.distance(p));
    if (p.y > 4) brush.fill(Tissue::kDura, std::max({std::abs(tent) - 0.9, surface + 1, 16 - p.y}));
    // The cerebellum fills the posterior fossa behind the brain stem.
    const double behind = 15 - 0.10 * std::abs(p.x) - (p.y - 0.25 * (p.z + 45));
    const double cerebellum = smooth_max(std::max(surface + 2, tent + 1.4), std::max(behind, 4.5 - stem), 5);
    if (cerebellum < brush.soft()) {
      brush.fill(Tissue::kGray, cerebellum);
      const double folia = 3.0 + 3.2 * std::abs(std::sin(0.85 * p.z + 0.25 * p.y + 1.3 * fissure_.at(p)));
      brush.fill(Tissue::kWhite, cerebellum + 4 + folia, 0.85);
      brush.fill(Tissue::kFluid,
                 std::max(cerebellum, std::abs(std::sin(0.42 * p.z + 0.1 * p.y + fissure_.at(p))) * 5 - 0.5 -
                                          0.15 * cerebellum),
                 0.6);
    }
    brush.fill(Tissue::kWhite, std::max(stem, surface + 2));
    brush.convert(Tissue::kWhite, Tissue::kGray, 0.25 * brush.coverage(stem + 3));
    brush.fill(Tissue::kFluid, std::max(fourth_.distance(p), surface + 2));
  }
  // White matter is not of one kind: tracts, and the caps around the ventricles and patches that age leaves.
  if (p.z > -20 && p.z < 50) {
    brush.convert(Tissue::kWhite, Tissue::kEdema,
                  white_disease_ * smooth_step(1.2, 1.9, fat_streaks_.at(p * 0.9)));
    for (size_t i = 0; i < 2; ++i) {
      brush.convert(Tissue::kWhite, Tissue::kTract, 0.85 * brush.coverage(0.5 * distance(tracts_[i], p)));
      const double cap = distance(ventricles_[i], p) - 5.5 - 2.5 * fissure_.at(p);
      brush.convert(Tissue::kWhite, Tissue::kEdema, white_disease_ * brush.coverage(cap));
    }
  }
  // Deep gray matter and ventricles.
  for (size_t i = 0; i < 2; ++i) {
    if (thalami_[i].near(p, 4)) brush.fill(Tissue::kGray, thalami_[i].distance(p), 0.65);
    if (putamina_[i].near(p, 4)) brush.fill(Tissue::kIron, putamina_[i].distance(p), 0.92);
    if (pallida_[i].near(p, 4)) brush.fill(Tissue::kIron, pallida_[i].distance(p), 0.7);
    paint_insula(p, i, surface, brush);
    brush.fill(Tissue::kIron, distance(caudates_[i], p), 0.92);
    if (p.z > -34 && p.z < 40) brush.fill(Tissue::kFluid, distance(ventricles_[i], p));
  }
  brush.fill(Tissue::kFluid, third_.distance(p));
  // Vessels and the falx.
  for (const Rod& vessel : vessels_) brush.fill(Tissue::kBlood, vessel.distance(p));
  brush.fill(Tissue::kDura,
             std::max({std::abs(p.x - 0.8 * fissure_.at(p)) - 0.8, surface + 1, -surface - 32, -12 - p.z}));
  brush.fill(Tissue::kBlood,
             std::max({std::abs(p.x) + 0.6 * (-surface) - 6, surface + 0.5, -p.z}));  // sagittal sinus
  if (glioma_) glioma_->paint(p, -surface - 2.0, brush);
}

void Head::paint_insula(const Vec3& p, size_t side, double surface, Brush& brush) const {
  // A sheet of cortex deep in the lateral fissure, which runs from it to the surface.
  const Vec3 c = insulae_[side].center;
  const double across = (side == 0 ? p.x : -p.x) - std::abs(c.x), dy = p.y - c.y, dz = p.z - c.z;
  if (across < -12 || std::abs(dy) > 34 || std::abs(dz) > 28) return;
  const double within = ellipse_distance(dy, dz, 19, 14);
  const double sheet = std::abs(across + 0.006 * (dy * dy + 2 * dz * dz) - 1) - 1.1;
  const double plane = std::abs(dz - 0.5 * dy - 2.0 * fissure_.at(p)) - 0.8 + 0.02 * std::abs(dy);
  const double fissure =
      std::max(smooth_max(smooth_max(plane, -across, 5), std::abs(dy) - 22, 10), surface + 2);
  const double cleft = smooth_min(smooth_max(sheet, within, 4), fissure, 3);
  brush.fill(Tissue::kGray, cleft - cortex_);
  brush.fill(Tissue::kFluid, cleft);
}

void Head::paint_cortex(const Vec3& p, double surface, Brush& brush) const {
  const double gap = subarachnoid_;
  // The lower surface of the hemispheres: tentorium behind, skull floor in front.
  const double tent = -(p.z + 20 + 0.22 * std::abs(p.x)) + 1.4;
  double hemisphere = surface + gap;
  if (p.y > 8)
    hemisphere =
        smooth_max(hemisphere, tent * smooth_step(8, 20, p.y) + (1 - smooth_step(8, 20, p.y)) * -20, 3);
  // The cleft between the hemispheres, down to the corpus callosum.
  const double cleft_depth =
      smooth_step(20, 30, p.z + 0.0035 * p.y * p.y) + smooth_step(34, 46, std::abs(p.y + 2));
  const double cleft = 1.4 * std::min(1.0, cleft_depth) - std::abs(p.x - 1.2 * fissure_.at(p));
  hemisphere = smooth_max(hemisphere, cleft, 2);
  if (hemisphere > brush.soft()) return;
  double pia = hemisphere;
  if (folded_) {
    // Sulci are zero surfaces of a random field that changes along the brain's surface and hardly with depth,
    // so they stand on the surface; open there and closing with depth.
    const double depth = -hemisphere;
    const double k = std::max(0.3, norm({p.x / 66, p.y / 84, p.z / 69}));
    const Vec3 outward = p * std::pow(k, -0.8);
    const double sheet = std::abs(folds_.at(outward)) * 7.5;
    const double fine = std::abs(fine_folds_.at(p * std::pow(k, -0.5))) * 4.5;
    // The walls between the hemispheres fold, too, but not the brain's core.
    const double core = std::max(0.0, -surface - gap - 24);
    const double closing = 0.6 * (std::max(0.0, depth - sulcus_depth_) + core);
    const double fine_closing = 0.6 * (std::max(0.0, depth - 0.6 * sulcus_depth_) + core);
    const double open = sulcus_ * (1.25 - 0.75 * smooth_step(0, sulcus_depth_, depth));
    pia = smooth_max(pia, open - sheet - closing, 1.5);
    pia = std::max(pia, 0.45 * sulcus_ - fine - 0.6 - fine_closing);
  }
  brush.fill(Tissue::kGray, pia);
  const double wobble = folded_ ? 0.5 * fine_folds_.at(p) : 0.0;
  brush.fill(Tissue::kWhite, pia + cortex_ + wobble);
}

}  // namespace synerbench::phantom
