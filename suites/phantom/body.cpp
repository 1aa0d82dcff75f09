// Whole anatomies: the parts under one skin, seen through the window of a region.
#include <memory>

#include "harness/core/error.h"
#include "suites/phantom/heart.h"
#include "suites/phantom/parts.h"

namespace synerbench::phantom {
namespace {

constexpr double kHeadHeight = 760;  // middle of the skull above the femoral heads, mm

/// Knots of the trunk's outline: height, half width, half depth, middle of the depth.
struct Girth {
  double z, rx, ry, cy;
};
constexpr Girth kTrunk[] = {{-80, 172, 110, 6},  {0, 180, 114, 4},   {60, 168, 108, 2},  {140, 152, 100, -4},
                            {230, 152, 102, -2}, {340, 158, 108, 0}, {430, 166, 112, 2}, {500, 160, 100, 8},
                            {545, 118, 78, 12},  {585, 66, 60, 8},   {620, 54, 56, 6}};

Girth girth_at(double z) {
  if (z <= kTrunk[0].z) return kTrunk[0];
  for (size_t i = 1; i < std::size(kTrunk); ++i) {
    if (z < kTrunk[i].z) {
      const Girth &a = kTrunk[i - 1], &b = kTrunk[i];
      const double t = smooth_step(a.z, b.z, z);
      return {z, a.rx + t * (b.rx - a.rx), a.ry + t * (b.ry - a.ry), a.cy + t * (b.cy - a.cy)};
    }
  }
  return kTrunk[std::size(kTrunk) - 1];
}

struct Lesion {
  Blob blob;
  double suv = 5, visible = 1;
  bool avid = true;
};

bool has_brain(const std::string& region) { return region == "brain" || region == "brats"; }

class Body final : public Anatomy {
 public:
  Body(const std::string& region, uint64_t seed, uint64_t day)
      : region_(region),
        random_(combine_seeds(seed, 100)),
        female_(random_.uniform() < 0.45),
        scale_{1 + 0.04 * random_.normal(), 1 + 0.04 * random_.normal(), 1 + 0.03 * random_.normal()},
        fat_(std::clamp(20 + 8 * random_.normal(), 7.0, 42.0)),
        skin_(random_.uniform(1.4, 2.2)),
        bend_(combine_seeds(seed, 101), 110,
              has_brain(region)       ? 1.8
              : region == "head-neck" ? 2.5
                                      : 4.0),
        wobble_(combine_seeds(seed, 102), 42, has_brain(region) || region == "head-neck" ? 0.8 : 1.6),
        fat_noise_(combine_seeds(seed, 103), 60),
        fine_(combine_seeds(seed, 104), 7),
        texture_(combine_seeds(seed, 105)) {
    const bool head_only = has_brain(region), wb = region == "wb";
    const bool has_head = head_only || wb || region == "head-neck";
    const bool has_trunk = !head_only && region != "pelvis";
    arms_up_ = wb || region == "thorax";
    if (has_head) {
      Head::Options options;
      options.lesion = region == "brats" || (region == "brain" && random_.uniform() < 0.3);
      options.lesion_radius = region == "brats" ? random_.uniform(14, 29) : 0;
      options.folded = !wb;
      head_.emplace(random_, combine_seeds(seed, 110), options);
    }
    if (has_trunk || region == "pelvis") spine_.emplace(random_, combine_seeds(seed, 111));
    if (has_trunk) chest_.emplace(random_, combine_seeds(seed, 112), female_, arms_up_);
    if (has_trunk && region != "head-neck") abdomen_.emplace(random_, combine_seeds(seed, 113));
    if (region == "pelvis" || wb) pelvis_.emplace(random_, combine_seeds(seed, 114), female_);
    if (pelvis_ && day != 0) pelvis_->refill(day);
    if (wb || region == "head-neck") neck_.emplace(random_, combine_seeds(seed, 115));
    draw_lesions();
    measure();
  }

  Field field() const override { return field_; }

