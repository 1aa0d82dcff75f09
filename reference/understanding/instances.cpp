#include "reference/understanding/instances.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "harness/core/error.h"
#include "reference/pictures/pictures.h"
#include "reference/understanding/prompts.h"

namespace synerbench::reference {
namespace {

constexpr int kTries = 200;    // draws before a kind of question is given up
constexpr int kSetTries = 24;  // sets of candidates around one slice

/// Modalities easily taken for each other.
constexpr std::pair<Modality, Modality> kConfusable[] = {
    {Modality::kCT, Modality::kCBCT}, {Modality::kT1, Modality::kT1c}, {Modality::kT2, Modality::kFLAIR}};

bool holds(const std::vector<Modality>& list, Modality modality) {
  return std::find(list.begin(), list.end(), modality) != list.end();
}

/// An entry of a list, each with the chance of its weight.
size_t draw_weighted(const std::vector<double>& weights, Random& random) {
  double total = 0;
  for (const double weight : weights) total += weight;
  double left = random.uniform() * total;
  for (size_t i = 0; i + 1 < weights.size(); ++i) {
    left -= weights[i];
    if (left < 0) return i;
  }
  return weights.size() - 1;
}

struct DistanceRange {
  int64_t low, high;
  const char* name;
};
constexpr DistanceRange kDistances[] = {
    {1, 1, "1"}, {2, 2, "2"}, {3, 4, "3-4"}, {5, 8, "5-8"}, {9, std::numeric_limits<int64_t>::max(), "9+"}};

/// Where the candidates of a question lie along the volume, from 0 to `reach`: one of them stands apart from
/// the others by a distance that is drawn range by range, so that all of them come up.
std::vector<int64_t> draw_pattern(size_t count, int64_t reach, Random& random) {
  const int64_t most = reach - static_cast<int64_t>(count) + 2;  // leaves room for the others behind it
  std::vector<DistanceRange> ranges;
  for (const DistanceRange& range : kDistances) {
    if (range.low <= most) ranges.push_back({range.low, std::min(range.high, most), range.name});
  }
  const DistanceRange& range = ranges[random.below(ranges.size())];
  std::vector<int64_t> at{
      0, range.low + static_cast<int64_t>(random.below(static_cast<uint64_t>(range.high - range.low + 1)))};
  while (at.size() < count) {
    const int64_t next = at[1] + 1 + static_cast<int64_t>(random.below(static_cast<uint64_t>(reach - at[1])));
    if (std::find(at.begin(), at.end(), next) == at.end()) at.push_back(next);
  }
  if (random.below(2) == 0) {
    for (int64_t& position : at) position = reach - position;
  }
  return at;
}

}  // namespace

std::string distance_range(int64_t distance) {
  for (const DistanceRange& range : kDistances) {
    if (distance >= range.low && distance <= range.high) return range.name;
  }
  check_failed("a distance of at least 1", __FILE__, __LINE__, "");
}

std::optional<int64_t> QuestionFacts::nearest() const {
  std::optional<int64_t> least;
  for (const int64_t distance : distances) {
    const int64_t away = std::abs(distance);
    if (away > 0 && (!least || away < *least)) least = away;
  }
  return least;
}

std::string name_of(InstanceKind kind) {
  switch (kind) {
    case InstanceKind::kCts:
      return "cts";
    case InstanceKind::kMi:
      return "mi";
    case InstanceKind::kMiPanel:
      return "mi-panel";
    case InstanceKind::kTia:
      return "tia";
    case InstanceKind::kSynthesis:
      return "synthesis";
    case InstanceKind::kVqa:
      return "vqa";
    case InstanceKind::kCaption:
      return "caption";
    case InstanceKind::kTextToImage:
      return "text-to-image";
    case InstanceKind::kText:
      return "text";
    case InstanceKind::kPicture:
      return "picture";
    case InstanceKind::kPictureQuestion:
      return "picture-question";
    case InstanceKind::kPictureChoice:
      return "picture-choice";
    case InstanceKind::kListChoice:
      return "list-choice";
    case InstanceKind::kPictureEdit:
      return "picture-edit";
    case InstanceKind::kScanEdit:
      return "scan-edit";
  }
  check_failed("known kind", __FILE__, __LINE__, "");
}

bool is_drawn(InstanceKind kind) {
  return kind == InstanceKind::kPicture || kind == InstanceKind::kPictureQuestion ||
         kind == InstanceKind::kPictureChoice || kind == InstanceKind::kListChoice ||
         kind == InstanceKind::kPictureEdit || kind == InstanceKind::kScanEdit;
}

const std::vector<InstanceKind>& question_kinds() {
  static const std::vector<InstanceKind> kinds{InstanceKind::kCts,     InstanceKind::kMi,
                                               InstanceKind::kMiPanel, InstanceKind::kTia,
                                               InstanceKind::kVqa,     InstanceKind::kCaption};
  return kinds;
}

InstanceKind parse_question_kind(const std::string& name, const std::string& place) {
  std::vector<std::string> names;
  for (const InstanceKind kind : question_kinds()) {
    names.push_back(name_of(kind));
    if (names.back() == name) return kind;
  }
  throw usage_error(place, fmt::format("unknown kind \"{}\"", name), did_you_mean(name, names));
}

std::span<const ImageOrigin> Instance::subjects() const {
  const std::span<const ImageOrigin> all = origins;
  return kind == InstanceKind::kMiPanel ? all : all.first(std::min<size_t>(1, all.size()));
}

namespace {

/// Those with pairs. Error(kUsage) when there are none, or when a pair is not of two slices.
std::vector<TaskPairs> usable(std::vector<TaskPairs> tasks) {
  std::erase_if(tasks, [](const TaskPairs& t) { return t.pairs->size() == 0; });
  if (tasks.empty()) {
    throw usage_error("training data", "no task has any pair of slices",
                      "import a dataset, or choose other tasks or another split");
  }
  for (const TaskPairs& t : tasks) {
    if (t.pairs->sources() != 1 || t.pairs->depth() != 1) {
      throw usage_error(t.task.id,
                        fmt::format("it has {} source images, the reference model takes one slice of one",
                                    t.pairs->sources()),
                        "name other tasks with --task");
    }
  }
  return tasks;
}

/// One modality of each patient, drawn by the patient's name among those that its pairs have.
std::map<std::string, Modality> one_modality_each(const std::vector<TaskPairs>& tasks) {
  std::map<std::string, std::set<Modality>> all;
  for (const TaskPairs& t : tasks) {
    for (int64_t i = 0; i < t.pairs->size(); ++i)
      all[t.pairs->patient_of(i)].insert({t.task.source, t.task.target});
  }
  std::map<std::string, Modality> shown;
  for (const auto& [patient, modalities] : all) {
    Random random(seed_from("one modality of " + patient));
    shown[patient] = *std::next(modalities.begin(), static_cast<int64_t>(random.below(modalities.size())));
  }
  return shown;
}

}  // namespace

InstanceBuilder::InstanceBuilder(std::vector<TaskPairs> tasks, const InstanceSettings& settings)
    : settings_(settings),
      index_(usable(std::move(tasks))),
      route_options_(index_, settings.route_options, settings.crossed_routes) {
  std::map<Modality, std::vector<Holder>> all;
  std::map<std::string, std::map<Modality, std::vector<Holder>>> regions;
  std::map<std::string, std::vector<size_t>> tasks_of;
  for (size_t t = 0; t < this->tasks().size(); ++t) {
    const Task& task = this->tasks()[t].task;
    if (settings_.routes.empty() ||
        std::find(settings_.routes.begin(), settings_.routes.end(), task.id) != settings_.routes.end())
      routes_.push_back(t);
    weights_.push_back(static_cast<double>(index_.patients(t)));
    tasks_of[task.region].push_back(t);
    for (const bool source : {true, false}) {
      const Modality modality = source ? task.source : task.target;
      all[modality].push_back({t, source});
      regions[task.region][modality].push_back({t, source});
    }
  }
  if (routes_.empty()) {
    throw usage_error("instances: routes", "none of them is a task with training pairs",
                      "name tasks that are trained on, or leave the list empty for all");
  }
  by_modality_.assign(all.begin(), all.end());
  if (settings_.one_modality) shown_ = one_modality_each(this->tasks());
  for (const auto& [name, holders] : regions) {
    Region region{
        static_cast<double>(index_.patients(tasks_of.at(name))), {holders.begin(), holders.end()}, {}};
    for (const auto& pair : kConfusable) {
      if (holders.contains(pair.first) && holders.contains(pair.second)) region.confusable.push_back(pair);
    }
    const size_t size = region.holders.size(), pairs = region.confusable.size();
    region.plain = pairs == 0 || (size < settings_.panels && size >= pairs + 2);
    // A patient of many tasks is not drawn more often than one of few: tasks share the weight of their
    // region.
    double sum = 0;
    for (const size_t t : tasks_of.at(name)) sum += weights_[t];
    for (const size_t t : tasks_of.at(name)) weights_[t] *= region.weight / sum;
    regions_.push_back(std::move(region));
  }
}

/// A task, a patient, a slice, so that each patient of the data has nearly the same chances.
PairPlace InstanceBuilder::draw_place(Random& random) const {
  return index_.draw(draw_weighted(weights_, random), random);
}

/// Uniform over the pairs of the allowed routes.
PairPlace InstanceBuilder::draw_route(Random& random) const {
  int64_t total = 0;
  for (const size_t t : routes_) total += tasks()[t].pairs->size();
  auto left = static_cast<int64_t>(random.below(static_cast<uint64_t>(total)));
  for (const size_t t : routes_) {
    if (left < tasks()[t].pairs->size()) return {t, left};
    left -= tasks()[t].pairs->size();
  }
  check_failed("a pair was drawn", __FILE__, __LINE__, "");
}

Question InstanceBuilder::question(InstanceKind kind, uint64_t seed, int64_t number) const {
  Random random(combine_seeds(combine_seeds(seed, seed_from(name_of(kind))), static_cast<uint64_t>(number)));
  return draw(kind, random);
}

Question InstanceBuilder::draw(InstanceKind kind, Random& random) const {
  Question question = unshuffled(kind, random);
  if (!settings_.shuffled_answers) return question;
  // The answer of another question: each letter and each name as often as before, and of no use.
  const Question other = unshuffled(kind, random);
  if (kind == InstanceKind::kCts || kind == InstanceKind::kTia) question.correct = other.correct;
  if (kind == InstanceKind::kMi || kind == InstanceKind::kMiPanel) question.labels = other.labels;
  return question;
}

Question InstanceBuilder::unshuffled(InstanceKind kind, Random& random) const {
  switch (kind) {
    case InstanceKind::kCts:
      return cts(random);
    case InstanceKind::kMi:
      return mi(random);
    case InstanceKind::kMiPanel:
      return mi_panel(random);
    case InstanceKind::kTia:
      return tia(random);
    case InstanceKind::kSynthesis: {
      const PairPlace place = draw_route(random);
      Question question{kind, {{place, true}, {place, false}}};
      question.wording = random.below(synthesis_variants());
      return question;
    }
    case InstanceKind::kVqa:
    case InstanceKind::kCaption:
    case InstanceKind::kTextToImage:
    case InstanceKind::kScanEdit:
      return recognition(kind, random);
    case InstanceKind::kPicture:
    case InstanceKind::kPictureQuestion:
    case InstanceKind::kPictureChoice:
    case InstanceKind::kListChoice:
    case InstanceKind::kPictureEdit:
      return {.kind = kind, .asked = random.bits()};
    case InstanceKind::kText: {
      Question question{kind};
      question.labels = {by_modality_[random.below(by_modality_.size())].first};
      question.asked = random.below(2);
      return question;
    }
  }
  check_failed("known kind", __FILE__, __LINE__, "");
}

/// Which words it is asked in; of TIA also those of the options.
void InstanceBuilder::draw_wording(Question& question, Random& random) const {
  const bool unseen = random.uniform() < settings_.unseen_wordings;
  const auto draw = [&](size_t seen, size_t all) {
    return unseen ? seen + random.below(all - seen) : random.below(seen);
  };
  question.facts.unseen_wording = unseen;
  question.wording = draw(kSeenQuestionWordings, kQuestionWordings);
  for (size_t i = 0; i < question.routes.size(); ++i)
    question.descriptions.push_back(draw(kSeenRouteWordings, kRouteWordings));
}

/// Note [Candidates of a CTS question]
/// A set of slices is drawn first, and then which of them the question is about, with equal chances. So
/// nothing about the candidates alone, not even that the true slice has neighbors on both sides, says which
/// is the true one. All lie within `neighbors` slices of each other, because each may be the true one. None
/// is a duplicate of another, and of kSetTries sets the first is taken whose largest body is within the
/// tolerance of its smallest, else the one that comes nearest.
std::optional<std::vector<size_t>> InstanceBuilder::neighbors_of(const PairPlace& place,
                                                                 Random& random) const {
  const auto& slices = index_.case_of(place).slices;
  const size_t own = index_.position(place);
  const int64_t reach = settings_.neighbors;
  const PairIndex::Facts& facts = index_.facts(place, settings_.least_difference, reach);
  std::vector<size_t> best, set;
  double best_ratio = std::numeric_limits<double>::infinity();
  const auto position_of = [&](int64_t slice) -> std::optional<size_t> {
    const auto it = std::lower_bound(slices.begin(), slices.end(), std::pair(slice, int64_t{-1}));
    if (it == slices.end() || it->first != slice) return std::nullopt;
    return static_cast<size_t>(it - slices.begin());
  };
  const auto duplicate = [&] {
    for (size_t i = 0; i < set.size(); ++i) {
      for (size_t j = 0; j < i; ++j) {
        if (set[i] == set[j] || facts.duplicates(set[i], set[j])) return true;
      }
    }
    return false;
  };
  for (int attempt = 0; attempt < kSetTries; ++attempt) {
    set.clear();
    if (attempt < kSetTries / 2 || best.empty()) {
      const std::vector<int64_t> pattern = draw_pattern(settings_.candidates, reach, random);
      const int64_t role = pattern[random.below(pattern.size())];
      for (const int64_t at : pattern) {
        if (const auto position = position_of(slices[own].first + at - role)) set.push_back(*position);
      }
    }
    if (set.size() < settings_.candidates) {  // any others within a window that holds it
      set.clear();
      const int64_t low =
          slices[own].first - static_cast<int64_t>(random.below(static_cast<uint64_t>(reach) + 1));
      std::vector<size_t> pool;
      for (size_t p = own - std::min(own, static_cast<size_t>(reach)); p < slices.size(); ++p) {
        if (slices[p].first > low + reach) break;
        if (p != own && slices[p].first >= low) pool.push_back(p);
      }
      random.shuffle(pool);
      set.push_back(own);
      for (const size_t p : pool) {
        if (set.size() == settings_.candidates) break;
        const bool taken =
            std::any_of(set.begin(), set.end(), [&](size_t q) { return facts.duplicates(p, q); });
        if (!taken) set.push_back(p);
      }
    }
    if (set.size() < settings_.candidates || duplicate()) continue;
    float least = facts.area[set[0]], most = least;
    for (const size_t p : set) {
      least = std::min(least, facts.area[p]);
      most = std::max(most, facts.area[p]);
    }
    const double ratio = most / std::max(1.0f, least);
    if (ratio < best_ratio) {
      best_ratio = ratio;
      best = set;
    }
    if (ratio <= 1 + settings_.area_tolerance) break;
  }
  if (best.empty()) return std::nullopt;
  return best;
}

/// The slices to choose from, in the order shown; `place` becomes the true one.
std::optional<std::vector<PairPlace>> InstanceBuilder::candidates(PairPlace& place, Random& random) const {
  std::vector<PairPlace> places;
  if (settings_.random_negatives) {
    places.push_back(place);
    while (places.size() < settings_.candidates) {
      const auto other = index_.draw_other(place, random);
      if (!other) return std::nullopt;
      places.push_back(*other);
    }
    random.shuffle(places);
    return places;
  }
  const auto set = neighbors_of(place, random);
  if (!set) return std::nullopt;
  for (const size_t p : *set) places.push_back({place.task, index_.case_of(place).slices[p].second});
  random.shuffle(places);
  place = places[random.below(places.size())];
  return places;
}

Question InstanceBuilder::cts(Random& random) const {
  for (int attempt = 0; attempt < kTries; ++attempt) {
    PairPlace place = draw_place(random);
    const auto places = candidates(place, random);
    if (!places) continue;
    Question question{InstanceKind::kCts};
    question.images.push_back({place, true});
    for (const PairPlace& one : *places) question.images.push_back({one, false});
    question.correct =
        static_cast<size_t>(std::find(places->begin(), places->end(), place) - places->begin());
    if (!settings_.random_negatives) {
      const auto& slices = index_.case_of(place).slices;
      const PairIndex::Facts& facts = index_.facts(place, settings_.least_difference, settings_.neighbors);
      float least = std::numeric_limits<float>::max(), most = 0;
      for (const PairPlace& one : *places) {
        const size_t p = index_.position(one);
        question.facts.distances.push_back(slices[p].first - slices[index_.position(place)].first);
        least = std::min(least, facts.area[p]);
        most = std::max(most, facts.area[p]);
      }
      question.facts.area_matched = most <= (1 + settings_.area_tolerance) * std::max(1.0f, least);
    }
    draw_wording(question, random);
    return question;
  }
  if (settings_.random_negatives) {
    throw input_error("training data", "no task has two patients, so there are no random negatives",
                      "import more patients, or leave random_negatives off");
  }
  throw input_error(
      "training data",
      fmt::format("no slice has {} different neighbors within {} slices, so no CTS question can be made",
                  settings_.candidates - 1, settings_.neighbors),
      "import more or larger volumes, or leave the task out");
}

Question::Image InstanceBuilder::draw_image(const std::vector<Holder>& holders, Random& random) const {
  const Holder& holder = holders[random.below(holders.size())];
  return {index_.draw(holder.task, random), holder.source};
}

Question InstanceBuilder::mi(Random& random) const {
  const auto& [modality, holders] = by_modality_[random.below(by_modality_.size())];
  Question question{InstanceKind::kMi, {draw_image(holders, random)}};
  question.labels = {modality};
  draw_wording(question, random);
  return question;
}

/// As many different ones as the region has and the panel holds, repeated evenly where they are fewer. With
/// `confusable` a confusable pair is among them; without it none is, where the region can do without.
std::vector<Modality> InstanceBuilder::panel_modalities(const Region& region, bool confusable,
                                                        Random& random) const {
  std::vector<Modality> present;
  for (const auto& [modality, holders] : region.holders) present.push_back(modality);
  random.shuffle(present);
  std::vector<Modality> chosen;
  if (confusable) {
    const auto& [a, b] = region.confusable[random.below(region.confusable.size())];
    chosen = {a, b};
  } else if (region.plain) {
    for (const auto& [a, b] : region.confusable) {  // one of each pair stays out
      std::erase_if(present, [second = holds(present, a) ? b : a](Modality m) { return m == second; });
    }
  }
  for (const Modality modality : present) {
    if (chosen.size() < settings_.panels && !holds(chosen, modality)) chosen.push_back(modality);
  }
  chosen.resize(std::min(chosen.size(), settings_.panels));
  random.shuffle(chosen);
  const size_t different = chosen.size();
  while (chosen.size() < settings_.panels) chosen.push_back(chosen[chosen.size() - different]);
  random.shuffle(chosen);
  return chosen;
}

Question InstanceBuilder::mi_panel(Random& random) const {
  // Regions where the wanted half is possible: with a confusable pair, or with a panel that needs none.
  const bool wanted = random.uniform() < settings_.confusable;
  std::vector<double> weights;
  double total = 0;
  for (const Region& region : regions_) {
    const bool possible = wanted ? !region.confusable.empty() : region.plain;
    weights.push_back(possible ? region.weight : 0);
    total += weights.back();
  }
  if (total <= 0) {
    for (size_t r = 0; r < regions_.size(); ++r) weights[r] = regions_[r].weight;
  }
  const Region& region = regions_[draw_weighted(weights, random)];
  Question question{InstanceKind::kMiPanel};
  question.labels = panel_modalities(region, wanted && !region.confusable.empty(), random);
  for (const auto& [a, b] : region.confusable)
    question.facts.confusable |= holds(question.labels, a) && holds(question.labels, b);
  for (const Modality modality : question.labels) {
    const auto it = std::find_if(region.holders.begin(), region.holders.end(),
                                 [&](const auto& entry) { return entry.first == modality; });
    question.images.push_back(draw_image(it->second, random));
  }
  draw_wording(question, random);
  return question;
}

Question InstanceBuilder::tia(Random& random) const {
  RouteOptions::Drawn drawn = route_options_.draw(index_, random);
  Question question{InstanceKind::kTia};
  question.images = {{drawn.place, drawn.source_first}, {drawn.place, !drawn.source_first}};
  question.routes = std::move(drawn.options);
  question.correct = drawn.truth;
  question.facts.form = drawn.form;
  draw_wording(question, random);
  return question;
}

/// Whether a slice is of the modality that its patient shows.
bool InstanceBuilder::shows(const Question::Image& image) const {
  const auto& [task, pairs] = tasks()[image.place.task];
  return shown_.at(pairs->patient_of(image.place.index)) == (image.source ? task.source : task.target);
}

Question InstanceBuilder::recognition(InstanceKind kind, Random& random) const {
  Question question{kind, {{draw_place(random), random.below(2) == 0}}};
  while (settings_.one_modality && !shows(question.images[0]))
    question.images[0] = {draw_place(random), random.below(2) == 0};
  if (kind == InstanceKind::kScanEdit) question.asked = random.bits();
  if (kind == InstanceKind::kVqa) {
    question.asked = random.below(recognition_questions());
    question.wording = random.below(recognition_wordings());
  }
  return question;
}

}  // namespace synerbench::reference
