#include "metrics/protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "metrics/pixelwise.h"
#include "metrics/ssim.h"
#include "metrics/synthrad.h"
#include "tests/metrics/images.h"

namespace synerbench {
namespace {

using namespace testing_images;
using testing::HasSubstr;

std::map<std::string, Score> scores(const std::string& id, const Picture& prediction, const Picture& target,
                                    const MaskView& mask = {}) {
  const Protocol& protocol = builtin_protocols().at(id);
  const std::vector<Score> values = compare(protocol, prediction.view(), target.view(), mask);
  EXPECT_EQ(values.size(), protocol.info.metrics.size());
  std::map<std::string, Score> by_name;
  for (size_t i = 0; i < values.size(); ++i) by_name.emplace(protocol.info.metrics[i].name, values[i]);
  return by_name;
}

bool in_hu(const Protocol& protocol) { return protocol.info.values.unit() == "HU"; }

/// What a protocol compares: a slice in [0, 1] or a volume in HU.
Shape shape_of(const Protocol& protocol) {
  return protocol.info.dimensions == 2 ? Shape{1, 48, 44} : Shape{12, 30, 28};
}
Picture target_of(const Protocol& protocol, uint64_t seed = 1) {
  const Picture picture = anatomy(shape_of(protocol), seed);
  return in_hu(protocol) ? mapped(picture, [](double v) { return std::round(2500 * v - 1000); }) : picture;
}
Picture disturbed(const Protocol& protocol, const Picture& target, double weight) {
  const Picture centered = mapped(noise(shape_of(protocol), 5), [](double v) { return v - 0.5; });
  return sum(target, centered, in_hu(protocol) ? 2500 * weight : weight);
}

TEST(Protocols, HaveUniqueVersionedNames) {
  std::set<std::string> ids;
  for (const Protocol& protocol : builtin_protocols().rows()) {
    EXPECT_TRUE(ids.insert(protocol.info.id).second) << protocol.info.id;
    EXPECT_EQ(protocol.info.id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-@"), std::string::npos)
        << protocol.info.id;
    const size_t at = protocol.info.id.find('@');
    ASSERT_NE(at, std::string::npos) << protocol.info.id << " has no version";
    EXPECT_GE(std::stoi(protocol.info.id.substr(at + 1)), 1);
    EXPECT_FALSE(protocol.info.source.empty());
    EXPECT_FALSE(protocol.info.description.empty());
    EXPECT_TRUE(protocol.info.dimensions == 2 || protocol.info.dimensions == 3);
    std::set<std::string> names;
    for (const MetricInfo& metric : protocol.info.metrics) {
      EXPECT_TRUE(names.insert(metric.name).second) << protocol.info.id << " " << metric.name;
      EXPECT_LT(metric.lower, metric.upper);
      EXPECT_FALSE(metric.description.empty());
      EXPECT_THAT((std::vector<std::string>{"", "dB", "HU", "gray levels"}), testing::Contains(metric.unit));
    }
  }
  EXPECT_THAT(ids, testing::ElementsAre("skimage@1", "soft-tissue-2d@1", "synermed-2d@1", "synermed-2d@2",
                                        "synthrad2023@1", "synthrad2025@1", "wang2004-2d@1"));
}

TEST(Protocols, AreFoundByNameOnly) {
  EXPECT_EQ(builtin_protocols().at("synthrad2023@1").info.id, "synthrad2023@1");
  EXPECT_EQ(builtin_protocols().find("synthrad2023"), nullptr);
  try {
    (void)builtin_protocols().at("synthrad2023");
    FAIL();
  } catch (const std::out_of_range& error) {
    EXPECT_THAT(error.what(), HasSubstr("unknown protocol \"synthrad2023\"; known: synermed-2d@2"));
  }
}

TEST(Protocols, SayHowTheirMetricsArePrinted) {
  std::map<std::string, std::string> labels;
  for (const Protocol& protocol : builtin_protocols().rows()) {
    for (const MetricInfo& metric : protocol.info.metrics) {
      labels[metric.name] = metric.label;
      const int wanted = metric.unit == "HU"                                   ? 1
                         : metric.unit == "dB" || metric.unit == "gray levels" ? 2
                                                                               : 4;
      EXPECT_EQ(metric.decimals, wanted) << protocol.info.id << " " << metric.name;
    }
  }
  EXPECT_THAT(labels,
              testing::IsSupersetOf(std::map<std::string, std::string>{
                  {"ssim", "SSIM"}, {"ms_ssim", "MS-SSIM"}, {"mae_air", "MAE air"}, {"mae_255", "MAE 255"}}));
}

TEST(Protocols, FitTargetsInTheirUnit) {
  EXPECT_TRUE(builtin_protocols().at("synermed-2d@1").info.values.fit("a.u."));
  EXPECT_TRUE(builtin_protocols().at("synthrad2023@1").info.values.fit("HU"));
  EXPECT_FALSE(builtin_protocols().at("synthrad2023@1").info.values.fit("SUV"));
  EXPECT_EQ(ComparedValues::in("HU").text(), "HU");
  EXPECT_EQ(ComparedValues::normalized().text(), "normalized range");
}

/// A protocol that nobody here knows.
Protocol largest_error(const std::string& id = "largest-error@1") {
  return make_protocol(
      {.id = id, .dimensions = 2, .source = "this test", .description = "the largest error"},
      {{{"largest", "Largest error", "", 3, Direction::kLowerIsBetter, 0, HUGE_VAL, "of all pixels"},
        [](const ImagePair& p) {
          double most = 0;
          for (int64_t i = 0; i < p.target.count(); ++i)
            most = std::max(most, std::abs(p.prediction.data[i] - p.target.data[i]));
          return Score(most);
        }}});
}

TEST(ProtocolTables, TakeARowFromAnywhere) {
  const ProtocolTable table = builtin_protocols().with(largest_error());
  EXPECT_EQ(table.rows().size(), builtin_protocols().rows().size() + 1);
  EXPECT_EQ(builtin_protocols().find("largest-error@1"), nullptr) << "the built-in table stays as it is";
  const Picture target = constant({1, 20, 20}, 0.5);
  Picture prediction = target;
  prediction.voxels[7] = 0.75;
  const Protocol& protocol = table.at("largest-error@1");
  EXPECT_EQ(protocol.info.metrics.front().label, "Largest error");
  EXPECT_EQ(compare(protocol, prediction.view(), target.view(), {}).front().value(), 0.25);
}

TEST(ProtocolTables, ShareTheirRowsWithTheirCopies) {
  const Protocol* row = nullptr;
  ProtocolTable copy = builtin_protocols();
  {
    const ProtocolTable table = builtin_protocols().with(largest_error());
    row = table.find("largest-error@1");
    copy = table;
  }
  EXPECT_EQ(copy.find("largest-error@1"), row);
}

TEST(ProtocolTables, RefuseRowsThatCannotBeTold) {
  const auto problem = [](Protocol row) -> std::string {
    try {
      (void)builtin_protocols().with(std::move(row));
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(problem(largest_error()), "");
  EXPECT_THAT(problem(largest_error("skimage@1")), HasSubstr("two protocols are named \"skimage@1\""));
  for (const char* id : {"", "name", "name@", "@1", "name@x", "na me@1", "Name@1", "name@1@2"})
    EXPECT_THAT(problem(largest_error(id)), HasSubstr("an id is a name and a version")) << id;
  Protocol row = largest_error();
  row.info.dimensions = 4;
  EXPECT_THAT(problem(row), HasSubstr("dimensions are 2 or 3, or 0 of answers"));
  row = largest_error();
  row.info.metrics.push_back(row.info.metrics.front());
  EXPECT_THAT(problem(row), HasSubstr("two metrics are named \"largest\""));
  row.info.metrics.clear();
  EXPECT_THAT(problem(row), HasSubstr("no metrics"));
  row = largest_error();
  row.measure = nullptr;
  EXPECT_THAT(problem(row), HasSubstr("no function"));
}

TEST(ProtocolTables, CatchARowWhoseScoresAndMetricsDisagree) {
  Protocol row = largest_error();
  row.measure = [](const ImagePair&) { return std::vector<Score>{0.0, 1.0}; };
  const Picture picture = constant({1, 20, 20}, 0.5);
  EXPECT_THROW(compare(row, picture.view(), picture.view(), {}), std::logic_error);
}

TEST(Protocols, EveryMetricImprovesInItsDirectionAsNoiseFalls) {
  for (const Protocol& protocol : builtin_protocols().rows()) {
    const Picture target = target_of(protocol);
    const std::vector<Score> worse =
        compare(protocol, disturbed(protocol, target, 0.3).view(), target.view(), {});
    const std::vector<Score> better =
        compare(protocol, disturbed(protocol, target, 0.05).view(), target.view(), {});
    for (size_t i = 0; i < protocol.info.metrics.size(); ++i) {
      const MetricInfo& metric = protocol.info.metrics[i];
      const double gain = better[i].value() - worse[i].value();
      EXPECT_GT(metric.direction == Direction::kHigherIsBetter ? gain : -gain, 0)
          << protocol.info.id << " " << metric.name;
    }
  }
}

TEST(Protocols, ValuesStayWithinTheirBounds) {
  for (const Protocol& protocol : builtin_protocols().rows()) {
    const Picture target = target_of(protocol);
    for (const Picture& prediction :
         {disturbed(protocol, target, 0.2), mapped(target, [](double v) { return -3 * v; }),
          constant(shape_of(protocol), 0)}) {
      const std::vector<Score> values = compare(protocol, prediction.view(), target.view(), {});
      for (size_t i = 0; i < values.size(); ++i) {
        ASSERT_TRUE(values[i].defined()) << protocol.info.id << " " << protocol.info.metrics[i].name;
        EXPECT_GE(values[i].value(), protocol.info.metrics[i].lower)
            << protocol.info.id << " " << protocol.info.metrics[i].name;
        EXPECT_LE(values[i].value(), protocol.info.metrics[i].upper)
            << protocol.info.id << " " << protocol.info.metrics[i].name;
      }
    }
  }
}

// The edge decisions of docs/metrics.md.

TEST(Protocols, OfIdenticalImagesHaveNoPsnrAndTheBestOfEverythingElse) {
  for (const Protocol& protocol : builtin_protocols().rows()) {
    const Picture target = target_of(protocol);
    const std::vector<Score> values = compare(protocol, target.view(), target.view(), {});
    for (size_t i = 0; i < values.size(); ++i) {
      const MetricInfo& metric = protocol.info.metrics[i];
      if (metric.unit == "dB") {
        EXPECT_EQ(values[i].reason(), Undefined::kIdenticalImages) << protocol.info.id << " " << metric.name;
      } else if (metric.direction == Direction::kHigherIsBetter) {
        EXPECT_NEAR(values[i].value(), 1, 1e-12) << protocol.info.id << " " << metric.name;
      } else {
        EXPECT_EQ(values[i].value(), 0.0) << protocol.info.id << " " << metric.name;
      }
    }
  }
}

TEST(Protocols, OfConstantImagesAreDefined) {
  for (const Protocol& protocol : builtin_protocols().rows()) {
    const double a = in_hu(protocol) ? 40 : 0.4, b = in_hu(protocol) ? 90 : 0.6;
    const std::vector<Score> values =
        compare(protocol, constant(shape_of(protocol), a).view(), constant(shape_of(protocol), b).view(), {});
    for (size_t i = 0; i < values.size(); ++i) {
      const std::string& name = protocol.info.metrics[i].name;
      const bool empty_class = name == "mae_air" || name == "mae_bone";  // 90 HU is neither
      EXPECT_EQ(values[i].defined(), !empty_class) << protocol.info.id << " " << name;
    }
  }
}

TEST(Protocols, OfAnEmptyMaskHaveAReason) {
  for (const Protocol& protocol : builtin_protocols().rows()) {
    const Picture target = target_of(protocol), prediction = disturbed(protocol, target, 0.1);
    const Stencil nothing = empty_mask(shape_of(protocol));
    const std::vector<Score> values = compare(protocol, prediction.view(), target.view(), nothing.view());
    for (size_t i = 0; i < values.size(); ++i) {
      const std::string& name = protocol.info.metrics[i].name;
      const bool masked =
          protocol.info.needs_mask || name.ends_with("_body") || name.ends_with("_soft_tissue");
      EXPECT_EQ(values[i].defined(), !masked) << protocol.info.id << " " << name;
      if (masked) {
        EXPECT_EQ(values[i].reason(), Undefined::kEmptyMask);
      }
    }
  }
}

TEST(Protocols, OfAMaskOfOneVoxelAreDefinedThere) {
  const Protocol& protocol = builtin_protocols().at("synthrad2023@1");
  const Picture target = target_of(protocol), prediction = disturbed(protocol, target, 0.1);
  Stencil mask = empty_mask(shape_of(protocol));
  mask.at(6, 15, 14) = 1;
  const auto values = scores("synthrad2023@1", prediction, target, mask.view());
  const double error = std::abs(prediction.at(6, 15, 14) - target.at(6, 15, 14));
  EXPECT_EQ(values.at("mae").value(), error);
  EXPECT_NEAR(values.at("rmse").value(), error, 1e-9);
  EXPECT_TRUE(values.at("psnr").defined());
  EXPECT_TRUE(values.at("ssim").defined());
  EXPECT_EQ(values.at("mae_air").reason(), Undefined::kEmptyMask);
}

TEST(Protocols, OfAPredictionWithANaNHaveNoValueAtAll) {
  for (const Protocol& protocol : builtin_protocols().rows()) {
    const Picture target = target_of(protocol);
    for (const double bad : {std::nan(""), HUGE_VAL}) {
      Picture prediction = disturbed(protocol, target, 0.1);
      prediction.voxels.front() = bad;
      for (const Score& score : compare(protocol, prediction.view(), target.view(), {})) {
        EXPECT_EQ(score.reason(), Undefined::kNotFinite) << protocol.info.id;
      }
    }
  }
}

TEST(Protocols, OfTooFewVoxelsHaveNoSsimButAnError) {
  for (const Protocol& protocol : builtin_protocols().rows()) {
    const Shape small = protocol.info.dimensions == 2 ? Shape{1, 6, 40} : Shape{4, 30, 30};
    const double a = in_hu(protocol) ? 40 : 0.4, b = in_hu(protocol) ? 90 : 0.6;
    const std::vector<Score> values =
        compare(protocol, constant(small, a).view(), constant(small, b).view(), {});
    for (size_t i = 0; i < values.size(); ++i) {
      const std::string& name = protocol.info.metrics[i].name;
      if (name == "ssim" || name.starts_with("ssim_")) {
        EXPECT_EQ(values[i].reason(), Undefined::kTooSmall) << protocol.info.id;
      } else if (!name.starts_with("mae_")) {
        EXPECT_TRUE(values[i].defined()) << protocol.info.id << " " << name;
      }
    }
  }
}

TEST(Protocols, RefuseShapesThatDifferAndVolumesForSlices) {
  for (const Protocol& protocol : builtin_protocols().rows()) {
    const Picture target = target_of(protocol), other = constant({1, 5, 5}, 0);
    EXPECT_THROW(compare(protocol, other.view(), target.view(), {}), std::invalid_argument);
    EXPECT_THROW(compare(protocol, target.view(), target.view(), empty_mask({1, 5, 5}).view()),
                 std::invalid_argument);
    if (protocol.info.dimensions != 2) continue;
    const Picture volume = constant({3, 20, 20}, 0.5);
    EXPECT_THROW(compare(protocol, volume.view(), volume.view(), {}), std::invalid_argument);
  }
}

// Each protocol against its definition.

TEST(Synermed2d, IsWhatItsDescriptionSays) {
  const Shape shape{1, 60, 52};
  const Picture target = anatomy(shape, 2);
  const Picture prediction =
      mapped(sum(target, noise(shape, 3), 0.6), [](double v) { return 1.2 * v - 0.2; });
  const Stencil body = ball(shape, 0.8);
  const auto clip = [](double v) { return std::clamp(v, 0.0, 1.0); };
  const Picture p = mapped(prediction, clip), t = mapped(target, clip);
  ASSERT_NE(p.voxels, prediction.voxels) << "the example must need clipping";
  const SsimConvention wang = ssim_convention("wang2004", 2, 1.0);
  const auto values = scores("synermed-2d@1", prediction, target, body.view());
  EXPECT_EQ(values.at("ssim").value(), ssim(p.view(), t.view(), {}, wang).value());
  EXPECT_EQ(values.at("psnr").value(), peak_signal_to_noise_ratio(p.view(), t.view(), {}, 1).value());
  EXPECT_EQ(values.at("mae").value(), mean_absolute_error(p.view(), t.view()).value());
  EXPECT_EQ(values.at("rmse").value(), root_mean_squared_error(p.view(), t.view()).value());
  EXPECT_EQ(values.at("mae_255").value(), 255 * values.at("mae").value());
  EXPECT_EQ(values.at("ssim_body").value(), ssim(p.view(), t.view(), body.view(), wang).value());
  EXPECT_EQ(values.at("psnr_body").value(),
            peak_signal_to_noise_ratio(p.view(), t.view(), body.view(), 1).value());
  EXPECT_EQ(values.at("mae_body").value(), mean_absolute_error(p.view(), t.view(), body.view()).value());
  const auto unmasked = scores("synermed-2d@1", prediction, target);
  for (const char* name : {"ssim", "psnr", "mae"}) {
    EXPECT_EQ(unmasked.at(std::string(name) + "_body").value(), values.at(name).value());
  }
}

TEST(Synermed2d, SecondVersionHasTheSameNumbersAndTheBodyFirst) {
  const Shape shape{1, 60, 52};
  const Picture target = anatomy(shape, 2), prediction = sum(target, noise(shape, 3), 0.6);
  const Stencil body = ball(shape, 0.8);
  const auto first = scores("synermed-2d@1", prediction, target, body.view());
  const auto second = scores("synermed-2d@2", prediction, target, body.view());
  ASSERT_EQ(second.size(), first.size());
  for (const auto& [name, score] : first) EXPECT_EQ(second.at(name).value(), score.value()) << name;
  EXPECT_EQ(builtin_protocols().at("synermed-2d@1").info.metrics.front().name, "ssim");
  EXPECT_EQ(builtin_protocols().at("synermed-2d@2").info.metrics.front().name, "ssim_body");
}

TEST(SoftTissue2d, IsWhatItsDescriptionSays) {
  const Protocol& protocol = builtin_protocols().at("soft-tissue-2d@1");
  const Picture target = target_of(protocol), prediction = disturbed(protocol, target, 0.2);
  const Stencil body = ball({1, 48, 44}, 0.8);
  const auto window = [](double v) { return std::clamp(v, -160.0, 240.0); };
  const Picture p = mapped(prediction, window), t = mapped(target, window);
  ASSERT_NE(t.voxels, target.voxels) << "the example must reach beyond the window";
  const auto values = scores("soft-tissue-2d@1", prediction, target, body.view());
  EXPECT_EQ(values.at("ssim_soft_tissue").value(),
            ssim(p.view(), t.view(), body.view(), ssim_convention("wang2004", 2, 400)).value());
  EXPECT_EQ(values.at("psnr_soft_tissue").value(),
            peak_signal_to_noise_ratio(p.view(), t.view(), body.view(), 400).value());
  EXPECT_EQ(values.at("mae_soft_tissue").value(),
            mean_absolute_error(p.view(), t.view(), body.view()).value());
  EXPECT_FALSE(protocol.info.values.fit("SUV"));
}

TEST(SynthRad2023Protocol, IsWhatItsDescriptionSays) {
  const Protocol& protocol = builtin_protocols().at("synthrad2023@1");
  const Picture target = target_of(protocol), prediction = disturbed(protocol, target, 0.4);
  const Stencil mask = ball(shape_of(protocol), 0.9);
  const auto values = scores("synthrad2023@1", prediction, target, mask.view());
  const ImageView p = prediction.view(), t = target.view();
  EXPECT_EQ(values.at("mae").value(), mean_absolute_error(p, t, mask.view()).value());
  EXPECT_EQ(values.at("psnr").value(), synthrad_psnr(p, t, mask.view(), {-1024, 3000}).value());
  EXPECT_EQ(values.at("ssim").value(), synthrad2023_ssim(p, t, mask.view()).value());
  EXPECT_EQ(values.at("rmse").value(), root_mean_squared_error(p, t, mask.view()).value());
}

TEST(SynthRad2023Protocol, SortsTissueByTheReference) {
  const Shape shape{7, 7, 7};
  Picture target = constant(shape, 50), prediction = constant(shape, 50);
  const std::vector<std::pair<double, double>> voxels{
      {-1000, 1}, {-300.5, 2}, {-300, 4}, {200, 8}, {200.5, 16}};
  for (size_t i = 0; i < voxels.size(); ++i) {
    target.voxels[i] = voxels[i].first;
    prediction.voxels[i] = voxels[i].first + voxels[i].second;
  }
  const auto values = scores("synthrad2023@1", prediction, target);
  EXPECT_EQ(values.at("mae_air").value(), (1 + 2) / 2.0);
  EXPECT_EQ(values.at("mae_soft").value(), (4 + 8) / 340.0);
  EXPECT_EQ(values.at("mae_bone").value(), 16);
}

TEST(SynthRad2025Protocol, IsWhatItsDescriptionSays) {
  const Protocol& protocol = builtin_protocols().at("synthrad2025@1");
  const Picture target = target_of(protocol), prediction = disturbed(protocol, target, 0.4);
  const Stencil mask = ball(shape_of(protocol), 0.9);
  const auto values = scores("synthrad2025@1", prediction, target, mask.view());
  const ImageView p = prediction.view(), t = target.view();
  EXPECT_EQ(values.at("mae").value(), mean_absolute_error(p, t, mask.view()).value());
  EXPECT_EQ(values.at("psnr").value(), synthrad_psnr(p, t, mask.view(), {-1024, 3071}).value());
  EXPECT_EQ(values.at("ms_ssim").value(), synthrad2025_ms_ssim(p, t, mask.view(), {-1024, 3071}).value());
}

TEST(LibraryProtocols, DoNotClipAndIgnoreTheMask) {
  const Shape shape{1, 40, 40};
  const Picture target = anatomy(shape, 4), prediction = mapped(target, [](double v) { return 1.5 * v; });
  const Stencil mask = ball(shape, 0.5);
  for (const auto& [id, convention] :
       {std::pair("wang2004-2d@1", "wang2004"), std::pair("skimage@1", "skimage")}) {
    const auto values = scores(id, prediction, target, mask.view());
    EXPECT_EQ(values.at("ssim").value(),
              ssim(prediction.view(), target.view(), {}, ssim_convention(convention, 2, 1.0)).value());
    EXPECT_EQ(values.at("psnr").value(),
              peak_signal_to_noise_ratio(prediction.view(), target.view(), {}, 1).value());
  }
}

TEST(Scores, NameTheirReasons) {
  EXPECT_EQ(name_of(Undefined::kEmptyMask), "empty-mask");
  EXPECT_EQ(name_of(Undefined::kIdenticalImages), "identical-images");
  EXPECT_EQ(name_of(Undefined::kTooSmall), "too-small");
  EXPECT_EQ(name_of(Undefined::kNotFinite), "not-finite");
  EXPECT_EQ(name_of(Undefined::kNoForeground), "no-foreground");
  EXPECT_EQ(name_of(Undefined::kMissingStructure), "missing-structure");
  EXPECT_THROW((void)Score(Undefined::kEmptyMask).value(), std::bad_optional_access);
}

}  // namespace
}  // namespace synerbench
