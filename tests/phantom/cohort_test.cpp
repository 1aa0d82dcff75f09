#include "suites/phantom/cohort.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "harness/core/error.h"

namespace synerbench::phantom {
namespace {

PlannedCase find_case(const CohortOptions& options, const std::string& start,
                      const std::string& center = "") {
  for (const PlannedCase& one : plan_cohort(options)) {
    if (one.id.rfind(start, 0) == 0 && (center.empty() || one.center == center)) return one;
  }
  throw std::runtime_error("no case " + start);
}

std::vector<Image> simulate(const std::string& start, const std::string& center = "",
                            CohortOptions options = {}) {
  return simulate_case(find_case(options, start, center), options, 2);
}

double mean_where(const Volume& values, const Volume& mask, float low, float high, const Volume& of) {
  double sum = 0, count = 0;
  for (size_t v = 0; v < values.voxels.size(); ++v) {
    if (mask.voxels[v] == 0 || of.voxels[v] < low || of.voxels[v] > high) continue;
    sum += static_cast<double>(values.voxels[v]);
    count += 1;
  }
  return sum / count;
}

TEST(Plan, IsALineOrAnObjectPerCase) {
  CohortOptions options;
  options.datasets = {"brats"};
  const auto plan = plan_cohort(options);
  const std::string text = to_text(plan);
  EXPECT_EQ(static_cast<size_t>(std::count(text.begin(), text.end(), '\n')), plan.size());
  EXPECT_EQ(text.rfind("brats ", 0), 0u);
  ASSERT_EQ(to_json(plan).size(), plan.size());
  EXPECT_EQ(to_json(plan)[0]["files"], Json(plan[0].files));
}

TEST(Misregistration, IsNamedAndOthersAreRefused) {
  EXPECT_EQ(parse_misregistration("none"), Misregistration::Kind::kNone);
  EXPECT_EQ(parse_misregistration("rigid"), Misregistration::Kind::kRigid);
  EXPECT_EQ(parse_misregistration("elastic"), Misregistration::Kind::kElastic);
  EXPECT_THROW(parse_misregistration("elastik"), Error);
}

TEST(Plan, NamesEveryCaseAndFileOnce) {
  std::set<std::string> files, seeds;
  for (const PlannedCase& one : plan_cohort({})) {
    for (const std::string& file : one.files) EXPECT_TRUE(files.insert(file).second) << file;
    EXPECT_TRUE(seeds.insert(std::to_string(one.physics_seed)).second) << one.id;
    EXPECT_FALSE(one.files.empty());
  }
}

TEST(Plan, CoversAllRegionsAndDataSets) {
  std::set<std::string> regions, datasets;
  for (const PlannedCase& one : plan_cohort({})) {
    regions.insert(one.region);
    datasets.insert(one.dataset);
  }
  EXPECT_EQ(regions, (std::set<std::string>{"brain", "pelvis", "wb", "brats", "abdomen", "head-neck",
                                            "thorax", "heart"}));
  EXPECT_EQ(datasets.size(), 5u);
}

TEST(Plan, TaskOneOfThePelvisHasNoCenterB) {
  for (const PlannedCase& one : plan_cohort({})) {
    if (one.id.rfind("1P", 0) == 0) {
      EXPECT_NE(one.center, "B") << one.id;
    }
  }
}

TEST(Plan, ChangesSeedsWithTheCohortsSeedButNotNames) {
  CohortOptions other;
  other.seed = 2;
  const auto a = plan_cohort({}), b = plan_cohort(other);
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].files, b[i].files);
    EXPECT_NE(a[i].anatomy_seed, b[i].anatomy_seed);
  }
}