  void paint(const Vec3& point, Brush& brush) const override {
    const Vec3 p = straight(point), in_head = p - Vec3{0, 0, kHeadHeight};
    if (region_ == "brats") {
      paint_stripped(in_head, point, brush);
      return;
    }
    const double out = skin(p);
    brush.set_inside(out);
    if (out > 0.5 * brush.soft()) return;
    brush.set_texture(texture_.at(point));
    brush.fill(Tissue::kSkin, out);
    brush.fill(Tissue::kFat, out + skin_);
    const double coat = coat_thickness(p);
    const double deep = out + coat;
    const double arm = arms_up_ ? std::abs(p.x) - 108 : -1;  // > 0 in the raised arms
    if (p.z < 560 || arm > 0) brush.fill(Tissue::kMuscle, deep);
    if (arm > 0 && p.z > 545) {
      const double s = p.x > 0 ? 1 : -1;
      const double bone = Rod{{s * 165, 10, 540}, {s * 190, 0, 960}, 12, 10}.distance(p);
      brush.fill(Tissue::kCortical, bone);
      brush.fill(Tissue::kFat, bone + 5, 0.85);
    }
    if (pelvis_) pelvis_->paint(p, deep, brush);
    if (chest_) chest_->paint_wall(p, out, deep, brush);
    if (spine_) spine_->paint_muscles(p, deep, brush);
    if (abdomen_) abdomen_->paint(p, deep, *chest_, brush);
    if (chest_) chest_->paint(p, brush);
    if (neck_) neck_->paint(p, deep, brush);
    if (head_ && p.z > 600) head_->paint_soft_parts(in_head, out, brush);
    if (spine_) spine_->paint(p, deep, brush);
    if (head_ && p.z > 600) {
      head_->paint_bones(in_head, brush);
      head_->paint_brain(in_head, brush);
    }
    for (const Lesion& lesion : lesions_) {
      if (!lesion.blob.near(p, 8)) continue;
      const double d = lesion.blob.distance(p) + 0.12 * lesion.blob.radii.x * fine_.at(p * 0.7);
      if (lesion.avid)
        brush.lesion(std::max(d, out + 3), lesion.suv, lesion.visible);
      else
        brush.fill(Tissue::kTumor, std::max(d, out + 3), lesion.visible);
    }
    brush.cut_at_skin();
  }

 private:
  static bool measured(const std::string& region) { return region != "wb" && region != "brats"; }

  /// The point before deformation and scaling: the anatomy's own coordinates.
  Vec3 straight(const Vec3& point) const {
    const Vec3 p = point + bend_.at(point) + wobble_.at(point);
    return {p.x / scale_.x, p.y / scale_.y, p.z / scale_.z};
  }

  double skin(const Vec3& p) const {
    const double grow = 0.45 * (fat_ - 20);  // a thicker coat makes a wider body, not a smaller inside
    const double trunk = outline(p, grow);
    return head_ ? smooth_min(trunk, head_->outline(p - Vec3{0, 0, kHeadHeight}), 24) : trunk;
  }

  /// The imaged box: heights by region; the width and depth of this patient's body, or fixed ones.
  void measure() {
    double low = 0, high = 0;
    if (region_ == "brain") low = 694, high = 842;
    if (region_ == "pelvis") low = -86, high = 112;
    if (region_ == "head-neck") low = 566, high = 818;
    if (region_ == "abdomen") low = 140, high = 330;
    if (region_ == "thorax") low = 308, high = 536;
    if (region_ == "wb") field_ = {{0, 4, 372}, {520, 345, 1010}};
    if (region_ == "brats") field_ = {{0, 0, kHeadHeight + 2}, {240, 240, 155}};
    if (!measured(region_)) {
      field_.center.z *= scale_.z;
      return;
    }
    low *= scale_.z;
    high *= scale_.z;
    Vec3 least{1e9, 1e9, 0}, most{-1e9, -1e9, 0};
    constexpr double kStep = 8;
    for (double z = low + 1; z <= high; z += 2 * kStep) {
      for (double y = -260; y <= 260; y += kStep) {
        for (double x = -330; x <= 330; x += kStep) {
          if (skin(straight({x, y, z})) > 0.5 * kStep) continue;
          least = {std::min(least.x, x), std::min(least.y, y), 0};
          most = {std::max(most.x, x), std::max(most.y, y), 0};
        }
      }
    }
    field_ = {{0.5 * (least.x + most.x), 0.5 * (least.y + most.y), 0.5 * (low + high)},
              {most.x - least.x + kStep, most.y - least.y + kStep, high - low}};
  }

  double outline(const Vec3& p, double grow) const {
    double d = 1e3;
    if (p.z < 700) {
      const Girth g = girth_at(p.z);
      const double wide = p.z > 560 ? 0.3 * grow : grow;
      d = ellipse_distance(p.x, p.y - g.cy, g.rx + wide, g.ry + wide);
      // Flat back and belly: between an ellipse and a box.
      d = smooth_max(d - 5, std::abs(p.y - g.cy) - (g.ry + wide) * 0.93, 30);
      d = std::max(d, p.z - 690);
      if (p.z < -20) {
        const double thigh =
            ellipse_distance(std::abs(p.x) - 90, p.y - 8, 86 + 0.5 * wide + 0.06 * (p.z + 80),
                             92 + 0.5 * wide + 0.06 * (p.z + 80));
        const double crotch = std::max(d, -72 - p.z);
        d = smooth_min(crotch, thigh, 14);
      }
      if (p.z > 330 && p.z < 640) {
        const double s = p.x > 0 ? 1 : -1;
        if (arms_up_) {
          d = smooth_min(d, Rod{{s * 120, 12, 500}, {s * 168, 8, 590}, 52, 44}.distance(p), 30);
        } else {
          d = smooth_min(d, Rod{{s * 100, 12, 505}, {s * 168, 12, 505}, 44, 46}.distance(p), 30);
        }
      }
      if (arms_up_ && p.z > 540) {
        const double s = p.x > 0 ? 1 : -1;
        d = smooth_min(d, Rod{{s * 168, 8, 560}, {s * 190, 0, 800}, 44, 36}.distance(p), 20);
      }
    }
    if (arms_up_ && p.z >= 700) {
      const double s = p.x > 0 ? 1 : -1;
      d = std::min(d, Rod{{s * 168, 8, 560}, {s * 190, 0, 960}, 44, 32}.distance(p));
    }
    return d;
  }

