// The parts that anatomies are put together from. Each is drawn once from a generator and painted in its own
// coordinates; all of them are immutable afterwards.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "suites/phantom/anatomy.h"

namespace synerbench::phantom {

/// Draws an organ near where and how large the atlas says: center +- shift mm, radii +- scale, tilted a
/// little.
inline Blob draw_blob(Random& random, Vec3 center, Vec3 radii, double shift = 3, double scale = 0.08,
                      double tilt = 0.10) {
  const auto about = [&](double s) { return std::clamp(random.normal(), -2.2, 2.2) * s; };
  const double size = 1 + about(scale);
  Blob blob;
  blob.center = center + Vec3{about(shift), about(shift), about(shift)};
  blob.radii = {radii.x * size * (1 + about(scale * 0.5)), radii.y * size * (1 + about(scale * 0.5)),
                radii.z * size * (1 + about(scale * 0.5))};
  blob.turn = rotation(about(tilt), about(tilt), about(tilt));
  return blob;
}
inline Rod draw_rod(Random& random, Vec3 a, Vec3 b, double ra, double rb, double shift = 2,
                    double scale = 0.08) {
  const auto about = [&](double s) { return std::clamp(random.normal(), -2.2, 2.2) * s; };
  const double size = 1 + about(scale);
  return {a + Vec3{about(shift), about(shift), about(shift)},
          b + Vec3{about(shift), about(shift), about(shift)}, ra * size, rb * size};
}

/// Edema, rim and core of a brain tumor, drawn in the head's coordinates.
class Glioma {
 public:
  Glioma(Random& random, uint64_t seed, Vec3 center, double radius);
  /// Where the tissue that is now at `p` came from: the tumor pushes its surroundings outwards.
  Vec3 push(const Vec3& p) const;
  /// `depth`: mm below the brain's surface.
  void paint(const Vec3& p, double depth, Brush& brush) const;
  enum Label { kNecrosisLabel = 1, kEdemaLabel = 2, kRimLabel = 4 };

 private:
  Blob core_;
  double rim_, edema_, enhancement_, patchiness_;
  bool cavity_;
  NoiseField shape_, fingers_, front_, patches_;
};

/// The head above the larynx; origin in the middle of the skull, z up.
class Head {
 public:
  struct Options {
    bool lesion = false;       // a tumor, small or large
    double lesion_radius = 0;  // 0: drawn
    bool folded = true;        // folded cortex (costs time; whole-body images do not resolve it)
    bool avid_lesions = false;
  };
  Head(Random& random, uint64_t seed, const Options& options);
  double outline(const Vec3& p) const;                                       // skin
  double cavity(const Vec3& p) const;                                        // inner table of the skull
  void paint_soft_parts(const Vec3& p, double outline, Brush& brush) const;  // muscles, glands, airways, face
  void paint_bones(const Vec3& p, Brush& brush) const;
  void paint_brain(const Vec3& p, Brush& brush) const;  // all inside the skull

 private:
  void paint_cortex(const Vec3& p, double cavity, Brush& brush) const;
  void paint_insula(const Vec3& p, size_t side, double cavity, Brush& brush) const;
  void paint_face(const Vec3& p, Brush& brush) const;
  bool folded_;
  Vec3 size_;  // per-axis size of the whole head
  double skull_, scalp_, cortex_, sulcus_, sulcus_depth_, ventricle_, subarachnoid_, white_disease_;
  std::array<Blob, 2> eyes_, orbits_, temporalis_, masseters_, parotids_, thalami_, putamina_, pallida_,
      sinuses_, mastoids_, petrous_, insulae_, frontal_sinuses_;
  std::array<std::vector<Rod>, 2> ventricles_, caudates_, tracts_;
  std::vector<Rod> mandible_, vessels_, airway_;
  Blob third_, fourth_, sphenoid_, nose_, ethmoid_, tongue_, cistern_;
  Rod brainstem_;
  NoiseField folds_, fine_folds_, bone_noise_, cells_, fissure_, fat_streaks_;
  std::optional<Glioma> glioma_;
};

/// Hips, pelvic organs and thighs; body coordinates (z = 0 at the femoral heads).
class Pelvis {
 public:
  Pelvis(Random& random, uint64_t seed, bool female);
  /// Another day: other filling of bladder and rectum, other gas, other bowel; prostate or uterus follow.
  void refill(uint64_t day);
  /// `deep`: distance to the inner border of the subcutaneous fat.
  void paint(const Vec3& p, double deep, Brush& brush) const;

