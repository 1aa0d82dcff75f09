#include "suites/phantom/heart.h"

#include <numbers>

#include "suites/phantom/parts.h"

namespace synerbench::phantom {
namespace {

class Heart final : public Anatomy {
 public:
  explicit Heart(uint64_t seed)
      : random_(combine_seeds(seed, 200)),
        pool_(random_.uniform(21, 29)),
        wall_(random_.uniform(8, 12)),
        length_(random_.uniform(44, 52)),
        oval_(random_.uniform(0.94, 1.06)),
        right_(draw_blob(random_, {-38, -14, 12}, {34, 40, 46}, 3, 0.1, 0.2)),
        chest_(draw_blob(random_, {-34, 18, 0}, {162, 124, 420}, 5, 0.05, 0.06)),
        left_lung_(draw_blob(random_, {52, 32, 6}, {74, 84, 120}, 4, 0.06, 0.2)),
        right_lung_(draw_blob(random_, {-116, 30, 6}, {62, 86, 120}, 4, 0.06, 0.2)),
        liver_(draw_blob(random_, {-84, 62, -40}, {60, 56, 46}, 6, 0.1, 0.2)),
        stomach_(draw_blob(random_, {50, 62, -58}, {38, 36, 40}, 6, 0.1, 0.2)),
        spine_(draw_rod(random_, {-44, 82, -200}, {-44, 82, 200}, 18, 18)),
        aorta_(draw_rod(random_, {-18, 62, -200}, {-18, 62, 200}, 11, 11)),
        fat_(random_.uniform(8, 24)),
        bend_(combine_seeds(seed, 201), 90, 3.0),
        wobble_(combine_seeds(seed, 202), 34, 1.3),
        fine_(combine_seeds(seed, 203), 5),
        coarse_(combine_seeds(seed, 204), 20),
        vessels_(combine_seeds(seed, 205), 18),
        texture_(combine_seeds(seed, 206)) {
    scar_angle_ = random_.uniform(0, 2 * std::numbers::pi);
    scar_half_ = random_.uniform(0.25, 0.75);
    scar_depth_ = random_.uniform(0.35, 1.0);
    scar_z_ = random_.uniform(-18, 18);
    scar_reach_ = random_.uniform(14, 32);
    edema_margin_ = random_.uniform(0.1, 0.55);
    for (int i = 0; i < 3; ++i) papillary_[static_cast<size_t>(i)] = random_.uniform(-0.3, 0.3);
  }

  Field field() const override { return {{-14, 8, 0}, {290, 284, 84}}; }

  void paint(const Vec3& point, Brush& brush) const override {
    const Vec3 p = point + bend_.at(point) + wobble_.at(point);
    const double out = chest_.distance(p);
    brush.set_inside(out);
    if (out > 0.5 * brush.soft()) return;
    brush.set_texture(texture_.at(point));
    brush.fill(Tissue::kSkin, out);
    brush.fill(Tissue::kFat, out + 2);
    const double deep = out + fat_ * (1 + 0.3 * coarse_.at(p * 0.5));
    brush.fill(Tissue::kMuscle, deep);
    const double band = std::abs(std::sin((p.z + 0.5 * p.y + 0.35 * p.x) * std::numbers::pi / 27));
    brush.bone(std::max(std::abs(deep + 10) - 4, 12 * (band - 0.55)), 1.4);
    const double cavity = deep + 17;
    brush.fill(Tissue::kFat, cavity);
    for (const Blob* lung : {&left_lung_, &right_lung_}) {
      const bool left = lung == &left_lung_;
      const double heart = ellipse_distance(p.x + 8, p.y + 2, 62, 50);  // with the fat around it
      const double d =
          std::max({smooth_max(lung->distance(p), cavity + 2, 8), -heart, left ? -30 - p.x : p.x + 62});
      brush.fill(Tissue::kLung, d);
      brush.fill(Tissue::kBlood, std::max(d + 4, 12 * std::abs(vessels_.at(p)) - 1.6), 0.7);
    }
    const double liver = std::max(liver_.distance(p), cavity + 2);
    brush.fill(Tissue::kLiver, liver);
    brush.fill(Tissue::kBlood, std::max(liver + 8, 12 * std::abs(vessels_.at(p)) - 2), 0.8);
    const double stomach = std::max(stomach_.distance(p), cavity + 2);
    brush.fill(Tissue::kMuscle, stomach);
    brush.fill(Tissue::kBowel, stomach + 4);
    brush.fill(Tissue::kAir, std::max(stomach + 6, p.y - stomach_.center.y + 14));
    const double vertebra = spine_.distance(p);
    brush.fill(Tissue::kMuscle,
               ellipse_distance(std::abs(p.x - spine_.a.x) - 22, p.y - spine_.a.y - 28, 24, 17));
    brush.bone(Rod{spine_.a + Vec3{0, 27, 0}, spine_.b + Vec3{0, 27, 0}, 13, 13}.distance(p), 1.5);
    brush.bone(vertebra, 1.5);
    brush.fill(Tissue::kFluid, Rod{spine_.a + Vec3{0, 27, 0}, spine_.b + Vec3{0, 27, 0}, 8, 8}.distance(p));
    brush.fill(Tissue::kBlood, aorta_.distance(p));
    paint_heart(p, brush);
    brush.cut_at_skin();
  }

