// Imports of images whose values are not what they are called, and of sound ones that look nearly so.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "tests/import/import_fixture.h"

namespace synerbench {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using namespace testing_support;

constexpr int64_t kSide = 40;

Geometry grid() { return axis_grid({kSide, kSide, 6}); }

bool in_view(int64_t i, int64_t j) {
  const double x = static_cast<double>(i) - 19.5, y = static_cast<double>(j) - 19.5;
  return x * x + y * y < 400;
}

/// A body of soft tissue with bone in its middle, and noise everywhere; `change` gets what is in the field of
/// view.
template <class Change>
Volume noisy(double air, double air_noise, double tissue, double bone, double noise, const Change& change,
             double padding) {
  std::mt19937 random(7);
  std::normal_distribution<double> draw;
  return make_volume(grid(), [&](int64_t i, int64_t j, int64_t) {
    const double n = draw(random);
    const bool middle = std::abs(i - 20) < 3 && std::abs(j - 20) < 3;
    const double value = !in_body(grid(), i, j) ? air + air_noise * n : (middle ? bone : tissue) + noise * n;
    return static_cast<float>(in_view(i, j) ? std::round(change(value)) : padding);
  });
}
template <class Change>
Volume noisy_ct(const Change& change, double padding) {
  return noisy(-1000, 12, 30, 900, 25, change, padding);
}

class ImportValues : public ImportFixture {
 protected:
  /// Puts `volume` into the tree as the case's only image and imports it.
  std::vector<std::string> remarks_on(const std::string& modality, const Volume& volume,
                                      const std::string& region = "thorax") {
    write(modality, volume, region);
    return import("pairs").remarks;
  }
  std::string refusal_of(const std::string& modality, const Volume& volume) {
    write(modality, volume, "thorax");
    return error_of("pairs");
  }
  void write(const std::string& modality, const Volume& volume, const std::string& region) {
    options_.out = folder_.path() / ("store" + std::to_string(++stores_));
    write_volume(tree("a.nii.gz"), volume, PixelType::kFloat32);
    write_list("case,patient,region,modality,path\nc,p," + region + "," + modality + ",a.nii.gz\n");
  }
  std::vector<float> stored(Modality modality) const {
    const auto store = this->store();
    return stored_voxels(store, store.cases()[0], modality);
  }
  int stores_ = 0;
};

TEST_F(ImportValues, CtInStoredValuesIsRefusedHoweverItIsPadded) {
  const auto raw = [](double v) { return std::max(0.0, v + 1024); };
  for (const double padding : {0, -1024, -2000, -3024})
    EXPECT_THAT(refusal_of("CT", noisy_ct(raw, padding)), HasSubstr("the rescale intercept was not applied"))
        << padding;
  options_.accept_odd = true;
  EXPECT_THAT(remarks_on("CT", noisy_ct(raw, -2000)), Contains(HasSubstr("accepted: CT:")));
}

TEST_F(ImportValues, SoundCtIsTakenHoweverItIsPadded) {
  const auto same = [](double v) { return v; };
  for (const double padding : {-1000, -1024, -2000, -3024})
    EXPECT_THAT(remarks_on("CT", noisy_ct(same, padding)), IsEmpty()) << padding;
}

TEST_F(ImportValues, CtWithItsInterceptTwiceIsFound) {
  EXPECT_THAT(refusal_of("CT", noisy_ct([](double v) { return v - 1024; }, -3024)),
              AllOf(HasSubstr("below -1500, at many values"), HasSubstr("intercept was applied twice")));
  const auto cut = [](double v) { return std::max(-1024.0, v - 1024); };
  EXPECT_THAT(remarks_on("CT", noisy(-1000, 12, 30, 800, 25, cut, -1024)),
              Contains(HasSubstr("the rescale intercept was applied twice")));
}

TEST_F(ImportValues, CbctIsShiftedBesideItsPaddingAndThatIsRemarked) {
  const auto raised = [](double v) { return v + 1000; };
  EXPECT_THAT(remarks_on("CBCT", noisy_ct(raised, -1024)),
              ElementsAre(AllOf(HasSubstr("CBCT: shifted by -1000 to HU"), HasSubstr("a padding of -1024"))));
  EXPECT_EQ(stored(Modality::kCBCT), noisy_ct([](double v) { return v; }, -1024).voxels);
  const SliceStore store(options_.out);
  const auto transforms = store.cases()[0].find(Modality::kCBCT)->source["transforms"];
  ASSERT_EQ(transforms.size(), 1U);
  EXPECT_EQ(transforms[0]["padding_kept"], -1024);
  EXPECT_THAT(remarks_on("CBCT", noisy_ct(raised, 0)), ElementsAre(HasSubstr("the minimum was -")));
  EXPECT_THAT(remarks_on("CBCT", noisy_ct([](double v) { return std::max(0.0, v + 1000); }, 0)),
              ElementsAre(Not(HasSubstr("padding"))));
  EXPECT_EQ(stored(Modality::kCBCT)[0], -1000);
}

TEST_F(ImportValues, CbctInHuIsNeverShifted) {
  const auto same = [](double v) { return v; };
  EXPECT_THAT(remarks_on("CBCT", noisy_ct(same, -1000)), IsEmpty());
  EXPECT_EQ(stored(Modality::kCBCT), noisy_ct(same, -1000).voxels);
  for (const double least : {-499.0, -100.0}) {  // its air is lost: refused as it is, and not laid at -1500
    const Volume cut = noisy_ct([=](double v) { return std::max(least, v); }, least);
    EXPECT_THAT(refusal_of("CBCT", cut), HasSubstr(fmt::format("CBCT: the minimum is {:g}", least)));
  }
  options_.pixels.cbct_offset = false;
  EXPECT_THAT(remarks_on("CBCT", noisy_ct([](double v) { return v + 1000; }, -1024)),
              Contains(HasSubstr("accepted: CBCT:")));
}

TEST_F(ImportValues, ActivityIsNotTakenForSuv) {
  const auto pet = [](double scale) {
    return noisy(
        0.05, 0.01, 1000, 6000, 150, [=](double v) { return v * scale; }, 0);
  };
  const auto thousandths = [&](double scale) {  // the helper rounds
    Volume volume = pet(scale);
    for (float& value : volume.voxels) value /= 1000;
    return volume;
  };
  EXPECT_THAT(remarks_on("PET", thousandths(1), "wb"), IsEmpty());
  EXPECT_THAT(remarks_on("PET", thousandths(3), "wb"), Contains(HasSubstr("the values may be kBq/ml")));
  EXPECT_THAT(remarks_on("PET", thousandths(3), "brain"), IsEmpty()) << "a brain takes up more";
}

TEST_F(ImportValues, MrWithoutAMaskFileIsSound) {
  // The body is a third of the image, and that of the CT: a two-hundredth of the voxels is beyond the map by
  // its definition.
  const auto same = [](double v) { return v; };
  const Volume mr = noisy(300, 60, 600, 1500, 60, same, 10);
  write_volume(tree("a.nii.gz"), mr, PixelType::kFloat32);
  write_volume(tree("ct.nii.gz"), noisy_ct(same, -1000), PixelType::kInt16);
  write_list("case,patient,region,modality,path\nc,p,thorax,MRI,a.nii.gz\nc,p,thorax,CT,ct.nii.gz\n");
  EXPECT_THAT(import("pairs").remarks, Not(Contains(HasSubstr("beyond the range"))));
}

TEST_F(ImportValues, MrThatWrappedIsNamed) {
  const auto wrapped = [](double v) { return v > 1400 ? 20 * v - 65536 : 20 * v; };
  EXPECT_THAT(remarks_on("MRI", noisy(0, 0, 600, 1500, 60, wrapped, 0)),
              ElementsAre(HasSubstr("values above 32767 became negative in 16 bits")));
}

TEST_F(ImportValues, WhatIsSaidOfManyCasesIsOneLine) {
  std::string list = "case,patient,region,modality,path\n";
  for (int c = 0; c < 12; ++c) {
    Volume volume = noisy_ct([](double v) { return std::max(0.0, v + 1000); }, 0);
    for (size_t v = 0; v < volume.voxels.size(); ++v) {
      if (volume.voxels[v] > 500)
        volume.voxels[v] += static_cast<float>((v * (7 + 13 * static_cast<size_t>(c))) % 31);
    }
    write_volume(tree(fmt::format("c{}.nii.gz", 10 + c)), volume, PixelType::kInt16);
    list += fmt::format("c{0},p{0},thorax,CBCT,c{0}.nii.gz\n", 10 + c);
  }
  write_list(list);
  const auto report = import("pairs");
  std::vector<std::string> odd;
  for (const auto& [about, line] : lines_of(report)) {
    if (about == "odd" && line.find("shifted") != std::string::npos) odd.push_back(line);
  }
  EXPECT_THAT(odd, ElementsAre(HasSubstr("pairs/c10 and 11 more: CBCT: shifted by -1000 to HU")));
}

}  // namespace
}  // namespace synerbench
