#include "reference/understanding/answers.h"
#include "reference/understanding/instances.h"
#include "reference/understanding/prepared_sample.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "harness/core/error.h"
#include "reference/tokenizer/trainer.h"
#include "reference/understanding/prompts.h"
#include "tests/reference/support/pairs.h"
#include "tests/support/derived_pairs.h"
#include "tests/support/temp_folder.h"

namespace synerbench::reference {
namespace {

using ::testing::HasSubstr;
using testing::MadePairs;

const Task kBrain{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};
const Task kCone{"brain-cbct-to-ct", "brain", Modality::kCBCT, Modality::kCT};

InstanceBuilder builder(const MadePairs& a, const MadePairs& b, InstanceSettings settings = {}) {
  return InstanceBuilder({{kBrain, &a}, {kCone, &b}}, settings);
}

TEST(Instances, CtsHoldsTheTrueSliceUnderItsLetterAndNeighborsElsewhere) {
  const MadePairs a(3, 20, 16), b(2, 20, 16);
  const InstanceBuilder build = builder(a, b);
  std::map<std::string, int> letters;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Random random(seed);
    const Instance instance = build.make(InstanceKind::kCts, random);
    ASSERT_EQ(instance.images.size(), 5u);
    ASSERT_EQ(instance.options, 4u);
    ++letters[instance.answer];
    // MadePairs writes case and slice into the pixels, so the images say where they came from.
    const auto source = MadePairs::origin(instance.images[0]);
    for (size_t i = 0; i < 4; ++i) {
      const auto candidate = MadePairs::origin(instance.images[i + 1]);
      EXPECT_EQ(candidate.case_number, source.case_number);
      EXPECT_TRUE(candidate.is_target);
      EXPECT_EQ(instance.origins[i + 1].slice.scan.patient, std::to_string(candidate.case_number));
      EXPECT_EQ(instance.origins[i + 1].slice.slice, 10 + candidate.slice);
      EXPECT_EQ(instance.origins[i + 1].modality, Modality::kCT);
      const int64_t offset = candidate.slice - source.slice;
      if (option_letter(i) == instance.answer) {
        EXPECT_EQ(offset, 0);
      } else {
        EXPECT_NE(offset, 0);
        EXPECT_LE(std::abs(offset), 8);
      }
    }
    EXPECT_EQ(score_answer(instance, instance.answer), 1.0);
  }
  EXPECT_EQ(letters.size(), 4u);
  for (const auto& [letter, count] : letters) EXPECT_GT(count, 25) << letter;
}

TEST(Instances, RandomNegativesComeFromOtherPatients) {
  const MadePairs a(3, 20, 16), b(3, 20, 16);
  InstanceSettings settings;
  settings.random_negatives = true;
  const InstanceBuilder build = builder(a, b, settings);
  Random random(1);
  const Instance instance = build.make(InstanceKind::kCts, random);
  const auto source = MadePairs::origin(instance.images[0]);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(MadePairs::origin(instance.images[i + 1]).case_number == source.case_number,
              option_letter(i) == instance.answer);
  }
}

TEST(Instances, CtsWithoutNeighborsIsAnErrorWithAReason) {
  const MadePairs a(3, 2, 16), b(2, 2, 16);
  const InstanceBuilder build = builder(a, b);
  Random random(1);
  EXPECT_THROW(build.make(InstanceKind::kCts, random), Error);
}

TEST(Instances, SameSeedSameInstance) {
  const MadePairs a(3, 20, 16), b(2, 20, 16);
  const InstanceBuilder build = builder(a, b);
  for (const InstanceKind kind : {InstanceKind::kCts, InstanceKind::kMi, InstanceKind::kMiPanel,
                                  InstanceKind::kTia, InstanceKind::kSynthesis, InstanceKind::kVqa,
                                  InstanceKind::kCaption, InstanceKind::kTextToImage, InstanceKind::kText}) {
    Random one(5), two(5);
    const Instance x = build.make(kind, one), y = build.make(kind, two);
    EXPECT_EQ(x.origins, y.origins);
    EXPECT_EQ(x.origins.size(), x.images.size());
    EXPECT_EQ(x.answer, y.answer);
    ASSERT_EQ(x.images.size(), y.images.size());
    for (size_t i = 0; i < x.images.size(); ++i) EXPECT_EQ(x.images[i].pixels, y.images[i].pixels);
  }
}