 private:
  void draw_gas(Random& random);
  void draw_muscles(Random& random);
  void paint_muscles(const Vec3& p, double deep, Brush& brush) const;
  void paint_organs(const Vec3& p, double deep, Brush& brush) const;
  void paint_walls(const Vec3& p, Brush& brush) const;  // muscles and vessels along the sides
  void paint_bones(const Vec3& p, Brush& brush) const;

  bool female_;
  std::array<Blob, 2> heads_, obturators_;
  std::array<std::vector<Plate>, 2> iliac_;
  std::array<std::vector<Rod>, 2> bones_, shafts_, vessels_, muscles_;
  std::array<double, 2> joint_;
  double fat_plane_ = 2;  // mm between neighboring muscles
  std::vector<Rod> rectum_, gas_;
  std::vector<Blob> sacrum_;
  Blob cavity_, bladder_, organ_, seminal_;
  double rectum_wall_, shell_;
  NoiseField septa_, trabeculae_, loops_;
};

/// Vertebrae, discs, cord and the long muscles of the back, from the sacrum to the skull.
class Spine {
 public:
  Spine(Random& random, uint64_t seed);
  void paint_muscles(const Vec3& p, double deep, Brush& brush) const;
  void paint(const Vec3& p, double deep, Brush& brush) const;
  Vec3 center(double z) const;  // of the vertebral body at height z
  double radius(double z) const;

 private:
  double lordosis_, lean_, phase_, period_, muscle_;
  NoiseField shape_, streaks_;
};

/// Ribs, lungs, heart, great vessels, shoulders.
class Chest {
 public:
  Chest(Random& random, uint64_t seed, bool female, bool arms_up);
  void paint_wall(const Vec3& p, double outline, double deep, Brush& brush) const;
  void paint(const Vec3& p, Brush& brush) const;
  double dome(const Vec3& p) const;  // height of the diaphragm
  double cavity(const Vec3& p) const;

 private:
  Blob cage_;
  std::array<Blob, 2> lungs_, humeri_, pectorals_, breasts_;
  std::array<Plate, 2> scapulae_;
  std::array<Rod, 2> clavicles_;
  std::vector<Rod> arteries_, veins_, airways_;
  Blob heart_, left_ventricle_, right_ventricle_, atria_;
  Rod oesophagus_;
  double wall_, dome_left_, dome_right_, rib_period_, rib_phase_, rib_slope_;
  bool female_, arms_up_;
  NoiseField vessels_, fine_vessels_, shape_;
};

/// Liver, spleen, kidneys, stomach, bowel.
class Abdomen {
 public:
  Abdomen(Random& random, uint64_t seed);
  void paint(const Vec3& p, double deep, const Chest& chest, Brush& brush) const;

 private:
  Blob liver_, left_lobe_, spleen_, stomach_, stomach_gas_, gallbladder_;
  std::array<Blob, 2> kidneys_, psoas_;
  std::vector<Rod> colon_, pancreas_, vessels_, portal_;
  double gas_, colon_gas_;
  NoiseField loops_, content_, shape_, branches_;
};

/// Throat, larynx, thyroid and the muscles of the neck.
class Neck {
 public:
  Neck(Random& random, uint64_t seed);
  void paint(const Vec3& p, double deep, Brush& brush) const;

 private:
  std::array<Rod, 2> sternomastoids_, carotids_, jugulars_;
  std::array<Blob, 2> thyroid_, submandibular_;
  std::vector<Rod> airway_, hyoid_;
  Blob larynx_;
  NoiseField streaks_;
};

}  // namespace synerbench::phantom