  double coat_thickness(const Vec3& p) const {
    const double trunk =
        fat_ * (1 + 0.35 * smooth_step(0, 100, p.y) * smooth_step(260, 60, p.z) + 0.22 * fat_noise_.at(p));
    const double chest = 0.6 * trunk, neck = 5 + 0.12 * trunk;
    const double t1 = smooth_step(250, 380, p.z), t2 = smooth_step(510, 590, p.z);
    return std::max(3.0, (trunk + t1 * (chest - trunk)) * (1 - t2) + neck * t2);
  }

  void paint_stripped(const Vec3& p, const Vec3& point, Brush& brush) const {
    // Skull stripping keeps the brain and a ragged rim of CSF; beyond it the images are exactly 0.
    const double cut = std::max(head_->cavity(p) + 0.6 + 0.8 * fine_.at(p), -66 - p.z);
    brush.set_inside(cut);
    if (cut > 0.5 * brush.soft()) return;
    brush.set_texture(texture_.at(point));
    head_->paint_brain(p, brush);
  }

  void draw_lesions() {
    if (region_ != "wb" && region_ != "head-neck" && region_ != "thorax" && region_ != "abdomen") return;
    struct Site {
      Vec3 center, spread;
      double radius;
      double visible;  // 0: only the uptake changes (marrow)
    };
    static const Site kSites[] = {
        {{60, 10, 400}, {35, 45, 70}, 14, 1},    {{-62, 10, 400}, {35, 45, 70}, 14, 1},
        {{4, 4, 435}, {24, 14, 30}, 11, 0.9},    {{-66, 0, 285}, {40, 45, 40}, 15, 0.85},
        {{0, 20, 180}, {16, 8, 60}, 10, 0.9},    {{0, 30, 250}, {4, 6, 150}, 12, 0.15},
        {{40, 2, 615}, {8, 12, 40}, 9, 0.9},     {{-40, 2, 615}, {8, 12, 40}, 9, 0.9},
        {{85, 55, 95}, {25, 10, 18}, 12, 0.1},   {{-72, -62, -20}, {10, 6, 20}, 9, 0.9},
        {{60, -20, 180}, {40, 30, 30}, 14, 0.8}, {{110, 10, 515}, {20, 15, 15}, 10, 0.9}};
    const int count = region_ == "wb"
                          ? (random_.uniform() < 0.15 ? 0 : 1 + static_cast<int>(random_.below(9)))
                          : static_cast<int>(random_.below(3));
    const double avidity = random_.uniform(0.6, 1.4);
    for (int i = 0; i < count; ++i) {
      const Site& site = kSites[random_.below(std::size(kSites))];
      const auto about = [&](double s) { return random_.uniform(-s, s); };
      Lesion lesion;
      const double r = site.radius * std::exp(0.4 * std::clamp(random_.normal(), -1.5, 2.0));
      lesion.blob = draw_blob(
          random_, site.center + Vec3{about(site.spread.x), about(site.spread.y), about(site.spread.z)},
          {r, r, r}, 0, 0.2, 1);
      lesion.suv = std::clamp(avidity * random_.uniform(4, 15), 3.0, 20.0);
      lesion.visible = site.visible;
      // One in three takes up no more than its surroundings: a benign nodule, which looks the same on CT.
      lesion.avid = random_.uniform() > 1.0 / 3;
      lesions_.push_back(lesion);
    }
  }

  std::string region_;
  Field field_;
  Random random_;
  bool female_, arms_up_ = false;
  Vec3 scale_;
  double fat_, skin_;
  Displacement bend_, wobble_;
  NoiseField fat_noise_, fine_;
  Texture texture_;
  std::optional<Head> head_;
  std::optional<Spine> spine_;
  std::optional<Chest> chest_;
  std::optional<Abdomen> abdomen_;
  std::optional<Pelvis> pelvis_;
  std::optional<Neck> neck_;
  std::vector<Lesion> lesions_;
};

}  // namespace

std::unique_ptr<Anatomy> make_anatomy(const std::string& region, uint64_t seed, uint64_t day) {
  if (region == "heart") return make_heart(seed);
  static const std::vector<std::string> kRegions = {"brain",     "brats",   "pelvis", "wb",
                                                    "head-neck", "abdomen", "thorax", "heart"};
  if (std::find(kRegions.begin(), kRegions.end(), region) == kRegions.end()) {
    throw usage_error("phantom", "unknown region \"" + region + "\"", did_you_mean(region, kRegions));
  }
  return std::make_unique<Body>(region, seed, day);
}

}  // namespace synerbench::phantom