TEST(Plan, KeepsTheAnatomyOfAPatientWhoComesTwice) {
  std::map<std::string, std::vector<PlannedCase>> by_patient;
  for (const PlannedCase& one : plan_cohort({}))
    by_patient[one.dataset + one.edition + one.patient].push_back(one);
  int twice = 0;
  for (const auto& [patient, cases] : by_patient) {
    if (cases.size() < 2) continue;
    ++twice;
    EXPECT_EQ(cases[0].anatomy_seed, cases[1].anatomy_seed);
    EXPECT_NE(cases[0].physics_seed, cases[1].physics_seed);
  }
  EXPECT_GE(twice, 3) << "both autoPET studies and BraTS time points";
}

TEST(Plan, RefusesWhatItDoesNotKnow) {
  CohortOptions options;
  options.datasets = {"synthrad2024"};
  EXPECT_THROW(plan_cohort(options), Error);
  options.datasets = {"brats"};
  options.regions = {"heart"};
  EXPECT_THROW(plan_cohort(options), Error) << "BraTS has no hearts";
  EXPECT_THROW(parse_cohort_size("big"), Error);
}

TEST(Cohort, ARegionThatNoDataSetHasAndADataSetWithoutTheRegionsAreRefused) {
  const auto error = [](std::vector<std::string> datasets, std::vector<std::string> regions) -> std::string {
    CohortOptions options;
    options.datasets = std::move(datasets);
    options.regions = std::move(regions);
    try {
      plan_cohort(options);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kUsage);
      return error.problem();
    }
    return "";
  };
  EXPECT_EQ(error({"synthrad2023"}, {"pelvis", "heart"}), "none of these data sets has the region \"heart\"");
  EXPECT_EQ(error({"synthrad2023", "brats"}, {"pelvis"}), "data set \"brats\" has none of these regions");
  EXPECT_EQ(error({"synthrad2023", "brats"}, {"pelvis", "brats"}), "");
  EXPECT_EQ(error({}, {"pelvis"}), "") << "all data sets were not asked for by name";
}

// What phantom says comes next names folders that are there.
TEST(Cohort, ImportCommandsNameTheFoldersOfThePlan) {
  CohortOptions options;
  options.datasets = {"brats", "myops"};
  const auto plan = plan_cohort(options);
  const auto commands = import_commands(plan, "runs/p");
  std::set<std::string> folders;
  for (const PlannedCase& planned : plan) folders.insert(planned.folder.substr(0, planned.folder.find('/')));
  EXPECT_EQ(commands.size(), folders.size());
  for (const std::string& folder : folders) {
    EXPECT_TRUE(std::any_of(commands.begin(), commands.end(), [&](const std::string& command) {
      return command.find(" runs/p/" + folder + " --out runs/p/store") != std::string::npos;
    })) << folder;
  }
  EXPECT_EQ(commands.back(), "synerbench import myops runs/p/myops --out runs/p/store");
}

TEST(Cohort, SameSeedGivesTheSameValuesOnAnyNumberOfThreads) {
  for (const char* id : {"2BA", "1PC", "PETCT", "BraTS2021", "101"}) {
    const PlannedCase planned = find_case({}, id);
    const auto one = simulate_case(planned, {}, 1), two = simulate_case(planned, {}, 2);
    ASSERT_EQ(one.size(), two.size());
    for (size_t i = 0; i < one.size(); ++i) {
      EXPECT_EQ(one[i].volume.voxels, two[i].volume.voxels) << id << " " << one[i].name;
    }
  }
}

TEST(Cohort, CtShowsTissuesNearTheTable) {
  // Per patient a few HU off; noise averages out. Femoral spongy bone and bladder are large enough to find by
  // value.
  const auto images = simulate("1PA");
  const Volume &ct = images[1].volume, &mask = images[2].volume;
  EXPECT_NEAR(mean_where(ct, mask, 20, 95, ct), 52, 14) << "muscle";
  EXPECT_NEAR(mean_where(ct, mask, -140, -60, ct), -98, 14) << "fat";
}