/// The four sequences of BraTS, all pairs, each in one direction, and two routes that share CT.
struct ManyTasks {
  MadePairs pairs{6, 20, 8};
  std::vector<TaskPairs> brats() const {
    std::vector<TaskPairs> tasks;
    const Modality all[] = {Modality::kT1, Modality::kT1c, Modality::kT2, Modality::kFLAIR};
    for (size_t i = 0; i < 4; ++i) {
      for (size_t j = i + 1; j < 4; ++j)
        tasks.push_back({{make_task_id("brats", all[i], all[j]), "brats", all[i], all[j]}, &pairs});
    }
    return tasks;
  }
  std::vector<TaskPairs> brain() const { return {{kBrain, &pairs}, {kCone, &pairs}}; }
};

struct Guess {
  double text = 0, first = 0, second = 0, both = 0;
  std::map<std::string, int> forms;
};

/// How often the best guess is right of one who reads the options and knows the modality of no image, the
/// first, the second, or both. Options: the routes of `truth`, counted over the questions themselves, so that
/// whatever the option sets give away by their make is used.
Guess guess(const InstanceBuilder& build, int questions) {
  std::map<std::pair<std::vector<Route>, Route>, int> truths;  // of the options in their order of routes
  std::vector<Question> all;
  Guess right;
  for (int i = 0; i < questions; ++i) {
    Question question = build.question(InstanceKind::kTia, 11, i);
    std::vector<Route> sorted = question.routes;
    std::sort(sorted.begin(), sorted.end());
    ++truths[{sorted, question.routes[question.correct]}];
    ++right.forms[name_of(*question.facts.form)];
    all.push_back(std::move(question));
  }
  const auto correct = [&](const Question& question, auto&& possible) {
    std::vector<Route> sorted = question.routes;
    std::sort(sorted.begin(), sorted.end());
    Route best = {};
    int most = -1;
    for (const Route& route : sorted) {
      const int count = truths[{sorted, route}];
      if (possible(route) && count > most) std::tie(best, most) = std::pair(route, count);
    }
    return best == question.routes[question.correct] ? 1.0 / static_cast<double>(all.size()) : 0.0;
  };
  for (const Question& question : all) {
    const Route truth = question.routes[question.correct];
    right.text += correct(question, [](const Route&) { return true; });
    right.first += correct(question, [&](const Route& r) { return r.from == truth.from; });
    right.second += correct(question, [&](const Route& r) { return r.to == truth.to; });
    right.both += correct(question, [&](const Route& r) { return r == truth; });
  }
  return right;
}

// 6000 questions: four standard deviations are 2.2 points at a quarter and 2.6 at a half. The guesser has
// seen the answers, which is worth 1 to 3 points to it with some 6 to 24 sets of options.
TEST(Tia, OfCrossedRoutesNeitherTheTextNorTheModalityOfOneImageSaysTheAnswer) {
  const ManyTasks many;
  const Guess right = guess(InstanceBuilder(many.brats(), {}), 6000);
  EXPECT_EQ(right.forms.size(), 1u);
  EXPECT_EQ(right.forms.count("crossed"), 1u);
  EXPECT_NEAR(right.text, 0.25, 0.05);
  EXPECT_LE(right.first, 0.55);
  EXPECT_LE(right.second, 0.55);
  EXPECT_GE(right.first, 0.45);
  EXPECT_DOUBLE_EQ(std::round(right.both * 1e9), 1e9);
}

// The cost of having the reverse among four options; see Note [Options without an answer].
TEST(Tia, OfReversedRoutesTheTextSaysNothingAndOneModalityThreeQuarters) {
  const ManyTasks many;
  InstanceSettings reversed;
  reversed.crossed_routes = false;
  for (const auto& tasks : {many.brats(), many.brain()}) {
    const Guess right = guess(InstanceBuilder(tasks, reversed), 6000);
    EXPECT_EQ(right.forms.count("reversed"), 1u);
    EXPECT_NEAR(right.text, 0.25, 0.05);
    EXPECT_NEAR(right.first, 0.75, 0.05);
    EXPECT_NEAR(right.second, 0.75, 0.05);
  }
}

