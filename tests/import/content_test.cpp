// Copies under another name are found; different scans are not taken for copies.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "harness/data/content.h"
#include "harness/data/slice_store.h"

namespace synerbench {
namespace {

using ::testing::HasSubstr;
using Shape = std::array<int64_t, 3>;

struct Slices {
  Shape shape;
  std::vector<float> values;
  float& at(int64_t d, int64_t h, int64_t w) {
    return values[static_cast<size_t>((d * shape[1] + h) * shape[2] + w)];
  }
};

/// A smooth body with noise in the body and none in the air.
Slices scan(unsigned seed, Shape shape = {6, 60, 50}) {
  std::mt19937 random(seed);
  std::normal_distribution<float> noise(0, 8);
  Slices s{shape, std::vector<float>(static_cast<size_t>(shape[0] * shape[1] * shape[2]), -1000)};
  for (int64_t d = 0; d < shape[0]; ++d) {
    for (int64_t h = 8; h < shape[1] - 8; ++h) {
      for (int64_t w = 6; w < shape[2] - 6; ++w) {
        s.at(d, h, w) = std::round(40 + 30 * std::sin(0.3F * static_cast<float>(h)) + static_cast<float>(d) +
                                   noise(random));
      }
    }
  }
  return s;
}

Slices crop(Slices from, int64_t d0, int64_t h0, int64_t w0, Shape shape) {
  Slices to{shape, std::vector<float>(static_cast<size_t>(shape[0] * shape[1] * shape[2]))};
  for (int64_t d = 0; d < shape[0]; ++d) {
    for (int64_t h = 0; h < shape[1]; ++h) {
      for (int64_t w = 0; w < shape[2]; ++w) to.at(d, h, w) = from.at(d + d0, h + h0, w + w0);
    }
  }
  return to;
}

double shared(const Slices& a, const Slices& b) {
  return containment(sketch_of(a.values, a.shape), sketch_of(b.values, b.shape));
}

TEST(Sketch, FindsScaledFlippedTurnedInvertedAndCroppedCopies) {
  Slices own = scan(1);
  EXPECT_EQ(shared(own, own), 1);
  Slices scaled = own;
  for (float& value : scaled.values) value = 0.37F * value + 1024;
  EXPECT_GT(shared(own, scaled), 0.9);
  for (int axis = 0; axis < 3; ++axis) {
    Slices flipped = own, from = own;
    const auto [depth, height, width] = own.shape;
    for (int64_t d = 0; d < depth; ++d) {
      for (int64_t h = 0; h < height; ++h) {
        for (int64_t w = 0; w < width; ++w) {
          flipped.at(d, h, w) = from.at(axis == 0 ? depth - 1 - d : d, axis == 1 ? height - 1 - h : h,
                                        axis == 2 ? width - 1 - w : w);
        }
      }
    }
    EXPECT_GT(shared(own, flipped), 0.9) << axis;
  }
  Slices turned{{own.shape[0], own.shape[2], own.shape[1]}, std::vector<float>(own.values.size())};
  Slices transposed = turned;
  for (int64_t d = 0; d < own.shape[0]; ++d) {
    for (int64_t h = 0; h < own.shape[1]; ++h) {
      for (int64_t w = 0; w < own.shape[2]; ++w) {
        turned.at(d, own.shape[2] - 1 - w, h) = own.at(d, h, w);
        transposed.at(d, w, h) = own.at(d, h, w);
      }
    }
  }
  EXPECT_GT(shared(own, turned), 0.9) << "by 90 degrees";
  EXPECT_GT(shared(own, transposed), 0.9);
  for (float& value : turned.values) value = 3000 - value;
  EXPECT_GT(shared(own, turned), 0.9) << "and inverted";
  EXPECT_GT(shared(own, crop(own, 2, 0, 0, {3, 60, 50})), 0.7) << "fewer slices";
  EXPECT_GT(shared(own, crop(own, 0, 11, 9, {6, 40, 34})), 0.7) << "a smaller field";
}

TEST(Sketch, DoesNotTakeScansOfOneKindForCopies) {
  for (unsigned seed = 2; seed < 12; ++seed) EXPECT_LT(shared(scan(1), scan(seed)), 0.1) << seed;
}

TEST(Sketch, OfFlatOrTinyImagesIsEmpty) {
  const std::vector<float> flat(300, 7);
  EXPECT_TRUE(sketch_of(flat, {3, 10, 10}).empty());
  EXPECT_TRUE(sketch_of(std::span(flat).first(8), {1, 2, 4}).empty());
  EXPECT_EQ(containment({}, {}), 0);
}

StoredCase stored(const std::string& dataset, const std::string& name, const std::string& patient,
                  std::vector<std::pair<Modality, Slices>> volumes) {
  StoredCase c;
  c.id = {dataset, name, patient};
  for (auto& [modality, slices] : volumes) {
    StoredVolume volume;
    volume.modality = modality;
    volume.source = Json{{"path", name + "/" + name_of(modality) + ".nii"}};
    volume.voxels_sha256 = voxels_sha256(slices.values, slices.shape);
    volume.sketch = sketch_of(slices.values, slices.shape);
    c.volumes.push_back(std::move(volume));
  }
  return c;
}

TEST(Copies, AreFoundAcrossPatientsDataSetsAndWithinACase) {
  Slices scaled = scan(1);
  for (float& value : scaled.values) value *= 3;
  std::vector<StoredCase> cases{
      stored("a", "c1", "p1", {{Modality::kCT, scan(1)}, {Modality::kMRI, scan(2)}}),
      stored("a", "c2", "p2", {{Modality::kCT, scan(1)}, {Modality::kMRI, scan(3)}}),
      stored("a", "c3", "p3", {{Modality::kT1, scan(4)}, {Modality::kT2, scan(4)}}),
      stored("b", "c4", "p1", {{Modality::kCT, scaled}, {Modality::kMRI, scan(5)}})};
  cases[0].split = Split::kTest;
  const auto copies = copies_in(cases);
  ASSERT_EQ(copies.size(), 4u);
  EXPECT_EQ(copies[0].text(), "a/c1 CT (c1/CT.nii) and a/c2 CT (c2/CT.nii) hold the same voxels");
  EXPECT_FALSE(copies[0].allowed());
  EXPECT_FALSE(copies[1].exact) << copies[1].text();
  EXPECT_THAT(copies[1].text(),
              HasSubstr("a/c1 CT (c1/CT.nii) and b/c4 CT (c4/CT.nii) hold the same image, scaled"));
  EXPECT_FALSE(copies[2].exact) << "c2 and c4";
  EXPECT_TRUE(copies[3].exact && copies[3].first == copies[3].second && !copies[3].allowed()) << "T1 is T2";
}

TEST(Copies, OfAModalityUnderAnothersNameAreNotedWithinACase) {
  Slices scaled = scan(1);
  for (float& value : scaled.values) value = 2 * value + 2048;
  const std::vector<StoredCase> cases{
      stored("a", "c1", "p1", {{Modality::kCT, scan(1)}, {Modality::kMRI, scaled}}),
      stored("a", "c2", "p1", {{Modality::kCT, scan(2)}, {Modality::kMRI, scaled}})};
  const auto copies = copies_in(cases);
  ASSERT_EQ(copies.size(), 2u) << "and the MR that both cases of the patient have";
  EXPECT_TRUE(!copies[0].exact && copies[0].first == copies[0].second);
  EXPECT_EQ(copies[0].text(),
            "a/c1 CT (c1/CT.nii) and a/c1 MRI (c1/MRI.nii) hold the same image, scaled, inverted, flipped, "
            "turned or cropped (100 % of the smaller one)");
  EXPECT_TRUE(copies[1].exact && copies[1].allowed());
}

TEST(Copies, InOneSplitAreRefusedWhenTheyAreTheWholeCase) {
  const std::vector<StoredCase> apart{
      stored("a", "c1", "p1", {{Modality::kCT, scan(1)}, {Modality::kMRI, scan(2)}}),
      stored("a", "c2", "p2", {{Modality::kCT, scan(1)}, {Modality::kMRI, scan(3)}})};
  ASSERT_EQ(copies_in(apart).size(), 1u);
  EXPECT_TRUE(copies_in(apart)[0].allowed()) << "two studies on one CT, neither trained on";
  const std::vector<StoredCase> twice{
      stored("a", "c1", "p1", {{Modality::kCT, scan(1)}, {Modality::kMRI, scan(2)}}),
      stored("a", "c2", "p2", {{Modality::kCT, scan(1)}, {Modality::kMRI, scan(2)}})};
  ASSERT_EQ(copies_in(twice).size(), 2u);
  EXPECT_FALSE(copies_in(twice)[0].allowed()) << "one case counts twice";
}

TEST(Copies, OfOnePatientInTwoCasesAreAllowed) {
  const std::vector<StoredCase> cases{stored("a", "mr", "p", {{Modality::kCT, scan(1)}}),
                                      stored("a", "pet", "p", {{Modality::kCT, scan(1)}})};
  const auto copies = copies_in(cases);
  ASSERT_EQ(copies.size(), 1u);
  EXPECT_TRUE(copies[0].allowed());
}

TEST(Copies, OfAPairInTwoCasesOfOnePatientCountTwice) {
  const auto mr = [](const char* name, unsigned mr_seed) {
    return stored("a", name, "p", {{Modality::kCT, scan(1)}, {Modality::kMRI, scan(mr_seed)}});
  };
  std::vector<StoredCase> twice{mr("c1", 2), mr("c2", 2)};
  ASSERT_EQ(copies_in(twice).size(), 2u);
  EXPECT_FALSE(copies_in(twice)[0].allowed());
  EXPECT_FALSE(copies_in(twice)[1].allowed());
  // A patient's MR and PET studies on one CT share that alone.
  std::vector<StoredCase> studies{
      mr("mr", 2), stored("a", "pet", "p", {{Modality::kCT, scan(1)}, {Modality::kPET, scan(3)}})};
  ASSERT_EQ(copies_in(studies).size(), 1u);
  EXPECT_TRUE(copies_in(studies)[0].allowed());
  // The third case is held against the one it may not stand beside, not only against the first.
  studies.push_back(stored("a", "pet2", "p", {{Modality::kCT, scan(1)}, {Modality::kPET, scan(3)}}));
  const auto copies = copies_in(studies);
  EXPECT_TRUE(std::any_of(copies.begin(), copies.end(), [](const Copy& copy) { return !copy.allowed(); }));
}

}  // namespace
}  // namespace synerbench