TEST(Cohort, CbctOfSomeCentersHasNoNegativeValues) {
  for (const auto& [id, center, shifted] : {std::tuple{"2B", "A", false},
                                            {"2B", "B", false},
                                            {"2B", "C", true},
                                            {"2AB", "D", false},
                                            {"2AB", "E", true}}) {
    CohortOptions options;
    const auto images = simulate(id, center, options);
    const auto [low, high] =
        std::minmax_element(images[0].volume.voxels.begin(), images[0].volume.voxels.end());
    EXPECT_GE(*low, shifted ? 0 : -1000) << id << center;
    EXPECT_LT(*low, shifted ? 100 : -900) << id << center << ": air, as its calibration reads it";
    const double soft = mean_where(images[0].volume, images[2].volume, 0, 100, images[1].volume);
    EXPECT_NEAR(soft, shifted ? 970 : -30, 110) << id << center;
  }
}

TEST(Cohort, CbctIsDarkerInTheMiddleThanCtSays) {
  for (const char* id : {"2BA", "2PA"}) {
    const auto images = simulate(id, "A");
    const Volume &cbct = images[0].volume, &ct = images[1].volume, &mask = images[2].volume;
    const Geometry& g = ct.geometry;
    double middle = 0, rim = 0, n_middle = 0, n_rim = 0;
    for (int64_t k = 0; k < g.size[2]; ++k) {
      for (int64_t j = 0; j < g.size[1]; ++j) {
        for (int64_t i = 0; i < g.size[0]; ++i) {
          if (mask.at(i, j, k) == 0 || ct.at(i, j, k) < -10 || ct.at(i, j, k) > 100) continue;
          const double r = std::hypot(static_cast<double>(i) / static_cast<double>(g.size[0]) - 0.5,
                                      static_cast<double>(j) / static_cast<double>(g.size[1]) - 0.5);
          const double error = static_cast<double>(cbct.at(i, j, k) - ct.at(i, j, k));
          if (r < 0.15) middle += error, n_middle += 1;
          if (r > 0.28) rim += error, n_rim += 1;
        }
      }
    }
    EXPECT_LT(middle / n_middle, rim / n_rim - 15) << id << ": cupping";
  }
}

TEST(Cohort, MasksOfCbctEndWhereItsFieldOfViewDoes) {
  const auto images = simulate("2AB", "B");  // center B's field is too narrow for the body
  const Volume &cbct = images[0].volume, &ct = images[1].volume, &mask = images[2].volume;
  int64_t outside = 0;
  for (size_t v = 0; v < mask.voxels.size(); ++v) {
    if (mask.voxels[v] == 0 && ct.voxels[v] > -50 && cbct.voxels[v] == -1000) ++outside;
  }
  EXPECT_GE(outside, 0);
  for (size_t v = 0; v < mask.voxels.size(); ++v) {
    if (mask.voxels[v] == 1 && ct.voxels[v] > 0) {
      ASSERT_GT(cbct.voxels[v], -990) << "inside the mask there is an image";
    }
  }
}

TEST(Cohort, PelvicMrIsT1AtCenterAAndT2AtCenterC) {
  // Fat against muscle and urine against muscle, found through the CT of the same patient.
  for (const char* center : {"A", "C"}) {
    const auto images = simulate("1P", center);
    const Volume &mr = images[0].volume, &ct = images[1].volume, &mask = images[2].volume;
    const double fat = mean_where(mr, mask, -130, -80, ct), muscle = mean_where(mr, mask, 40, 80, ct);
    EXPECT_GT(fat, 1.5 * muscle) << center;
  }
}

