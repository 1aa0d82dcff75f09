// A patient's body as a function of position: which tissues, in which proportions, are at a point.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "suites/phantom/noise.h"
#include "suites/phantom/tissue.h"
#include "suites/phantom/vec.h"

namespace synerbench::phantom {

/// What is at one point. The fractions are >= 0 and sum to 1.
struct Sample {
  std::array<float, kTissueCount> fraction{};
  float lesion = 0;      // share that is an avid lesion (PET segmentation)
  float lesion_suv = 0;  // its uptake, weighted with that share; replaces the tissues' own uptake there
  float inside = 0;      // share inside the body's (or the stripped brain's) outline
  int label = 0;         // last structure that marked the point; meaning belongs to the anatomy
  std::array<float, kTextureCount> texture{};  // fields of variance 1, see TextureField
  float operator[](Tissue tissue) const { return fraction[static_cast<size_t>(tissue)]; }
};

/// Paints structures over each other. A structure covers a share of the point that goes from 1 to 0 over
/// `soft` mm around its surface (the voxel's size), so thin shells and small organs get their partial volume.
class Brush {
 public:
  Brush(Sample& sample, double soft_mm) : sample_(sample), soft_(soft_mm) {
    sample_ = Sample{};
    sample_.fraction[0] = 1;
  }
  double soft() const { return soft_; }
  double coverage(double distance) const {
    const double c = std::clamp(0.5 - distance / soft_, 0.0, 1.0);
    return c * c * (3 - 2 * c);
  }
  /// Paints `tissue` where distance < 0; `strength` < 1 lets a share of what was there remain.
  void fill(Tissue tissue, double distance, double strength = 1) {
    mix(tissue, coverage(distance) * strength);
  }
  /// Replaces the share `amount` of what is there.
  void mix(Tissue tissue, double amount) {
    if (amount <= 0) return;
    const auto keep = static_cast<float>(1 - amount);
    for (float& f : sample_.fraction) f *= keep;
    sample_.lesion *= keep;
    sample_.lesion_suv *= keep;
    sample_.fraction[static_cast<size_t>(tissue)] += static_cast<float>(amount);
  }
  /// Turns a share of one tissue into another and leaves the rest alone.
  void convert(Tissue from, Tissue to, double amount) {
    float& f = sample_.fraction[static_cast<size_t>(from)];
    const float moved = f * static_cast<float>(amount);
    f -= moved;
    sample_.fraction[static_cast<size_t>(to)] += moved;
  }
  /// Cortical shell of the given thickness around spongy bone.
  void bone(double distance, double shell_mm) {
    if (distance > soft_) return;
    fill(Tissue::kCortical, distance);
    fill(Tissue::kSpongy, distance + shell_mm);
  }
  /// An avid lesion. `visible`: share of the tissue that really turns into tumor (0: only the uptake is
  /// there).
  void lesion(double distance, double suv, double visible) {
    const double c = coverage(distance);
    if (c <= 0) return;
    mix(Tissue::kTumor, c * visible);
    const auto keep = static_cast<float>(1 - c);
    sample_.lesion = sample_.lesion * keep + static_cast<float>(c);
    sample_.lesion_suv = sample_.lesion_suv * keep + static_cast<float>(c * suv);
  }
  void mark(int label, double distance) {
    if (distance < 0) sample_.label = label;
  }
  /// Cuts off what sticks out of the skin: no more than the share `sample().inside` may be anything but air.
  void cut_at_skin() {
    const float tissue = 1 - sample_.fraction[0], room = sample_.inside;
    if (tissue <= room) return;
    const float keep = room / tissue;
    for (size_t t = 1; t < kTissueCount; ++t) sample_.fraction[t] *= keep;
    sample_.fraction[0] = 1 - room;
    sample_.lesion *= keep;
    sample_.lesion_suv *= keep;
  }
  void set_inside(double distance) { sample_.inside = static_cast<float>(coverage(distance)); }
  void set_texture(const std::array<float, kTextureCount>& texture) { sample_.texture = texture; }
  const Sample& sample() const { return sample_; }

 private:
  Sample& sample_;
  double soft_;
};

/// The box that an image of the anatomy covers, in its own coordinates.
struct Field {
  Vec3 center, size;  // mm
};

/// Immutable after construction and therefore safe to sample from several threads.
class Anatomy {
 public:
  virtual ~Anatomy() = default;
  /// Fills the brush's sample for the point (patient coordinates).
  virtual void paint(const Vec3& point, Brush& brush) const = 0;
  /// The box to image: of the body at the region's heights where the data set crops to the outline, else the
  /// scanner's.
  virtual Field field() const = 0;
};

/// "brain", "brats", "pelvis", "wb", "head-neck", "abdomen", "thorax", "heart". Everything about the
/// patient's anatomy follows from `seed`. `day`: 0, or the same patient on another day: bladder and rectum
/// are filled differently, gas and bowel are elsewhere (pelvis). Any other region is Error(kUsage).
std::unique_ptr<Anatomy> make_anatomy(const std::string& region, uint64_t seed, uint64_t day = 0);

}  // namespace synerbench::phantom
