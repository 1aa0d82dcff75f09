#include "suites/phantom/parts.h"

namespace synerbench::phantom {

Pelvis::Pelvis(Random& random, uint64_t seed, bool female)
    : female_(female),
      heads_{draw_blob(random, {88, 2, 0}, {23.5, 23.5, 23.5}, 2, 0.05),
             draw_blob(random, {-88, 2, 0}, {23.5, 23.5, 23.5}, 2, 0.05)},
      obturators_{draw_blob(random, {52, 5, -22}, {8, 34, 24}),
                  draw_blob(random, {-52, 5, -22}, {8, 34, 24})},
      joint_{random.uniform(2.5, 5), random.uniform(2.5, 5)},
      cavity_(draw_blob(random, {0, 2, 40}, {72, 66, 92}, 3, 0.05)),
      bladder_(draw_blob(random, {0, -38, 12}, {36, 28, 26}, 3, 0.22)),
      organ_(female ? draw_blob(random, {0, -2, 34}, {27, 30, 26}, 5, 0.15)
                    : draw_blob(random, {0, -18, -22}, {24, 18, 19}, 2, 0.15)),
      seminal_(draw_blob(random, {0, 4, 2}, {26, 7, 8}, 2, 0.12)),
      rectum_wall_(random.uniform(3, 5)),
      shell_(random.uniform(1.6, 2.6)),
      septa_(combine_seeds(seed, 21), 28),
      trabeculae_(combine_seeds(seed, 22), 7),
      loops_(combine_seeds(seed, 23), 26) {
  const double wide = random.uniform(0.95, 1.05) * (female ? 1.04 : 1.0);
  for (size_t i = 0; i < 2; ++i) {
    const double s = (i == 0 ? 1 : -1) * wide;
    const auto near = [&](Vec3 p, double shift) {
      return p + Vec3{shift * random.normal(), shift * random.normal(), shift * random.normal()};
    };
    const Vec3 roof = near({s * 86, 18, 34}, 1.5), joint = near({s * 40, 62, 70}, 1.5),
               back = near({s * 62, 70, 108}, 2), crest = near({s * 122, 10, 112}, 3),
               front = near({s * 124, -42, 74}, 3), spine = near({s * 108, -36, 40}, 2);
    iliac_[i] = {{roof, joint, back, 6.0},
                 {roof, back, crest, 4.5},
                 {roof, crest, front, 4.5},
                 {roof, front, spine, 5.5}};
    bones_[i] = {draw_rod(random, {s * 84, 34, -12}, {s * 60, 44, -62}, 14, 15, 1.5),  // ischium
                 draw_rod(random, {s * 84, 26, 18}, {s * 84, 34, -12}, 13, 14, 1.5),   // behind the socket
                 draw_rod(random, {s * 74, -22, 0}, {s * 12, -56, -28}, 8.5, 9, 1.2),  // superior ramus
                 draw_rod(random, {s * 12, -56, -30}, {s * 54, 24, -70}, 8, 7, 1.2),   // inferior ramus
                 draw_rod(random, {s * 90, -12, 26}, {s * 74, -24, 2}, 10, 9, 1.2)};
    shafts_[i] = {draw_rod(random, {s * 90, 2, -2}, {s * 128, 12, -38}, 15, 15, 1.2),
                  draw_rod(random, {s * 134, 16, -16}, {s * 130, 14, -48}, 14, 16, 1.5),
                  draw_rod(random, {s * 128, 12, -52}, {s * 110, 6, -300}, 15, 13.5, 1.5)};
    vessels_[i] = {draw_rod(random, {s * 30, 8, 105}, {s * 58, -42, 40}, 6, 5.5),
                   draw_rod(random, {s * 58, -42, 40}, {s * 78, -72, -20}, 5.5, 5),
                   draw_rod(random, {s * 78, -72, -20}, {s * 92, -50, -220}, 5, 4),
                   draw_rod(random, {s * 24, 20, 105}, {s * 52, -28, 34}, 6.5, 6.5),
                   draw_rod(random, {s * 52, -28, 34}, {s * 64, -70, -20}, 6.5, 6)};
  }
  draw_muscles(random);
  const double aside = random.uniform(-10, 10), fill = random.uniform(9, 19);
  const Vec3 anus{0, 42, -68}, low{aside * 0.3, 34, -35}, mid{aside, 50, 5}, high{aside * 0.4, 44, 48},
      sigmoid{34, 6, 78};
  rectum_ = {{anus, low, 9, 11},
             {low, mid, 11, fill},
             {mid, high, fill, 12},
             {high, sigmoid, 12, 13},
             {sigmoid, {78, -8, 110}, 13, 14}};
  draw_gas(random);
  sacrum_ = {draw_blob(random, {0, 62, 78}, {46, 18, 26}, 1.5, 0.05),
             draw_blob(random, {0, 76, 46}, {32, 13, 26}, 1.5, 0.05),
             draw_blob(random, {0, 78, 14}, {17, 9, 22}, 1.5, 0.05),
             draw_blob(random, {0, 66, -14}, {8, 6, 14}, 1.5, 0.05)};
}

void Pelvis::draw_gas(Random& random) {
  const Vec3 mid = rectum_[1].b;
  const double fill = rectum_[1].rb;
  if (random.uniform() < 0.8) {  // gas collects in front
    const double size = random.uniform(0.3, 0.85) * fill;
    gas_.push_back({mid + Vec3{0, -0.25 * fill, random.uniform(-18, 6)},
                    mid + Vec3{random.uniform(-4, 4), -0.3 * fill, random.uniform(8, 26)}, size, size * 0.7});
  }
  if (random.uniform() < 0.6)
    gas_.push_back({{22, 10, 72}, {44, 0, 84}, random.uniform(4, 9), random.uniform(4, 9)});
}

void Pelvis::refill(uint64_t day) {
  Random random(combine_seeds(day, 31));
  const double bladder = random.uniform(0.72, 1.3);
  bladder_.center.z += (bladder - 1) * bladder_.radii.z;  // fills upward
  bladder_.radii = {bladder_.radii.x * (1 + 0.6 * (bladder - 1)), bladder_.radii.y * bladder,
                    bladder_.radii.z * bladder};
  const Vec3 shift{random.normal(), 3 * random.normal(), 2 * random.normal()};
  organ_.center = organ_.center + shift;
  seminal_.center = seminal_.center + shift;
  const double rectum = random.uniform(0.72, 1.3);
  rectum_[1].rb *= rectum;
  rectum_[2].ra *= rectum;
  gas_.clear();
  draw_gas(random);
  loops_ = NoiseField(combine_seeds(day, 23), 26);
}

void Pelvis::draw_muscles(Random& random) {
  fat_plane_ = random.uniform(1.6, 4.2);
  for (size_t i = 0; i < 2; ++i) {
    const double s = i == 0 ? 1 : -1;
    const auto group = [&](Vec3 a, Vec3 b, double ra, double rb) {
      muscles_[i].push_back(draw_rod(random, {s * a.x, a.y, a.z}, {s * b.x, b.y, b.z}, ra, rb, 2.5));
    };
    group({55, 86, 80}, {106, 58, -60}, 26, 24);      // gluteus maximus
    group({112, 40, 100}, {132, 18, 0}, 20, 13);      // gluteus medius
    group({104, 4, 66}, {126, -2, 2}, 11, 9);         // gluteus minimus
    group({128, -44, 66}, {142, -34, -90}, 10, 12);   // tensor of the fascia
    group({120, -66, 60}, {78, -92, -110}, 8, 9);     // sartorius
    group({110, -58, 24}, {114, -66, -120}, 12, 17);  // rectus femoris
    group({146, -6, -34}, {140, -20, -140}, 15, 26);  // vastus
    group({60, -30, 100}, {98, -38, -16}, 22, 15);    // iliopsoas
    group({28, -58, -18}, {72, -40, -130}, 14, 20);   // pectineus and adductors
    group({40, 8, -58}, {80, 14, -140}, 17, 26);      // adductor magnus
    group({74, 52, -46}, {96, 52, -140}, 15, 21);     // hamstrings
    group({36, 62, 44}, {110, 26, 10}, 9, 7);         // piriformis
    group({34, -104, 140}, {20, -92, -20}, 14, 9);    // rectus abdominis
    group({128, -44, 150}, {104, -74, 66}, 16, 9);    // oblique muscles
    group({30, 96, 120}, {22, 98, 52}, 18, 9);        // back
  }
}

namespace {

size_t side_of(const Vec3& p) { return p.x > 0 ? 0 : 1; }      // 0: the patient's left
double across(const Vec3& p) { return p.x > 0 ? p.x : -p.x; }  // mm from the middle

}  // namespace

void Pelvis::paint(const Vec3& p, double deep, Brush& brush) const {
  if (p.z > 150 || deep > 6 + brush.soft()) return;
  paint_muscles(p, deep, brush);
  paint_organs(p, deep, brush);
  paint_walls(p, brush);
  paint_bones(p, brush);
}

void Pelvis::paint_muscles(const Vec3& p, double deep, Brush& brush) const {
  const size_t side = side_of(p);
  // Groups of muscle, each with the space that is nearest to it; fat planes where two meet and fat where none
  // is near.
  double nearest = 1e9, second = 1e9;
  for (const Rod& muscle : muscles_[side]) {
    const double d = muscle.distance(p);
    second = std::min(second, std::max(nearest, d));
    nearest = std::min(nearest, d);
  }
  const double wavy = septa_.at(p);
  const double plane = 0.5 * (fat_plane_ * (1 + 0.5 * wavy) - (second - nearest));  // > 0 between two
  const double lean = std::max({nearest - 15 - 4 * wavy, plane, deep});
  brush.fill(Tissue::kFat, deep);
  brush.fill(Tissue::kMuscle, lean, 0.94);
  if (p.z < -40) {  // ischiorectal fossa and the gap between the thighs
    brush.fill(Tissue::kFat, std::max({deep - 4, across(p) - 30 + 0.2 * (p.z + 60), -90 - p.z, -(p.y - 5)}),
               0.85);
  }
}

void Pelvis::paint_organs(const Vec3& p, double deep, Brush& brush) const {
  const double cavity = std::max(cavity_.distance(p), deep + 8);
  if (p.z > -60 && cavity < brush.soft()) {
    brush.fill(Tissue::kMuscle, std::max(cavity - 4, p.z - 10));  // floor of the pelvis
    brush.fill(Tissue::kFat, cavity);
    if (p.z > 28) {  // bowel in the upper half
      const double n = loops_.at(p);
      brush.fill(Tissue::kBowel, std::max({cavity + 5, -11 * (n + 0.1), 34 - p.z, p.y - 40}));
      brush.fill(Tissue::kAir, std::max({cavity + 8, -11 * (n - 1.15), 38 - p.z, p.y + 10}));
    }
    const double bladder = bladder_.distance(p);
    brush.fill(Tissue::kMuscle, bladder - 3);
    brush.fill(Tissue::kUrine, bladder);
    if (female_) {
      brush.fill(Tissue::kGland, organ_.distance(p));
      brush.fill(Tissue::kFluid, ellipsoid_distance(p - organ_.center, {9, 3.5, 11}), 0.7);
    } else {
      brush.fill(Tissue::kGland, seminal_.distance(p), 0.8);
    }
  }
  if (!female_ && organ_.near(p, 6)) {
    const double gland = organ_.distance(p);
    brush.fill(Tissue::kGland, gland);
    brush.convert(
        Tissue::kGland, Tissue::kMuscle,
        0.4 * brush.coverage(ellipsoid_distance(p - organ_.center - Vec3{0, -3, 3}, organ_.radii * 0.55)));
    brush.fill(Tissue::kUrine,
               Rod{organ_.center + Vec3{0, -2, 20}, organ_.center + Vec3{0, -2, -20}, 1.6, 1.6}.distance(p),
               0.8);
  }
  const double rectum = distance(rectum_, p);
  if (rectum < rectum_wall_ + brush.soft() && (p.z < 130)) {
    brush.fill(Tissue::kMuscle, rectum - rectum_wall_ * 0.5);
    brush.fill(Tissue::kBowel, rectum + rectum_wall_ * 0.5);
    brush.fill(Tissue::kAir, std::max(distance(gas_, p), rectum + rectum_wall_ * 0.6));
  }
}

void Pelvis::paint_walls(const Vec3& p, Brush& brush) const {
  const size_t side = side_of(p);
  if (p.z > -75) brush.fill(Tissue::kMuscle, obturators_[side].distance(p));
  brush.fill(
      Tissue::kMuscle,
      Rod{{(side == 0 ? 1 : -1) * 52.0, 12, 130}, {(side == 0 ? 1 : -1) * 96.0, -34, -10}, 21, 15}.distance(
          p));  // iliopsoas
  for (const Rod& vessel : vessels_[side]) {
    const double d = vessel.distance(p);
    if (d > 6) continue;
    brush.fill(Tissue::kFat, d - 2.5, 0.6);
    brush.fill(Tissue::kBlood, d);
  }
}

void Pelvis::paint_bones(const Vec3& p, Brush& brush) const {
  const size_t side = side_of(p);
  double hip = distance(bones_[side], p);
  if (p.z > -10) {
    for (const Plate& plate : iliac_[side]) hip = smooth_min(hip, plate.distance(p), 5);
  }
  const double head = heads_[side].distance(p);
  const double socket =
      std::max(head - joint_[side] - 8, (across(p) - 100) + 0.35 * p.z * -1);  // open to the side and below
  hip = smooth_min(hip, socket, 5);
  const double rough = 0.7 * trabeculae_.at(p);
  brush.bone(hip + rough * 0.5, shell_);
  brush.fill(Tissue::kCartilage, head - joint_[side]);
  double femur = smooth_min(head, shafts_[side][0].distance(p), 4);
  femur = smooth_min(femur, shafts_[side][1].distance(p), 6);
  brush.bone(femur, shell_);
  const double shaft = shafts_[side][2].distance(p);
  brush.fill(Tissue::kCortical, shaft);
  brush.fill(Tissue::kFat, std::max(shaft + 5.5, p.z + 90), 0.85);  // yellow marrow
  brush.fill(Tissue::kSpongy, std::max(shaft + 3.5, -90 - p.z));
  if (p.z < 110 && p.y > 30) {
    double sacrum = 1e9;
    for (const Blob& piece : sacrum_) sacrum = smooth_min(sacrum, piece.distance(p), 6);
    brush.bone(sacrum, 1.6);
    brush.fill(Tissue::kFat, Rod{{0, 76, 110}, {0, 86, 10}, 6, 3}.distance(p), 0.8);
    for (int level = 0; level < 4; ++level) {
      const double z = 84 - 18.0 * level, x = 24 - 3.0 * level;
      brush.fill(Tissue::kFat,
                 ellipsoid_distance({across(p) - x, p.y - (62 + 6.0 * level), p.z - z}, {4, 9, 4}), 0.8);
    }
  }
  brush.fill(Tissue::kCartilage, ellipsoid_distance(p - Vec3{0, -57, -29}, {3.5, 9, 16}));  // symphysis
}

}  // namespace synerbench::phantom