TEST(Tia, ReversedOptionsAreClosedAndTheOtherRouteSharesEitherEndHalfOfTheTime) {
  const ManyTasks many;
  InstanceSettings reversed;
  reversed.crossed_routes = false;
  const InstanceBuilder build(many.brats(), reversed);
  int source = 0;
  constexpr int kQuestions = 2000;
  for (int i = 0; i < kQuestions; ++i) {
    const Question question = build.question(InstanceKind::kTia, 3, i);
    const Route truth = question.routes[question.correct];
    const std::set<Route> options(question.routes.begin(), question.routes.end());
    ASSERT_EQ(options.size(), 4u);
    for (const Route& route : options) {
      EXPECT_TRUE(options.contains(route.reverse()));
      if (route != truth && route.from == truth.from) ++source;
    }
  }
  EXPECT_NEAR(source, kQuestions / 2, 4 * std::sqrt(kQuestions * 0.25));
}

TEST(Tia, ARouteWithoutCompanyInItsRegionIsSetBesideOneOfAnother) {
  const ManyTasks many;
  std::vector<TaskPairs> tasks = many.brain();
  tasks.push_back({{"wb-ct-to-pet", "wb", Modality::kCT, Modality::kPET}, &many.pairs});
  const InstanceBuilder build(tasks, {});
  const Guess right = guess(build, 6000);
  EXPECT_NEAR(right.text, 0.25, 0.05);
  EXPECT_EQ(right.forms.count("alone"), 0u);
  // Every route that is offered is the true one of some question.
  std::set<Route> offered, truths;
  for (int i = 0; i < 500; ++i) {
    const Question question = build.question(InstanceKind::kTia, 1, i);
    offered.insert(question.routes.begin(), question.routes.end());
    truths.insert(question.routes[question.correct]);
  }
  EXPECT_EQ(offered, truths);
  EXPECT_TRUE(truths.contains(Route{Modality::kPET, Modality::kCT}));
}

TEST(Tia, ItsImagesAndItsAnswerSayTheSame) {
  const MadePairs a(3, 20, 16), b(2, 20, 16);
  const InstanceBuilder build = builder(a, b);
  for (uint64_t seed = 0; seed < 100; ++seed) {
    Random random(seed);
    const Instance instance = build.make(InstanceKind::kTia, random);
    const Modality first = instance.origins[0].modality, second = instance.origins[1].modality;
    EXPECT_EQ(instance.origins[0].slice, instance.origins[1].slice);
    EXPECT_EQ(MadePairs::origin(instance.images[0]).is_target, first == Modality::kCT);
    const std::string question = instance.items[4].text;
    const size_t line = question.find("\n" + instance.answer + ". ") + 4;
    const auto pool = route_descriptions(first, second);
    const std::string said = question.substr(line, question.find('\n', line) - line);
    EXPECT_NE(std::find(pool.begin(), pool.end(), said), pool.end()) << said;
  }
}

TEST(Cts, TheTrueSliceIsAtNoPlaceMoreThanAtAnother) {
  const MadePairs a(3, 40, 8), b(2, 40, 8);
  const InstanceBuilder build = builder(a, b);
  std::map<size_t, int> ranks;
  std::map<std::string, int> ranges;
  constexpr int kQuestions = 4000;
  for (int i = 0; i < kQuestions; ++i) {
    const Question question = build.question(InstanceKind::kCts, 5, i);
    const auto& distances = question.facts.distances;
    ++ranks[static_cast<size_t>(
        std::count_if(distances.begin(), distances.end(), [](int64_t d) { return d < 0; }))];
    for (const int64_t distance : distances) {
      EXPECT_LE(std::abs(distance), 8);
      if (distance != 0) ++ranges[distance_range(std::abs(distance))];
    }
    EXPECT_EQ(question.facts.distances[question.correct], 0);
    EXPECT_TRUE(question.facts.area_matched) << "all bodies of MadePairs are equal";
  }
  // Along the volume the true one is the first, second, third and last equally often.
  for (size_t rank = 0; rank < 4; ++rank) EXPECT_NEAR(ranks[rank], 1000, 4 * std::sqrt(750)) << rank;
  for (const char* range : {"1", "2", "3-4", "5-8"}) EXPECT_GT(ranges[range], kQuestions * 3 / 10) << range;
}

