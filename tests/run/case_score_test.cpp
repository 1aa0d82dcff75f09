#include "harness/run/case_score.h"

#include <omp.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>
#include <thread>

#include "harness/run/pair_source.h"
#include "metrics/protocol.h"
#include "tests/run/run_fixture.h"

namespace synerbench {
namespace {

const std::vector<std::string> kProtocols{"synermed-2d@1", "synthrad2023@1"};

class CaseScoring : public RunFixture {
 protected:
  void SetUp() override {
    RunFixture::SetUp();
    store_ = std::make_unique<SliceStore>(folder_ / "store");
  }
  Reference reference(Modality target) {
    Task task{"", "brain", Modality::kCBCT, target};
    return read_reference(*store_, store_->cases().front(), task);
  }
  static const Measure& find(const CaseScore& score, const std::string& protocol, const std::string& metric) {
    for (const Measure& m : score.measures) {
      if (m.protocol == protocol && m.metric == metric) return m;
    }
    throw std::out_of_range(metric);
  }
  std::unique_ptr<SliceStore> store_;
};

/// A protocol whose only metric throws; what it says is the first pixel that it sees.
ProtocolTable throwing_protocol() {
  Protocol protocol = builtin_protocols().at("synermed-2d@1");
  protocol.info.id = "throwing@1";
  protocol.info.metrics.resize(1);
  protocol.measure = [](const ImagePair& pair) -> std::vector<Score> {
    throw std::runtime_error(std::to_string(std::lround(pair.prediction.data[0] * 1000)));
  };
  return ProtocolTable({protocol});
}

TEST(SlicesToShow, GoThroughTheBodyAndHoldThePanelsOwn) {
  Reference reference;
  reference.foreground = {0, 0, 0.1, 0.2, 0, 0.3, 0.4, 0.9, 0.4, 0.3, 0.2, 0.1, 0};
  reference.panel_slice = 7;
  using Slices = std::vector<int64_t>;
  EXPECT_EQ(slices_to_show(reference, 1), Slices{7});
  EXPECT_EQ(slices_to_show(reference, 9), (Slices{2, 3, 5, 6, 7, 8, 9, 10, 11}));
  EXPECT_EQ(slices_to_show(reference, 100), (Slices{2, 3, 5, 6, 7, 8, 9, 10, 11}));
  for (int64_t count = 1; count < 12; ++count) {
    const Slices shown = slices_to_show(reference, count);
    EXPECT_EQ(shown.size(), static_cast<size_t>(std::min<int64_t>(count, 9)));
    EXPECT_TRUE(std::is_sorted(shown.begin(), shown.end()));
    EXPECT_EQ(std::set<int64_t>(shown.begin(), shown.end()).size(), shown.size());
    EXPECT_EQ(std::count(shown.begin(), shown.end(), 7), 1) << count;
    for (const int64_t slice : shown) EXPECT_GT(reference.foreground[static_cast<size_t>(slice)], 0);
  }
  reference.panel_slice = -1;
  EXPECT_TRUE(slices_to_show(reference, 3).empty());
}

TEST_F(CaseScoring, TroubleIsThatOfTheFirstSliceHoweverManyThreads) {
  const ProtocolTable table = throwing_protocol();
  const Reference r = reference(Modality::kCT);
  std::vector<float> prediction = r.target;
  const auto [depth, height, width] = r.stored_case->shape;
  for (int64_t d = 0; d < depth; ++d) {
    const double shown = 0.001 * static_cast<double>(d + 1);  // in the normalized range
    prediction[static_cast<size_t>(d * height * width)] =
        static_cast<float>(r.intensity.low + shown * (r.intensity.high - r.intensity.low));
  }
  const CaseScore scored = score_case(r, r.target, {"synermed-2d@1"}, 0.01);
  ASSERT_GT(scored.slices.size(), 2u);
  const std::string first = std::to_string(scored.slices.front().slice + 1);
  const int before = omp_get_max_threads();
  for (const int threads : {1, 4}) {
    omp_set_num_threads(threads);
    for (int round = 0; round < 20; ++round) {
      try {
        score_case(r, prediction, {"throwing@1"}, 0.01, table);
        FAIL() << "the metric throws";
      } catch (const std::runtime_error& error) {
        ASSERT_EQ(error.what(), first) << threads << " threads, round " << round;
      }
      EXPECT_EQ(omp_get_max_threads(), threads) << "the caller's threads are left as they were";
    }
  }
  omp_set_num_threads(before);
}

TEST_F(CaseScoring, OfTheReferenceItselfIsPerfect) {
  const Reference r = reference(Modality::kCT);
  const CaseScore score = score_case(r, r.target, kProtocols, 0.01);
  EXPECT_EQ(find(score, "synermed-2d@1", "ssim").value, 1.0);
  EXPECT_EQ(find(score, "synthrad2023@1", "mae").value, 0.0);
  const Measure& psnr = find(score, "synermed-2d@1", "psnr");
  EXPECT_FALSE(psnr.value.has_value());
  EXPECT_EQ(psnr.undefined, "identical-images");
  EXPECT_EQ(psnr.undefined_count, 9);
  EXPECT_EQ(psnr.count, 0);
}

TEST_F(CaseScoring, AShiftOfTenUnitsIsAnErrorOfTenUnits) {
  const Reference r = reference(Modality::kCT);
  std::vector<float> shifted = r.target;
  for (float& value : shifted) value += 10;
  const CaseScore score = score_case(r, shifted, kProtocols, 0.01);
  EXPECT_NEAR(find(score, "synthrad2023@1", "mae").value.value(), 10, 1e-9);
  EXPECT_EQ(find(score, "synthrad2023@1", "mae").count, std::count(r.mask.begin(), r.mask.end(), 1));
  // In the normalized range, before the protocol's clipping: 10 HU of 4024.
  EXPECT_NEAR(find(score, "synermed-2d@1", "mae").value.value(), 10.0 / 4024, 1e-7);
}

TEST_F(CaseScoring, TheMeanIsOverSlicesWhereTheMetricIsDefined) {
  const Reference r = reference(Modality::kCT);
  std::vector<float> prediction = r.target;
  const size_t pixels = 24 * 28;
  for (size_t p = 0; p < 3 * pixels; ++p) prediction[p] += 40;  // three of nine slices are wrong
  const CaseScore score = score_case(r, prediction, kProtocols, 0.01);
  const Measure& psnr = find(score, "synermed-2d@1", "psnr");
  EXPECT_EQ(psnr.count, 3);
  EXPECT_EQ(psnr.undefined_count, 6);
  double sum = 0;
  for (size_t i = 0; i < 3; ++i) {
    for (const Measure& m : score.slices[i].measures) {
      if (m.protocol == "synermed-2d@1" && m.metric == "psnr") sum += m.value.value();
    }
  }
  EXPECT_EQ(psnr.value.value(), sum / 3);
}

TEST_F(CaseScoring, ASliceIsScoredExactlyAsTheProtocolScoresIt) {
  const Reference r = reference(Modality::kMRI);
  std::vector<float> prediction = r.target;
  Random random(1);
  for (float& value : prediction) value += static_cast<float>(20 * random.normal());
  const CaseScore score = score_case(r, prediction, {"synermed-2d@1"}, 0.01);
  const size_t pixels = 24 * 28, at = 4 * pixels;
  std::vector<double> seen(pixels), wanted(pixels);
  for (size_t p = 0; p < pixels; ++p) {
    seen[p] = (prediction[at + p] - r.intensity.low) / (r.intensity.high - r.intensity.low);
    wanted[p] = (r.target[at + p] - r.intensity.low) / (r.intensity.high - r.intensity.low);
  }
  const Protocol& protocol = builtin_protocols().at("synermed-2d@1");
  const auto scores = compare(protocol, {seen.data(), 1, 28, 24}, {wanted.data(), 1, 28, 24},
                              MaskView{r.mask.data() + at, 1, 28, 24});
  ASSERT_EQ(score.slices[4].slice, 4);
  for (size_t i = 0; i < scores.size(); ++i)
    EXPECT_EQ(score.slices[4].measures[i].value.value(), scores[i].value());
}

TEST_F(CaseScoring, EveryProtocolIsGivenTheBodyMask) {
  const Reference r = reference(Modality::kCT);
  std::vector<float> prediction = r.target;
  for (size_t p = 0; p < prediction.size(); ++p)
    prediction[p] += r.mask[p] ? 0 : 100;  // wrong in the air only
  const CaseScore score = score_case(r, prediction, kProtocols, 0.01);
  EXPECT_GT(find(score, "synermed-2d@1", "mae").value.value(), 0.001);
  EXPECT_EQ(find(score, "synermed-2d@1", "mae_body").value, 0.0);
  EXPECT_EQ(find(score, "synthrad2023@1", "mae").value, 0.0);
}

TEST_F(CaseScoring, SlicesWithoutForegroundAreCountedNotScored) {
  Reference r = reference(Modality::kCT);
  const size_t pixels = 24 * 28;
  std::fill(r.mask.begin(), r.mask.begin() + 2 * pixels, uint8_t{0});
  std::fill(r.mask.begin() + 2 * pixels + 3, r.mask.begin() + 3 * pixels, uint8_t{0});  // 0 to 3 pixels left
  r.foreground = foreground_shares(r.mask, {9, 28, 24});
  const CaseScore score = score_case(r, r.target, kProtocols, 0.01);
  EXPECT_EQ(score.slices_without_foreground, 3);
  EXPECT_EQ(score.slices.size(), 6U);
  EXPECT_EQ(score.slices.front().slice, 3);
}

TEST_F(CaseScoring, ACaseWithoutForegroundIsUndefinedWithTheReason) {
  Reference r = reference(Modality::kCT);
  std::fill(r.mask.begin(), r.mask.end(), uint8_t{0});
  r.foreground = foreground_shares(r.mask, {9, 28, 24});
  // Even when slices without any mask pixel are allowed by the limit.
  const CaseScore score = score_case(r, r.target, kProtocols, 0);
  EXPECT_TRUE(score.slices.empty());
  EXPECT_EQ(find(score, "synermed-2d@1", "ssim").undefined, "no-foreground");
  EXPECT_EQ(find(score, "synthrad2023@1", "mae").undefined, "empty-mask");
}

TEST_F(CaseScoring, HounsfieldProtocolsAreForHounsfieldTargets) {
  EXPECT_EQ(protocols_for(kProtocols, Modality::kCT), kProtocols);
  EXPECT_EQ(protocols_for(kProtocols, Modality::kCBCT), kProtocols);
  EXPECT_EQ(protocols_for(kProtocols, Modality::kPET), std::vector<std::string>{"synermed-2d@1"});
  EXPECT_EQ(protocols_for(kProtocols, Modality::kT1c), std::vector<std::string>{"synermed-2d@1"});
}

TEST_F(CaseScoring, ThePanelShowsTheSliceWithTheLargestMask) {
  Reference r = reference(Modality::kCT);
  EXPECT_EQ(r.panel_slice, 0) << "made slices have one mask: the first of equals";
}

class Pairs : public RunFixture {};

TEST_F(Pairs, AreTheTrainingSlicesInOrderOnTheCanvas) {
  const SliceStore store(folder_ / "store");
  const Task task{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};
  const StorePairs pairs(store, task, Split::kTrain, {32, Canvas::Fit::kPad});
  EXPECT_EQ(pairs.size(), 5 * 9);
  EXPECT_EQ(pairs.key(10).text(), "made/brain-p01-c0#1");
  EXPECT_EQ(pairs.patient_of(10), "brain-p01");
  std::vector<float> source(32 * 32), target(32 * 32);
  std::vector<uint8_t> mask(32 * 32);
  pairs.read(10, source, target, mask);
  const StoredCase& stored_case = store.find("made/brain-p01-c0");
  // 24 x 28 is centered on 32 x 32: two rows above, four columns to the left.
  const size_t at = (14 + 2) * 32 + 12 + 4;
  EXPECT_EQ(source[at], stored_case.find(Modality::kMRI)
                            ->intensity.to_model(store.volume(stored_case, Modality::kMRI).value(1, 14, 12)));
  EXPECT_EQ(target[at], stored_case.find(Modality::kCT)
                            ->intensity.to_model(store.volume(stored_case, Modality::kCT).value(1, 14, 12)));
  EXPECT_EQ(mask[at], 1);
  EXPECT_EQ(mask[0], 0);
  EXPECT_EQ(source[0], -1);
}

TEST_F(Pairs, AreTheSameWithAndWithoutMemory) {
  const SliceStore store(folder_ / "store");
  const Task task{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};
  StorePairsOptions none;
  none.cache_bytes = 0;
  const StorePairs cached(store, task, Split::kTrain, {32, Canvas::Fit::kScale}),
      bare(store, task, Split::kTrain, {32, Canvas::Fit::kScale}, none);
  std::vector<float> a(32 * 32), b(32 * 32), c(32 * 32), d(32 * 32);
  std::vector<uint8_t> m(32 * 32), n(32 * 32);
  for (int64_t pass = 0; pass < 2; ++pass) {
    for (int64_t i = 0; i < cached.size(); i += 4) {
      cached.read(i, a, b, m);
      bare.read(i, c, d, n);
      EXPECT_TRUE(a == c && b == d && m == n);
    }
  }
}

TEST_F(Pairs, CanBeReadFromManyThreads) {
  const SliceStore store(folder_ / "store");
  const Task task{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};
  StorePairsOptions little;
  little.cache_bytes = 20 * 32 * 32 * 9;  // some pairs fit, some do not
  const StorePairs pairs(store, task, Split::kTrain, {32, Canvas::Fit::kPad}, little);
  const auto sum = [&](int64_t step) {
    std::vector<float> a(32 * 32), b(32 * 32);
    double total = 0;
    for (int64_t i = 0; i < pairs.size(); ++i) {
      pairs.read((i * step) % pairs.size(), a, b, {});
      total += a[500] + 3 * b[501];
    }
    return total;
  };
  const double wanted = sum(1);
  std::vector<double> seen(4);
  std::vector<std::thread> threads;
  for (size_t t = 0; t < seen.size(); ++t)
    threads.emplace_back([&, t] { seen[t] = sum(std::vector<int64_t>{1, 2, 4, 7}[t]); });
  for (std::thread& thread : threads) thread.join();
  for (double total : seen) EXPECT_NEAR(total, wanted, 1e-9);  // the order of adding differs
}

class Planning : public RunFixture {
 protected:
  Plan plan(const std::vector<std::string>& models, const PlanOptions& options = {}) {
    return make_plan(load_suite((folder_ / "suite.json").string()), SliceStore(folder_ / "store"), models,
                     options);
  }
};

TEST_F(Planning, ShardsPartTheItems) {
  const Plan whole = plan({"a", "b"});
  for (int64_t count : {1, 2, 5, 12, 40}) {
    std::vector<int64_t> seen;
    for (int64_t i = 1; i <= count; ++i) {
      for (const WorkItem* item : whole.shard({i, count})) seen.push_back(item->index);
    }
    std::sort(seen.begin(), seen.end());
    ASSERT_EQ(seen.size(), whole.items.size());
    for (size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], static_cast<int64_t>(i));
  }
  for (const char* wrong : {"", "1", "0/3", "4/3", "1/0", "a/b", "1/3x", "-1/3"})
    EXPECT_THROW(parse_shard(wrong), Error) << wrong;
  EXPECT_EQ(to_text(parse_shard("2/5")), "2/5");
}

TEST_F(Planning, SeedsDependOnTheSliceAndNotOnModelOrPlace) {
  EXPECT_EQ(slice_seed(1, "t", {{"d", "c"}, 3}), slice_seed(1, "t", {{"d", "c"}, 3}));
  std::set<uint64_t> seeds;
  for (uint64_t run_seed : {1, 2}) {
    for (const char* task : {"t", "u"}) {
      for (const char* case_id : {"c", "d"}) {
        for (int64_t slice = 0; slice < 100; ++slice)
          seeds.insert(slice_seed(run_seed, task, {{"d", case_id}, slice}));
      }
    }
  }
  EXPECT_EQ(seeds.size(), 800U);
}

TEST_F(Planning, TasksAndCasesCanBeSelected) {
  EXPECT_EQ(plan({"a"}, {{"*-to-ct"}, 0}).tasks.size(), 2U);
  EXPECT_EQ(plan({"a"}, {{"*"}, 0}).tasks.size(), 3U);
  EXPECT_EQ(plan({"a"}, {{"b*-mr-*ct*"}, 0}).tasks.size(), 1U);
  EXPECT_EQ(plan({"a"}, {{"brain-mr-to-ct"}, 1}).items.size(), 1U);
  try {
    plan({"a"}, {{"brain-mri-to-ct"}, 0});
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("did you mean \"brain-mr-to-ct\"?"), std::string::npos)
        << error.what();
  }
}