TEST(Cohort, PetIsNotWrittenInCt) {
  // Lesions and decoys look alike on CT: the oracle without uptake differs from the truth in lesions.
  CohortOptions options;
  options.regions = {"wb"};
  double inside = 0, outside = 0, n_inside = 0, n_outside = 0;
  int seen = 0;
  for (const PlannedCase& planned : plan_cohort(options)) {
    if (seen++ == 2) break;
    const auto truth = simulate_case(planned, options, 2),
               oracle = simulate_oracle(planned, options, Knowledge::kPatient, 2);
    EXPECT_EQ(truth[1].volume.voxels, oracle[1].volume.voxels) << "CTres is the same";
    for (size_t v = 0; v < truth[3].volume.voxels.size(); ++v) {
      const double error =
          std::abs(static_cast<double>(truth[3].volume.voxels[v] - oracle[3].volume.voxels[v]));
      (truth[4].volume.voxels[v] > 0 ? inside : outside) += error;
      (truth[4].volume.voxels[v] > 0 ? n_inside : n_outside) += 1;
    }
  }
  ASSERT_GT(n_inside, 0);
  EXPECT_GT(inside / n_inside, 2) << "SUV";
  EXPECT_LT(outside / n_outside, 0.1);
}

TEST(Cohort, MisregistrationMovesTheSecondImageOnly) {
  CohortOptions still, moved;
  moved.misregistration = {Misregistration::Kind::kRigid, 4};
  const auto a = simulate("1BA", "", still), b = simulate("1BA", "", moved);
  EXPECT_EQ(a[1].volume.voxels, b[1].volume.voxels) << "CT stays";
  EXPECT_NE(a[0].volume.voxels, b[0].volume.voxels) << "MR moves";
  moved.misregistration.kind = Misregistration::Kind::kElastic;
  EXPECT_NE(simulate("1BA", "", moved)[0].volume.voxels, b[0].volume.voxels);
}

TEST(NamedCohort, HasEnoughTestPatientsForEveryTaskOfTheSuite) {
  const CohortOptions options = cohort_named("bench@1").options;
  std::map<std::string, std::set<std::string>> test, train;
  for (const PlannedCase& one : plan_cohort(options))
    (one.test ? test : train)[one.dataset + one.edition + one.region].insert(one.patient);
  EXPECT_EQ(test.size(), 6u) << "brain and pelvis with MR and with CBCT, whole body, brain tumors";
  for (const auto& [group, patients] : test) {
    EXPECT_EQ(patients.size(), 24u) << group;
    EXPECT_EQ(train[group].size(), 48u) << group;
  }
  EXPECT_EQ(options.cohort, "bench@1");
  EXPECT_THROW(cohort_named("bench@9"), Error);
}

TEST(NamedCohort, TheDemosPatientsAreOthersUnderTheSameSettings) {
  const CohortOptions bench = cohort_named("bench@1").options, demo = cohort_named("demo@1").options;
  EXPECT_EQ(to_json(demo.changes), to_json(bench.changes));
  std::set<uint64_t> anatomies;
  for (const PlannedCase& one : plan_cohort(bench)) anatomies.insert(one.anatomy_seed);
  std::map<std::string, std::set<std::string>> test;
  for (const PlannedCase& one : plan_cohort(demo)) {
    EXPECT_FALSE(anatomies.contains(one.anatomy_seed)) << one.folder;
    if (one.test) test[one.dataset + one.edition + one.region].insert(one.patient);
  }
  EXPECT_EQ(test.size(), 6u);
  for (const auto& [group, patients] : test) EXPECT_EQ(patients.size(), 3u) << group;
}

TEST(PairChanges, MoveTheSecondImageAndLeaveTheFirst) {
  CohortOptions still, changed;
  changed.changes.elastic_mm = {1, 3};
  for (const char* id : {"1BA", "2PA"}) {
    const auto a = simulate(id, "", still), b = simulate(id, "", changed);
    EXPECT_EQ(a[1].volume.voxels, b[1].volume.voxels) << id << ": CT stays";
    EXPECT_NE(a[0].volume.voxels, b[0].volume.voxels) << id;
  }
}

TEST(PairChanges, FillTheBladderDifferentlyOnAnotherDay) {
  CohortOptions still, changed;
  changed.changes.filling = true;
  const auto a = simulate("1PC", "C", still), b = simulate("1PC", "C", changed);  // T2: urine is bright
  EXPECT_EQ(a[1].volume.voxels, b[1].volume.voxels);
  EXPECT_NE(a[0].volume.voxels, b[0].volume.voxels);
  const auto head = simulate("1BA", "", changed), same = simulate("1BA", "", still);
  EXPECT_EQ(head[0].volume.voxels, same[0].volume.voxels) << "a head has no bladder";
}