/// Bodies that grow along the volume: by 2 % a slice in the lower half, by 30 % in the upper.
class GrowingPairs final : public testing_support::DerivedPairs {
 public:
  GrowingPairs() : DerivedPairs(pairs_) {}
  void read(int64_t i, std::span<float> s, std::span<float> t, std::span<uint8_t> m) const override {
    pairs_.read(i, s, t, m);
    const int64_t slice = i % 30;
    const double area =
        300 * std::pow(1.02, std::min<int64_t>(slice, 15)) * std::pow(1.3, std::max<int64_t>(slice - 15, 0));
    for (size_t p = 0; p < m.size(); ++p) m[p] = static_cast<double>(p) < area;
  }

 private:
  MadePairs pairs_{2, 30, 160};
};

TEST(Cts, NegativesHaveTheAreaOfTheTruthWhereTheVolumeAllowsIt) {
  const GrowingPairs pairs;
  const InstanceBuilder build({{kBrain, &pairs}}, {});
  int matched = 0, lower = 0;
  for (int i = 0; i < 300; ++i) {
    const Question question = build.question(InstanceKind::kCts, 5, i);
    std::vector<double> areas;
    bool low = true;
    for (size_t image = 1; image < question.images.size(); ++image) {
      const PairPlace& place = question.images[image].place;
      areas.push_back(build.index().facts(place, 0, 8).area[build.index().position(place)]);
      low = low && place.index % 30 <= 14;
    }
    const double ratio =
        *std::max_element(areas.begin(), areas.end()) / *std::min_element(areas.begin(), areas.end());
    EXPECT_EQ(question.facts.area_matched, ratio <= 1.1);
    matched += question.facts.area_matched;
    lower += low;
  }
  EXPECT_GT(matched, 120);
  EXPECT_GE(matched, lower * 9 / 10) << "five slices of 2 % are within 10 %";
}

TEST(Panels, HoldDifferentModalitiesOfOneRegionAndHalfOfThemAConfusablePair) {
  const ManyTasks many;
  std::vector<TaskPairs> tasks = many.brats();
  for (const TaskPairs& one : many.brain()) tasks.push_back(one);
  const InstanceBuilder build(tasks, {});
  int confusable = 0;
  constexpr int kQuestions = 1000;
  for (int i = 0; i < kQuestions; ++i) {
    const Question question = build.question(InstanceKind::kMiPanel, 2, i);
    ASSERT_EQ(question.labels.size(), 4u);
    const std::set<Modality> different(question.labels.begin(), question.labels.end());
    std::set<std::string> regions;
    for (const auto& image : question.images) regions.insert(build.tasks()[image.place.task].task.region);
    EXPECT_EQ(regions.size(), 1u);
    if (regions.contains("brats")) {
      EXPECT_EQ(different.size(), 4u);
      EXPECT_TRUE(question.facts.confusable);
    } else {
      EXPECT_EQ(different.size(), question.facts.confusable ? 3u : 2u);
    }
    confusable += question.facts.confusable;
  }
  EXPECT_NEAR(confusable, kQuestions / 2, 4 * std::sqrt(kQuestions * 0.25));
}

TEST(Panels, TheirAnswerIsReadAsJson) {
  const MadePairs a(3, 20, 16), b(2, 20, 16);
  const InstanceBuilder build = builder(a, b);
  Random random(2);
  for (int i = 0; i < 20; ++i) {
    const Instance instance = build.make(InstanceKind::kMiPanel, random);
    EXPECT_EQ(score_answer(instance, "The answer is " + instance.answer), 1.0);
    EXPECT_EQ(score_answer(instance, R"({"A": "nonsense"})"), 0.0);
  }
}

/// Patient "0" has nine cases, patient "9" has one.
class UnevenPatients final : public testing_support::DerivedPairs {
 public:
  UnevenPatients() : DerivedPairs(pairs_) {}
  SliceKey key(int64_t i) const override {
    SliceKey key = pairs_.key(i);
    if (key.scan.name != "9") key.scan.patient = "0";
    return key;
  }

