#include "suites/phantom/tissue.h"

#include <algorithm>
#include <cmath>

namespace synerbench::phantom {

std::string name_of(Tissue tissue) {
  static const char* const kNames[kTissueCount] = {
      "air",          "lung",          "fat",       "skin",   "fluid",          "urine", "gray matter",
      "white matter", "muscle",        "liver",     "spleen", "kidney",         "blood", "myocardium",
      "spongy bone",  "cortical bone", "cartilage", "gland",  "bowel",          "tumor", "edema",
      "necrosis",     "enhancing rim", "scar",      "dura",   "iron-rich gray", "tract"};
  return kNames[static_cast<size_t>(tissue)];
}

const TissueTable& typical_tissues() {
  static const TissueTable table = [] {
    TissueTable t;
    //                         HU     PD    T1    T2   SUV  T1 Gd  HU tex  MR tex
    t[Tissue::kAir] = {-1000, 0.00, 1000, 50, 0.0, 1000, 0, 0};
    t[Tissue::kLung] = {-800, 0.15, 1200, 40, 0.5, 900, 45, 0.30};
    t[Tissue::kFat] = {-100, 0.90, 250, 70, 0.3, 245, 8, 0.05};
    t[Tissue::kSkin] = {10, 0.65, 500, 40, 0.6, 420, 5, 0.05};
    t[Tissue::kFluid] = {5, 1.00, 4000, 2000, 0.5, 3900, 1, 0.01};
    t[Tissue::kUrine] = {5, 1.00, 4000, 2000, 18.0, 3600, 1, 0.01};
    t[Tissue::kGray] = {38, 0.82, 950, 100, 8.0, 910, 2, 0.06};
    t[Tissue::kWhite] = {28, 0.70, 600, 80, 3.0, 585, 2, 0.05};
    t[Tissue::kMuscle] = {55, 0.75, 900, 45, 0.7, 780, 6, 0.08};
    t[Tissue::kLiver] = {60, 0.78, 550, 45, 2.2, 420, 5, 0.06};
    t[Tissue::kSpleen] = {50, 0.78, 1050, 80, 1.9, 560, 4, 0.04};
    t[Tissue::kKidney] = {35, 0.78, 900, 75, 3.0, 420, 4, 0.06};
    t[Tissue::kBlood] = {45, 0.90, 1400, 250, 1.8, 330, 2, 0.05};
    t[Tissue::kMyocardium] = {45, 0.80, 1000, 50, 3.0, 460, 3, 0.05};
    t[Tissue::kSpongy] = {300, 0.60, 300, 55, 1.2, 280, 70, 0.12};
    t[Tissue::kCortical] = {1100, 0.05, 200, 1, 0.5, 200, 60, 0.10};
    t[Tissue::kCartilage] = {95, 0.60, 800, 35, 0.6, 760, 12, 0.08};
    t[Tissue::kGland] = {42, 0.80, 1000, 85, 1.5, 600, 6, 0.09};
    t[Tissue::kBowel] = {30, 0.82, 1000, 70, 1.4, 800, 14, 0.15};
    t[Tissue::kTumor] = {40, 0.85, 1300, 150, 7.0, 1150, 5, 0.08};
    t[Tissue::kEdema] = {22, 0.85, 1200, 180, 2.0, 1170, 3, 0.07};
    t[Tissue::kNecrosis] = {15, 0.95, 2500, 400, 0.5, 2400, 4, 0.08};
    t[Tissue::kRim] = {42, 0.85, 1300, 140, 8.0, 350, 4, 0.08};
    t[Tissue::kScar] = {42, 0.82, 1150, 60, 0.8, 290, 3, 0.07};
    t[Tissue::kDura] = {60, 0.60, 800, 40, 1.2, 330, 3, 0.05};
    t[Tissue::kIron] = {42, 0.80, 890, 68, 9.0, 860, 2, 0.05};
    t[Tissue::kTract] = {28, 0.71, 610, 98, 3.0, 595, 2, 0.05};
    return t;
  }();
  return table;
}

TissueTable patient_tissues(Random& random) {
  TissueTable table = typical_tissues();
  for (int i = 0; i < kTissueCount; ++i) {
    TissueProperties& t = table.rows[static_cast<size_t>(i)];
    const auto tissue = static_cast<Tissue>(i);
    const double density = random.normal(), water = random.normal(), t1 = random.normal(),
                 t2 = random.normal(), uptake = random.normal();
    if (tissue == Tissue::kAir) continue;
    if (tissue == Tissue::kLung)
      t.hu += 30 * density;
    else if (tissue == Tissue::kSpongy || tissue == Tissue::kCortical)
      t.hu *= 1 + 0.08 * density;
    else
      t.hu += 4 * density;
    t.pd = std::min(1.0, t.pd * (1 + 0.03 * water));
    const double relaxation = 1 + 0.07 * std::clamp(t1, -2.5, 2.5);
    t.t1 *= relaxation;
    t.t1_contrast *= relaxation;
    t.t2 *= 1 + 0.08 * std::clamp(t2, -2.5, 2.5);
    t.suv *= std::exp(0.2 * uptake);
  }
  table[Tissue::kMyocardium].suv = random.uniform(1, 8);  // fasting state decides
  table[Tissue::kUrine].suv = random.uniform(10, 30);
  const double glucose = random.uniform(0.75, 1.25);
  table[Tissue::kGray].suv *= glucose;
  for (Tissue tissue : {Tissue::kWhite, Tissue::kTract, Tissue::kIron}) table[tissue].suv *= glucose;
  return table;
}

void give_iodine(TissueTable& table, double strength) {
  table[Tissue::kBlood].hu += 95 * strength;
  table[Tissue::kKidney].hu += 110 * strength;
  table[Tissue::kLiver].hu += 45 * strength;
  table[Tissue::kSpleen].hu += 60 * strength;
  table[Tissue::kMyocardium].hu += 55 * strength;
  table[Tissue::kGland].hu += 35 * strength;
  table[Tissue::kBowel].hu += 15 * strength;
  table[Tissue::kTumor].hu += 20 * strength;
  table[Tissue::kRim].hu += 45 * strength;
}

}  // namespace synerbench::phantom