TEST_F(Planning, AStoreWithoutAnyCaseOfTheSuiteSaysWhatItHolds) {
  RunOptions o = options("a");
  o.suite = "unseen";
  try {
    run(o, test_models());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kUsage);
    EXPECT_NE(std::string(error.what()).find("brain test"), std::string::npos) << error.what();
  }
  EXPECT_FALSE(std::filesystem::exists(o.out));
}

TEST_F(Planning, IsShownAsTextAndJson) {
  RunOptions o = options("a");
  const Plan whole = plan_run(o);
  EXPECT_EQ(describe(whole),
            "task               cases   slices\n"
            "brain-mr-to-ct         2       18\n"
            "brain-cbct-to-ct       2       18\n"
            "brain-ct-to-mr         2       18\n"
            "12 items for 2 models\n");
  EXPECT_EQ(to_json(whole, {2, 3}, 1)["items"][0]["key"], "brain-mr-to-ct|noisy|made/brain-p07-c0");
}

class Records : public RunFixture {};

TEST_F(Records, ComeBackFromResultsUnchanged) {
  RunOptions o = options("a");
  o.models = {"noisy", "f=faulty(noisy, throw=0.1)"};
  run(o, test_models());
  const Results results = read_results(o.out);
  EXPECT_EQ(to_text(to_json(results)) + "\n", read_file(o.out / "results.json"));
  EXPECT_EQ(to_text(to_json(results_from_json(to_json(results), "test"))), to_text(to_json(results)));
}