TEST(PairChanges, LetPetBreatheAroundTheDiaphragmOnly) {
  CohortOptions still, changed;
  changed.changes.breathing_mm = 14;
  const auto a = simulate("PETCT", "", still), b = simulate("PETCT", "", changed);
  EXPECT_EQ(a[1].volume.voxels, b[1].volume.voxels) << "CT holds its breath";
  const Volume &one = a[3].volume, &other = b[3].volume;
  const Geometry& g = one.geometry;
  double near = 0, far = 0;
  for (int64_t k = 0; k < g.size[2]; ++k) {
    const double z = g.origin[2] + g.spacing[2] * static_cast<double>(k);
    for (int64_t j = 0; j < g.size[1]; ++j) {
      for (int64_t i = 0; i < g.size[0]; ++i) {
        const double d = std::abs(static_cast<double>(one.at(i, j, k) - other.at(i, j, k)));
        if (z > 250 && z < 400) near = std::max(near, d);
        if (z > 620) far = std::max(far, d);
      }
    }
  }
  EXPECT_GT(near, 0.3) << "SUV";
  EXPECT_LT(far, 1e-4) << "the head lies still";
}

TEST(PairChanges, TurnTheContrastsOfABrainALittle) {
  CohortOptions still, changed;
  changed.changes.contrast_mm = 0.8;
  const auto a = simulate("BraTS2021", "", still), b = simulate("BraTS2021", "", changed);
  EXPECT_EQ(a[0].volume.voxels, b[0].volume.voxels) << "T1 is the first";
  for (size_t m = 1; m < 4; ++m) EXPECT_NE(a[m].volume.voxels, b[m].volume.voxels) << m;
  EXPECT_EQ(a[4].volume.voxels, b[4].volume.voxels) << "labels are drawn on the first";
}

TEST(Oracle, IsTheImageWithoutItsNoiseInItsOwnGeometry) {
  CohortOptions options;
  options.changes = cohort_named("bench@1").options.changes;
  for (const char* id : {"1PA", "2PC"}) {
    const PlannedCase planned = find_case(options, id);
    const auto truth = simulate_case(planned, options, 2),
               oracle = simulate_oracle(planned, options, Knowledge::kOracle, 2),
               aligned = simulate_oracle(planned, options, Knowledge::kOracle, 2, truth[0].modality);
    for (size_t i = 0; i < 2; ++i) {
      const auto& values = truth[i].volume.voxels;
      double error = 0, spread = 0, mean = 0, off = 0;
      for (const float v : values) mean += static_cast<double>(v) / static_cast<double>(values.size());
      for (size_t v = 0; v < values.size(); ++v) {
        const auto value = static_cast<double>(values[v]);
        error += std::pow(static_cast<double>(oracle[i].volume.voxels[v]) - value, 2);
        off += std::pow(static_cast<double>(aligned[i].volume.voxels[v]) - value, 2);
        spread += std::pow(value - mean, 2);
      }
      EXPECT_GT(error, 0) << id << " has noise";
      EXPECT_LT(error, 0.02 * spread) << id << " " << truth[i].name;
      if (i == 1) {
        EXPECT_GT(off, 2 * error) << id << ": the source lies elsewhere";
      }
    }
  }
}

TEST(Cohort, TinyImagesFitTheirCanvas) {
  for (const char* id : {"1BA", "2PA", "1AB", "2HN", "BraTS2021", "101"}) {
    for (const Image& one : simulate(id)) {
      EXPECT_LE(one.volume.geometry.size[0], 64) << id;
      EXPECT_LE(one.volume.geometry.size[1], 64) << id;
      EXPECT_LE(one.volume.geometry.size[2], 24) << id;
    }
  }
}

}  // namespace
}  // namespace synerbench::phantom