 private:
  MadePairs pairs_{10, 12, 8};
};

TEST(Questions, AreAboutPatientsEquallyOftenHoweverManyCasesTheyHave) {
  const UnevenPatients pairs;
  InstanceSettings settings;
  for (const bool random_negatives : {false, true}) {
    settings.random_negatives = random_negatives;
    const InstanceBuilder build({{kBrain, &pairs}}, settings);
    int second = 0;
    for (int i = 0; i < 1000; ++i) {
      const Question question = build.question(InstanceKind::kCts, 1, i);
      second += build.index().patient(question.images[0].place) == 1;
      for (size_t c = 1; random_negatives && c < question.images.size(); ++c) {
        EXPECT_EQ(build.index().patient(question.images[c].place) ==
                      build.index().patient(question.images[0].place),
                  c - 1 == question.correct);
      }
    }
    EXPECT_NEAR(second, 500, 4 * std::sqrt(250));
  }
}

TEST(Questions, AreAboutPatientsEquallyOftenHoweverManyTasksTheyHave) {
  const ManyTasks many;
  const MadePairs others(6, 20, 8);  // as many patients in one task as BraTS has in six
  std::vector<TaskPairs> tasks = many.brats();
  tasks.push_back({kBrain, &others});
  const InstanceBuilder build(tasks, {});
  for (const InstanceKind kind : {InstanceKind::kCts, InstanceKind::kTia, InstanceKind::kVqa}) {
    int brats = 0;
    for (int i = 0; i < 1000; ++i)
      brats += build.tasks()[build.question(kind, 1, i).images[0].place.task].task.region == "brats";
    EXPECT_NEAR(brats, 500, 4 * std::sqrt(250)) << name_of(kind);
  }
}

TEST(Questions, AreAFunctionOfSeedAndNumberInAnyOrder) {
  const ManyTasks many;
  const InstanceBuilder one(many.brats(), {}), other(many.brats(), {});
  const auto same = [](const Question& a, const Question& b) {
    return a.correct == b.correct && a.wording == b.wording && a.descriptions == b.descriptions &&
           a.routes == b.routes && a.labels == b.labels && a.facts.distances == b.facts.distances &&
           std::equal(
               a.images.begin(), a.images.end(), b.images.begin(), b.images.end(),
               [](const auto& x, const auto& y) { return x.place == y.place && x.source == y.source; });
  };
  for (const InstanceKind kind : question_kinds()) {
    for (int i = 0; i < 50; ++i) one.question(kind, 7, i);
    int equal = 0;
    for (int i = 49; i >= 0; --i) {
      EXPECT_TRUE(same(one.question(kind, 7, i), other.question(kind, 7, i)));
      equal += same(one.question(kind, 7, i), other.question(kind, 8, i));
    }
    EXPECT_LT(equal, 10) << name_of(kind);
  }
}

TEST(Questions, HeldOutWordingsAreAskedOnlyWhereTheyAreWanted) {
  const ManyTasks many;
  InstanceSettings settings;
  for (const double share : {0.0, 0.5, 1.0}) {
    settings.unseen_wordings = share;
    const InstanceBuilder build(many.brats(), settings);
    for (const InstanceKind kind :
         {InstanceKind::kCts, InstanceKind::kTia, InstanceKind::kMi, InstanceKind::kMiPanel}) {
      int unseen = 0;
      for (int i = 0; i < 200; ++i) {
        const Question question = build.question(kind, 1, i);
        EXPECT_EQ(question.wording >= kSeenQuestionWordings, question.facts.unseen_wording);
        for (const size_t description : question.descriptions)
          EXPECT_EQ(description >= kSeenRouteWordings, question.facts.unseen_wording);
        unseen += question.facts.unseen_wording;
      }
      EXPECT_NEAR(unseen, 200 * share, share == 0.5 ? 29 : 0);
    }
  }
}