TEST_F(Records, ADamagedResultsFileSaysWhere) {
  run(options("a"), test_models());
  Json json = read_json(folder_ / "a" / "results.json");
  json["cases"][3]["measures"][0]["value"] = "much";
  write_json(folder_ / "a" / "results.json", json);
  try {
    read_results(folder_ / "a");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kBadInput);
    EXPECT_NE(std::string(error.what()).find("results.json: /cases/3/measures/0/value: a number is wanted"),
              std::string::npos)
        << error.what();
  }
}

/// What file_name_of() wrote, read back.
std::string key_of(const std::string& name) {
  std::string key;
  for (size_t i = 0; i < name.size(); ++i) {
    if (name[i] != '%') {
      key += name[i];
    } else if (i + 2 < name.size()) {
      key += static_cast<char>(std::stoi(name.substr(i + 1, 2), nullptr, 16));
      i += 2;
    }
  }
  return key;
}

TEST(FileNames, OfHarmlessKeysAreTheKeys) {
  EXPECT_EQ(file_name_of("mean"), "mean");
  EXPECT_EQ(file_name_of("v1.2_b-3"), "v1.2_b-3");
  EXPECT_EQ(file_name_of("pix2pix:runs/a"), "pix2pix%3Aruns%2Fa");
}

TEST(FileNames, OfAllKeysAreDifferentAndCanBeReadBack) {
  std::set<std::string> names;
  for (const std::string key : {"a:b", "a/b", "a b", "a_b", "a%b", "a%2Fb", "..", ".", "-a", "check(a, b)",
                                "", "%", "My model, v2 | \u00fc", "\"quoted\"", "a|b"}) {
    const std::string name = file_name_of(key);
    EXPECT_TRUE(names.insert(name).second) << key;
    EXPECT_EQ(key_of(name), key) << name;
    EXPECT_EQ(name.find('/'), std::string::npos);
    EXPECT_NE(name[0], '.');
  }
}

TEST(FileNames, OfLongKeysFitAFileSystemAndAreDifferent) {
  const std::string a(500, 'x'), b(501, 'x');
  EXPECT_LE(file_name_of(a).size(), 160U);
  EXPECT_NE(file_name_of(a), file_name_of(b));
  EXPECT_EQ(case_file({"..", "../../etc/passwd"}).string().find(".."), std::string::npos);
}

TEST(FileNames, PanelsLieByTaskAndPredictionsByModel) {
  const ItemKey record{"brain-mr-to-ct", "mean", {"synthrad2023", "1BA001"}};
  EXPECT_EQ(panel_path("run", record), "run/panels/brain-mr-to-ct/mean/synthrad2023/1BA001.safetensors");
  EXPECT_EQ(prediction_path("run", record),
            "run/predictions/mean/brain-mr-to-ct/synthrad2023/1BA001.safetensors");
  EXPECT_EQ(predictions_of("run", "mean"), "run/predictions/mean");
}

}  // namespace
}  // namespace synerbench
