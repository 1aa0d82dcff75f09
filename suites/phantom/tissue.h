// What the body is made of, and what each modality sees of it.
#pragma once

#include <array>
#include <string>

#include "harness/core/random.h"

namespace synerbench::phantom {

enum class Tissue : uint8_t {
  kAir,  // outside, airways and gas
  kLung,
  kFat,
  kSkin,
  kFluid,  // CSF, vitreous body, bile
  kUrine,
  kGray,
  kWhite,
  kMuscle,
  kLiver,
  kSpleen,
  kKidney,
  kBlood,
  kMyocardium,
  kSpongy,  // spongy bone with marrow
  kCortical,
  kCartilage,  // discs, costal cartilage
  kGland,      // prostate, uterus, pancreas, thyroid, salivary glands
  kBowel,      // wall and content
  kTumor,
  kEdema,
  kNecrosis,
  kRim,    // tumor that takes up contrast agent
  kScar,   // of the myocardium
  kDura,   // dura, falx, tentorium: dark, enhancing
  kIron,   // deep gray matter with iron: T1 of gray matter, short T2
  kTract,  // tracts like the internal capsule: T1 of white matter, longer T2
};
inline constexpr int kTissueCount = 27;
std::string name_of(Tissue tissue);

/// Relaxation at 1.5 T in ms, proton density relative to water, HU at about 120 kVp, uptake as SUV.
struct TissueProperties {
  double hu = -1000, pd = 0, t1 = 1000, t2 = 50, suv = 0;
  double t1_contrast = 1000;  // T1 some minutes after a gadolinium agent
  double hu_texture = 0;      // standard deviation of the density texture, HU
  double mr_texture = 0;      // standard deviation of the texture of T1 and T2, relative
};

struct TissueTable {
  std::array<TissueProperties, kTissueCount> rows;
  TissueProperties& operator[](Tissue tissue) { return rows[static_cast<size_t>(tissue)]; }
  const TissueProperties& operator[](Tissue tissue) const { return rows[static_cast<size_t>(tissue)]; }
};

/// Literature-typical values (docs/phantom.md has the table).
const TissueTable& typical_tissues();

/// One patient's tissues: relaxation and density 5 to 10 % off the table, uptake 20 % off, soft tissue a few
/// HU off; myocardial uptake 1 to 8 and urine 10 to 30 SUV anywhere in their ranges.
TissueTable patient_tissues(Random& random);

/// An iodine contrast agent in the portal venous phase: raises the HU of blood, kidney, liver, spleen, wall
/// and rim.
void give_iodine(TissueTable& table, double strength);

}  // namespace synerbench::phantom