TEST(Questions, ShuffledAnswersAreRightNoMoreOftenThanAGuess) {
  const ManyTasks many;
  InstanceSettings shuffled;
  shuffled.shuffled_answers = true;
  const InstanceBuilder build(many.brats(), shuffled);
  int right = 0;
  for (int i = 0; i < 2000; ++i) {
    const Question question = build.question(InstanceKind::kCts, 9, i);
    right += question.facts.distances[question.correct] == 0;
  }
  EXPECT_NEAR(right, 500, 4 * std::sqrt(375));
}

TEST(Instances, RecognitionIsAboutOneSliceAndSaysWhatItIs) {
  const MadePairs a(3, 20, 16), b(2, 20, 16);
  const InstanceBuilder build = builder(a, b);
  std::set<std::string> answers;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Random random(seed);
    const Instance question = build.make(InstanceKind::kVqa, random),
                   caption = build.make(InstanceKind::kCaption, random),
                   image = build.make(InstanceKind::kTextToImage, random);
    answers.insert(question.answer);
    for (const Instance& instance : {question, caption, image}) {
      ASSERT_EQ(instance.images.size(), 1u);
      const auto origin = MadePairs::origin(instance.images[0]);
      const Task& task = instance.origins[0].task == kBrain.id ? kBrain : kCone;
      const SliceFacts facts{origin.is_target ? task.target : task.source, "brain",
                             static_cast<size_t>(3 * origin.slice / 20)};
      if (instance.kind == InstanceKind::kVqa) {
        const std::set<std::string> all = {recognition_answer(0, facts), recognition_answer(1, facts),
                                           recognition_answer(2, facts)};
        EXPECT_TRUE(all.contains(instance.answer)) << instance.answer;
        EXPECT_EQ(score_answer(instance, " " + instance.answer), 1.0);
        EXPECT_EQ(score_answer(instance, "nothing"), 0.0);
      } else if (instance.kind == InstanceKind::kCaption) {
        EXPECT_EQ(instance.answer, caption_of(facts));
      } else {
        EXPECT_EQ(instance.items[0].text, caption_of(facts));
        EXPECT_TRUE(instance.items[0].droppable);
        EXPECT_TRUE(instance.items[1].learned);
      }
    }
  }
  EXPECT_THAT(answers, ::testing::IsSupersetOf({"CT", "MRI", "CBCT", "brain", "first third", "last third"}));
}

TEST(Instances, SynthesisKeepsToItsRoutesAndQuestionsDoNot) {
  const MadePairs a(3, 20, 16), b(2, 20, 16);
  InstanceSettings settings;
  settings.routes = {kCone.id};
  const InstanceBuilder build = builder(a, b, settings);
  bool other = false;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    Random random(seed);
    EXPECT_TRUE(build.make(InstanceKind::kSynthesis, random).origins[0].task == kCone.id);
    other = other || build.make(InstanceKind::kCaption, random).origins[0].task == kBrain.id;
  }
  EXPECT_TRUE(other);
  settings.routes = {"brats-t1-to-t2"};
  EXPECT_THROW(builder(a, b, settings), Error);
}

TEST(Prepare, ImagesFitTheModelAndStandInPlanOrder) {
  const ModelSizes sizes = named_sizes("tiny");
  TempFolder folder;
  train_tokenizer(folder.path(), prompt_corpus(), 100);
  const Tokenizer tokenizer = Tokenizer::load(folder.path());
  const MadePairs a(3, 20, 24), b(2, 20, 24);
  const ImageRules rules = fitted(ImageRules{}, sizes);
  Random random(4);
  const PreparedSample sample =
      prepare(builder(a, b).make(InstanceKind::kSynthesis, random), tokenizer, rules);
  ASSERT_EQ(sample.images.size(), 3u);
  EXPECT_EQ(sample.images[0].height, 128);  // the tiny model's limits, not the 512 of the rule
  EXPECT_EQ(sample.images[1].height, 140);
  EXPECT_EQ(sample.plan.items.back().learned, true);
  EXPECT_EQ(sample.plan.items.back().image, 2);
  EXPECT_EQ(sample.plan.estimate(sizes),
            66 + 102 + 66 + static_cast<int64_t>(sample.plan.items[2].ids.size()) + 2);
}

}  // namespace
}  // namespace synerbench::reference
