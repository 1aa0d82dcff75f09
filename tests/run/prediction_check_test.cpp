// A prediction in another range or orientation does not pass without a remark; a good or a poor one does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "harness/run/prediction_check.h"
#include "tests/run/made_head.h"

namespace synerbench {
namespace {

using ::testing::HasSubstr;
using namespace testing_support;

std::vector<std::string> remarks(const Predict& predict) { return made_remarks(prediction_remarks, predict); }

TEST(PredictionRemarks, AreNoneForGoodAndPoorPredictions) {
  EXPECT_THAT(remarks(fair), testing::IsEmpty());
  EXPECT_THAT(
      remarks([](const Head& m, int64_t d, int64_t h, int64_t w) { return 0.5F * fair(m, d, h, w) + 60; }),
      testing::IsEmpty());
  EXPECT_THAT(remarks([](const Head& m, int64_t d, int64_t h, int64_t w) {
                return (fair(m, d, h, w) + fair(m, d, h, kSide - 1 - w)) / 2;  // a mean image knows no side
              }),
              testing::IsEmpty());
}

TEST(PredictionRemarks, KnowAnotherRange) {
  const auto scaled = [](float factor, float offset) {
    return remarks(
        [=](const Head& m, int64_t d, int64_t h, int64_t w) { return factor * fair(m, d, h, w) + offset; });
  };
  for (const auto& [factor, offset] :
       {std::pair{1 / 2024.F, 0.5F}, {10.F, 0.F}, {1.F, 3000.F}, {0.F, 20.F}}) {
    ASSERT_FALSE(scaled(factor, offset).empty()) << factor << " " << offset;
  }
  EXPECT_THAT(scaled(1 / 2024.F, 0.5F).front(), HasSubstr("is it normalized"));
  EXPECT_THAT(scaled(0, 20).front(), HasSubstr("20 all over the body"));
}

TEST(PredictionRemarks, KnowTheReferenceItself) {
  const auto copied = [](float (*change)(float)) {
    return remarks([=](const Head& m, int64_t d, int64_t h, int64_t w) { return change(at(m, d, h, w)); });
  };
  EXPECT_THAT(copied([](float v) { return v; }),
              testing::ElementsAre(
                  HasSubstr("the prediction is the reference: 100.0 % of the body's voxels are equal")));
  EXPECT_THAT(copied([](float v) { return std::round(v); }),
              testing::ElementsAre(HasSubstr("differ by no more than")));
  EXPECT_THAT(copied([](float v) { return v * 1.0001F; }),
              testing::ElementsAre(HasSubstr("the prediction is the reference")));
  EXPECT_THAT(remarks([](const Head& m, int64_t d, int64_t h, int64_t w) {
                // All but the noise, as an oracle of simulated patients answers.
                const float value = at(m, d, h, w);
                return value < -500 ? -1000.F : value > 200 ? 400.F : 40.F;
              }),
              testing::IsEmpty());
}

TEST(PredictionRemarks, KnowTheReferenceWithALittleDoneToIt) {
  const auto hint = HasSubstr("follows the reference down to its noise");
  const auto changed = [](float factor, float offset) {
    return remarks(
        [=](const Head& m, int64_t d, int64_t h, int64_t w) { return factor * at(m, d, h, w) + offset; });
  };
  EXPECT_THAT(changed(0.99F, 0), testing::Contains(hint));
  EXPECT_THAT(changed(1, 10), testing::Contains(hint));
  EXPECT_THAT(changed(0.8F, 30), testing::Contains(hint));
  // A smooth error that a model makes, with the noise of the scan in it all the same.
  EXPECT_THAT(remarks([](const Head& m, int64_t d, int64_t h, int64_t w) {
                return at(m, d, h, w) + 30 * std::sin(0.15F * static_cast<float>(h + w));
              }),
              testing::Contains(hint));
  const auto noisy = [](float noise) {
    return remarks([=](const Head& m, int64_t d, int64_t h, int64_t w) {
      return at(m, d, h, w) + noise * (static_cast<float>((d * 31 + h * 17 + w * 7) % 60) / 30 - 1);
    });
  };
  EXPECT_THAT(noisy(1), testing::Contains(hint));
  EXPECT_THAT(noisy(30), testing::IsEmpty()) << "as much noise as a scan has of its own";
  EXPECT_THAT(remarks([](const Head& m, int64_t d, int64_t h, int64_t w) {
                return (at(m, d, h, w) + fair(m, d, h, w)) / 2;  // half of it
              }),
              testing::IsEmpty())
      << "noise of a model's own hides it";
}

TEST(PredictionRemarks, KnowAPartThatIsTheReferences) {
  const auto hint = HasSubstr("voxels are the reference's to the last digit");
  EXPECT_THAT(remarks([](const Head& m, int64_t d, int64_t h, int64_t w) {
                return w < 22 ? at(m, d, h, w) : fair(m, d, h, w);
              }),
              testing::Contains(hint));
  EXPECT_THAT(
      remarks([](const Head& m, int64_t d, int64_t h, int64_t w) { return std::round(fair(m, d, h, w)); }),
      testing::IsEmpty());
}

TEST(PredictionRemarks, KnowValuesThatWereCutOff) {
  const auto within = [](float low, float high) {
    return remarks([=](const Head& m, int64_t d, int64_t h, int64_t w) {
      return std::clamp(fair(m, d, h, w), low, high);
    });
  };
  EXPECT_THAT(within(-1000, 160),
              testing::Contains(HasSubstr("largest value, 160: was it cut off by a window?")));
  EXPECT_THAT(within(-1000, 3000), testing::IsEmpty());
  EXPECT_THAT(remarks([](const Head& m, int64_t d, int64_t h, int64_t w) {
                return h < 22 ? -1000.F : fair(m, d, h, w);
              }),
              testing::Contains(HasSubstr("least value, -1000: is a part of it missing?")));
}

TEST(PredictionRemarks, KnowAnotherScaleOfWhatIsRight) {
  const auto changed = [](float factor, float offset) {
    return remarks([=](const Head& m, int64_t d, int64_t h, int64_t w) {
      return factor * close_to(m, d, h, w) + offset;
    });
  };
  // The ranges overlap, so the offset shows in the mean alone.
  EXPECT_THAT(changed(1, 350), testing::Contains(HasSubstr("above it on average: was an offset")));
  EXPECT_THAT(changed(1, -300), testing::Contains(HasSubstr("below it on average: was an offset")));
  EXPECT_THAT(changed(1, 1024), testing::Contains(HasSubstr("was an offset left out?")));
  EXPECT_THAT(changed(2, 0), testing::Contains(HasSubstr("as much: is it on another scale?")));
  EXPECT_THAT(changed(-1, 0), testing::Contains(HasSubstr("was its sign turned?")));
  EXPECT_THAT(changed(1.2F, 20), testing::IsEmpty());
  EXPECT_THAT(changed(0.5F, 60), testing::IsEmpty());
}

TEST(PredictionRemarks, LookOutsideTheBodyToo) {
  EXPECT_THAT(
      remarks([](const Head& m, int64_t d, int64_t h, int64_t w) {
        return at(m, d, h, w) < -500 ? 0 : fair(m, d, h, w);
      }),
      testing::ElementsAre(HasSubstr("outside the body the prediction is at 0, the reference at -1000")));
  EXPECT_THAT(remarks([](const Head& m, int64_t d, int64_t h, int64_t w) {
                return at(m, d, h, w) < -500 ? -1024 : fair(m, d, h, w);
              }),
              testing::IsEmpty());
}

TEST(PredictionRemarks, KnowValuesThatNothingHas) {
  const auto with = [](float value) {
    return remarks([=](const Head& m, int64_t d, int64_t h, int64_t w) {
      return d == 2 && h == 20 && w == 20 ? value : fair(m, d, h, w);
    });
  };
  EXPECT_THAT(with(1e30F),
              testing::ElementsAre(HasSubstr("1 voxel of the prediction is beyond what this target can be")));
  EXPECT_THAT(with(-2e9F), testing::ElementsAre(HasSubstr("-2e+09")));
  EXPECT_THAT(with(31000), testing::IsEmpty()) << "metal";
}

TEST(PredictionRemarks, KnowAPictureOfBytes) {
  const auto byte = [](const Head& m, int64_t d, int64_t h, int64_t w) {
    return std::clamp(std::floor((at(m, d, h, w) + 1000) / 8), 0.F, 255.F);
  };
  EXPECT_THAT(remarks(byte), testing::Contains(HasSubstr("is it a picture of 8 bits?")));
  const auto no_byte = [&](float more) {
    return remarks([&](const Head& m, int64_t d, int64_t h, int64_t w) { return byte(m, d, h, w) + more; });
  };
  for (const float more : {0.5F, -200.F, 200.F})
    EXPECT_THAT(no_byte(more), testing::Not(testing::Contains(HasSubstr("8 bits")))) << more;
}

TEST(PredictionRemarks, KnowAMirrorImage) {
  const auto turned = [](const char* how) {
    return remarks([=](const Head& m, int64_t d, int64_t h, int64_t w) {
      switch (how[0]) {
        case 'w':
          return fair(m, d, h, kSide - 1 - w);
        case 'h':
          return fair(m, d, kSide - 1 - h, w);
        case 'd':
          return fair(m, kDepth - 1 - d, h, w);
        default:
          return fair(m, d, w, h);
      }
    });
  };
  EXPECT_THAT(turned("w"), testing::ElementsAre(HasSubstr("mirrored along columns the prediction fits")));
  EXPECT_THAT(turned("h"), testing::ElementsAre(HasSubstr("mirrored along rows")));
  EXPECT_THAT(turned("exchanged"), testing::ElementsAre(HasSubstr("rows and columns exchanged")));
}

}  // namespace
}  // namespace synerbench