 private:
  void paint_heart(const Vec3& p, Brush& brush) const {
    // Left ventricle: a bullet around the long axis that tapers to the apex.
    const double t = std::clamp((p.z + length_) / (2 * length_), 0.0, 1.0);
    const double taper = std::sqrt(std::max(0.0, 1 - (1 - t) * (1 - t)));
    const double pool_radius = std::max(1.0, pool_ * (0.25 + 0.75 * taper));
    const double r = std::hypot(p.x * oval_, p.y / oval_), angle = std::atan2(p.y, p.x);
    double endocardium = std::max(r - pool_radius, -0.72 * length_ - p.z);
    const double wall = wall_ * (1 + 0.12 * std::cos(angle - 2.5));
    const double epicardium = std::max(r - pool_radius - wall, -length_ - p.z);
    const double rv_out = std::max(right_.distance(p), -0.6 * length_ - p.z);
    brush.fill(Tissue::kFat, smooth_min(epicardium, rv_out, 12) - 4);
    brush.fill(Tissue::kMyocardium, rv_out - 3.2);
    const double right = std::max(rv_out, -epicardium + 1);
    brush.fill(Tissue::kBlood, right);
    brush.mark(static_cast<int>(HeartLabel::kRightPool), right);
    if (epicardium > brush.soft()) return;
    brush.fill(Tissue::kMyocardium, epicardium);
    brush.mark(static_cast<int>(HeartLabel::kMyocardium), epicardium);
    // Infarct: a sector that starts at the inner wall; edema reaches beyond it.
    double off = std::abs(std::remainder(angle - scar_angle_ + 0.25 * coarse_.at(p), 2 * std::numbers::pi));
    const double along = std::abs(p.z - scar_z_) - scar_reach_;
    const double depth = (r - pool_radius) / wall;  // 0 inside, 1 outside
    const double muscle = std::max(epicardium, -endocardium);
    const double sector = (off - scar_half_) * r;
    const double edema = std::max({(off - scar_half_ - edema_margin_) * r, along - 8, muscle});
    brush.fill(Tissue::kEdema, edema, 0.75);
    brush.mark(static_cast<int>(HeartLabel::kEdema), edema);
    const double scar = std::max({sector, along, (depth - scar_depth_ - 0.12 * fine_.at(p)) * wall, muscle});
    brush.fill(Tissue::kScar, scar);
    brush.mark(static_cast<int>(HeartLabel::kScar), scar);
    // Blood pool with papillary muscles.
    brush.fill(Tissue::kBlood, endocardium);
    brush.mark(static_cast<int>(HeartLabel::kLeftPool), endocardium);
    if (p.z < 0.5 * length_) {
      for (int i = 0; i < 2; ++i) {
        const double a = (i == 0 ? 0.9 : 2.6) + papillary_[static_cast<size_t>(i)];
        const double px = 0.68 * pool_radius * std::cos(a), py = 0.68 * pool_radius * std::sin(a);
        const double papillary = std::max(std::hypot(p.x - px, p.y - py) - 4.2, endocardium);
        brush.fill(Tissue::kMyocardium, papillary);
      }
    }
  }

  Random random_;
  double pool_, wall_, length_, oval_;
  Blob right_, chest_, left_lung_, right_lung_, liver_, stomach_;
  Rod spine_, aorta_;
  double fat_;
  Displacement bend_, wobble_;
  NoiseField fine_, coarse_, vessels_;
  Texture texture_;
  double scar_angle_ = 0, scar_half_ = 0, scar_depth_ = 0, scar_z_ = 0, scar_reach_ = 0, edema_margin_ = 0;
  std::array<double, 3> papillary_{};
};

}  // namespace

std::unique_ptr<Anatomy> make_heart(uint64_t seed) { return std::make_unique<Heart>(seed); }

}  // namespace synerbench::phantom
