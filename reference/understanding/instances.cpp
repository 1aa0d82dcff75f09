#include "reference/understanding/instances.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "harness/core/error.h"
#include "reference/understanding/prompts.h"

namespace synerbench::reference {
namespace {

constexpr int kTries = 200;  // draws before a kind of question is given up

using Kind = PlanItem::Kind;

InstanceItem text_item(std::string text) { return {Kind::kText, std::move(text)}; }
InstanceItem vit_item(size_t image) { return {Kind::kVit, {}, image}; }
InstanceItem answer_item(std::string text) { return {Kind::kText, std::move(text), 0, true}; }

double difference_of(const SliceImage& a, const SliceImage& b) {
  double sum = 0;
  for (size_t i = 0; i < a.pixels.size(); ++i) sum += std::abs(a.pixels[i] - b.pixels[i]);
  return sum / (2.0 * static_cast<double>(a.pixels.size()));
}

/// Modalities easily taken for each other.
constexpr std::pair<Modality, Modality> kConfusable[] = {
    {Modality::kCT, Modality::kCBCT}, {Modality::kT1, Modality::kT1c}, {Modality::kT2, Modality::kFLAIR}};

}  // namespace

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
  }
  check_failed("known kind", __FILE__, __LINE__, "");
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

InstanceBuilder::InstanceBuilder(std::vector<TaskPairs> tasks, const InstanceSettings& settings)
    : tasks_(std::move(tasks)), settings_(settings) {
  std::erase_if(tasks_, [](const TaskPairs& t) { return t.pairs->size() == 0; });
  if (tasks_.empty()) {
    throw usage_error("training data", "no task has any pair of slices",
                      "import a dataset, or choose other tasks or another split");
  }
  for (const TaskPairs& t : tasks_) {
    if (t.pairs->sources() != 1 || t.pairs->depth() != 1) {
      throw usage_error(t.task.id,
                        fmt::format("it has {} source images, the reference model takes one slice of one",
                                    t.pairs->sources()),
                        "name other tasks with --task");
    }
  }
  std::map<Modality, std::vector<std::pair<size_t, bool>>> holders;
  for (size_t t = 0; t < tasks_.size(); ++t) {
    const PairSource& pairs = *tasks_[t].pairs;
    keys_.emplace_back();
    std::map<CaseId, std::pair<int64_t, int64_t>> extent;  // first and last slice of a case
    for (int64_t i = 0; i < pairs.size(); ++i) {
      const SliceKey& key = keys_[t].emplace_back(pairs.key(i));
      auto [it, added] = extent.try_emplace(key.scan, key.slice, key.slice);
      it->second = {std::min(it->second.first, key.slice), std::max(it->second.second, key.slice)};
    }
    level_of_.emplace_back();
    for (const SliceKey& key : keys_[t]) {
      const auto& [first, last] = extent.at(key.scan);
      level_of_[t].push_back(static_cast<size_t>(3 * (key.slice - first) / (last - first + 1)));
    }
    if (settings_.routes.empty() || std::find(settings_.routes.begin(), settings_.routes.end(),
                                              tasks_[t].task.id) != settings_.routes.end())
      routes_.push_back(t);
    total_ += pairs.size();
    holders[tasks_[t].task.source].emplace_back(t, true);
    holders[tasks_[t].task.target].emplace_back(t, false);
  }
  if (routes_.empty()) {
    throw usage_error("instances: routes", "none of them is a task with training pairs",
                      "name tasks that are trained on, or leave the list empty for all");
  }
  by_modality_.assign(holders.begin(), holders.end());
}

InstanceBuilder::Place InstanceBuilder::draw_place(Random& random) const {
  auto left = static_cast<int64_t>(random.below(static_cast<uint64_t>(total_)));
  for (size_t t = 0; t < tasks_.size(); ++t) {
    if (left < tasks_[t].pairs->size()) return {t, left};
    left -= tasks_[t].pairs->size();
  }
  check_failed("a pair was drawn", __FILE__, __LINE__, "");
}

/// Uniform over the pairs of the allowed routes.
InstanceBuilder::Place InstanceBuilder::draw_route(Random& random) const {
  if (routes_.size() == tasks_.size()) return draw_place(random);
  int64_t total = 0;
  for (const size_t t : routes_) total += tasks_[t].pairs->size();
  auto left = static_cast<int64_t>(random.below(static_cast<uint64_t>(total)));
  for (const size_t t : routes_) {
    if (left < tasks_[t].pairs->size()) return {t, left};
    left -= tasks_[t].pairs->size();
  }
  check_failed("a pair was drawn", __FILE__, __LINE__, "");
}

SliceImage InstanceBuilder::image_of(const Place& place, bool source) const {
  const PairSource& pairs = *tasks_[place.task].pairs;
  SliceImage a{pairs.height(), pairs.width(),
               std::vector<float>(static_cast<size_t>(pairs.height() * pairs.width()))},
      b = a;
  pairs.read(place.index, a.pixels, b.pixels, {});
  return source ? a : b;
}
void InstanceBuilder::add_image(Instance& instance, const Place& place, bool source) const {
  const Task& task = tasks_[place.task].task;
  instance.images.push_back(image_of(place, source));
  instance.origins.push_back(
      {task.id, source ? task.source : task.target, keys_[place.task][static_cast<size_t>(place.index)]});
}

Instance InstanceBuilder::make(InstanceKind kind, Random& random) const {
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
      const Place place = draw_route(random);
      return synthesis(place.task, place.index, random.below(synthesis_variants()));
    }
    case InstanceKind::kVqa:
    case InstanceKind::kCaption:
    case InstanceKind::kTextToImage:
      return recognition(kind, random);
    case InstanceKind::kText:
      return words(random);
  }
  check_failed("known kind", __FILE__, __LINE__, "");
}

Instance InstanceBuilder::synthesis(size_t task, int64_t index, size_t instruction) const {
  const Place place{task, index};
  Instance instance{InstanceKind::kSynthesis};
  add_image(instance, place, true);
  add_image(instance, place, false);
  instance.items = {{Kind::kVae, {}, 0, false, true},
                    {Kind::kVit, {}, 0, false, true},
                    {Kind::kText, synthesis_instruction(tasks_[task].task, instruction), 0, false, true},
                    {Kind::kVae, {}, 1, true, false}};
  return instance;
}

/// Other targets that may stand beside the true one: fewer than wanted where the data have no more.
std::vector<InstanceBuilder::Place> InstanceBuilder::negatives(const Place& place, Random& random) const {
  const std::vector<SliceKey>& keys = keys_[place.task];
  const SliceKey& own = keys[static_cast<size_t>(place.index)];
  std::vector<int64_t> pool;
  for (size_t i = 0; i < keys.size(); ++i) {
    const bool same_case = keys[i].scan == own.scan;
    if (settings_.random_negatives) {
      if (!same_case) pool.push_back(static_cast<int64_t>(i));
    } else if (same_case && static_cast<int64_t>(i) != place.index &&
               std::abs(keys[i].slice - own.slice) <= settings_.neighbors) {
      pool.push_back(static_cast<int64_t>(i));
    }
  }
  random.shuffle(pool);
  std::vector<Place> found;
  std::vector<SliceImage> images{image_of(place, false)};
  for (const int64_t i : pool) {
    if (found.size() + 1 >= settings_.candidates) break;
    SliceImage image = image_of({place.task, i}, false);
    const auto duplicate = [&](const SliceImage& other) {
      return difference_of(image, other) < settings_.least_difference;
    };
    if (std::any_of(images.begin(), images.end(), duplicate)) continue;
    found.push_back({place.task, i});
    images.push_back(std::move(image));
  }
  return found;
}

Instance InstanceBuilder::cts(Random& random) const {
  for (int attempt = 0; attempt < kTries; ++attempt) {
    const Place place = draw_place(random);
    std::vector<Place> candidates = negatives(place, random);
    if (candidates.size() + 1 < settings_.candidates) continue;
    const auto correct = static_cast<size_t>(random.below(settings_.candidates));
    candidates.insert(candidates.begin() + static_cast<std::ptrdiff_t>(correct), place);
    const Task& task = tasks_[place.task].task;
    Instance instance{InstanceKind::kCts};
    instance.answer = option_letter(correct);
    instance.options = settings_.candidates;
    instance.items = {text_item(cts_source_text(task.source)), vit_item(0)};
    add_image(instance, place, true);
    for (size_t i = 0; i < candidates.size(); ++i) {
      instance.items.push_back(text_item(cts_candidate_text(i)));
      instance.items.push_back(vit_item(instance.images.size()));
      add_image(instance, candidates[i], false);
    }
    instance.items.push_back(text_item(cts_question(task.source, task.target)));
    instance.items.push_back(answer_item(instance.answer));
    return instance;
  }
  throw input_error(
      "training data",
      fmt::format("no slice has {} different neighbors within {} slices, so no CTS question can be made",
                  settings_.candidates - 1, settings_.neighbors),
      "import more or larger volumes, or leave the task out");
}

Instance InstanceBuilder::mi(Random& random) const {
  const auto& [modality, holders] = by_modality_[random.below(by_modality_.size())];
  const auto& [task, source] = holders[random.below(holders.size())];
  const Place place{task,
                    static_cast<int64_t>(random.below(static_cast<uint64_t>(tasks_[task].pairs->size())))};
  Instance instance{InstanceKind::kMi};
  add_image(instance, place, source);
  instance.answer = spoken_name(modality);
  instance.labels = {modality};
  instance.items = {vit_item(0), text_item(mi_question()), answer_item(instance.answer)};
  return instance;
}

Instance InstanceBuilder::mi_panel(Random& random) const {
  std::vector<size_t> chosen;  // into by_modality_
  const auto index_of = [&](Modality modality) {
    const auto it = std::find_if(by_modality_.begin(), by_modality_.end(),
                                 [&](const auto& entry) { return entry.first == modality; });
    return it == by_modality_.end() ? by_modality_.size() : static_cast<size_t>(it - by_modality_.begin());
  };
  if (random.uniform() < settings_.confusable) {
    std::vector<std::pair<size_t, size_t>> present;
    for (const auto& [a, b] : kConfusable) {
      if (index_of(a) < by_modality_.size() && index_of(b) < by_modality_.size())
        present.emplace_back(index_of(a), index_of(b));
    }
    if (!present.empty()) {
      const auto& [a, b] = present[random.below(present.size())];
      chosen = {a, b};
    }
  }
  while (chosen.size() < settings_.panels) chosen.push_back(random.below(by_modality_.size()));
  chosen.resize(settings_.panels);
  random.shuffle(chosen);
  Instance instance{InstanceKind::kMiPanel};
  for (size_t i = 0; i < chosen.size(); ++i) {
    const auto& [modality, holders] = by_modality_[chosen[i]];
    const auto& [task, source] = holders[random.below(holders.size())];
    const Place place{task,
                      static_cast<int64_t>(random.below(static_cast<uint64_t>(tasks_[task].pairs->size())))};
    instance.labels.push_back(modality);
    add_image(instance, place, source);
    instance.items.push_back(text_item(mi_panel_text(i)));
    instance.items.push_back(vit_item(i));
  }
  instance.answer = mi_panel_answer(instance.labels);
  instance.items.push_back(text_item(mi_panel_question(chosen.size())));
  instance.items.push_back(answer_item(instance.answer));
  return instance;
}

Instance InstanceBuilder::tia(Random& random) const {
  const Place place = draw_place(random);
  const Task& task = tasks_[place.task].task;
  const auto draw = [&](Modality source, Modality target) {
    const auto pool = route_descriptions(source, target);
    return pool[random.below(pool.size())];
  };
  // The true one, the reversed direction, then pairs that share one end or none.
  std::vector<std::string> options = {draw(task.source, task.target), draw(task.target, task.source)};
  while (options.size() < settings_.route_options) {
    const auto& all = all_modalities();
    const Modality a = all[random.below(all.size())], b = all[random.below(all.size())];
    if (a == b || (a == task.source && b == task.target) || (a == task.target && b == task.source)) continue;
    const std::string text = draw(a, b);
    if (std::find(options.begin(), options.end(), text) == options.end()) options.push_back(text);
  }
  options.resize(std::max<size_t>(2, settings_.route_options));
  const std::string truth = options[0];
  random.shuffle(options);
  const auto correct =
      static_cast<size_t>(std::find(options.begin(), options.end(), truth) - options.begin());
  Instance instance{InstanceKind::kTia};
  add_image(instance, place, true);
  add_image(instance, place, false);
  instance.answer = option_letter(correct);
  instance.options = options.size();
  instance.items = {text_item(tia_first_text()),      vit_item(0),
                    text_item(tia_second_text()),     vit_item(1),
                    text_item(tia_question(options)), answer_item(instance.answer)};
  return instance;
}

Instance InstanceBuilder::recognition(InstanceKind kind, Random& random) const {
  const Place place = draw_place(random);
  const bool source = random.below(2) == 0;
  const Task& task = tasks_[place.task].task;
  const SliceFacts facts{source ? task.source : task.target, task.region,
                         level_of_[place.task][static_cast<size_t>(place.index)]};
  Instance instance{kind};
  add_image(instance, place, source);
  if (kind == InstanceKind::kTextToImage) {
    instance.items = {{Kind::kText, caption_of(facts), 0, false, true}, {Kind::kVae, {}, 0, true, false}};
    return instance;
  }
  std::string question = caption_question();
  instance.answer = caption_of(facts);
  if (kind == InstanceKind::kVqa) {
    const size_t asked = random.below(recognition_questions());
    question = recognition_question(asked, random.below(recognition_wordings()));
    instance.answer = recognition_answer(asked, facts);
  }
  instance.items = {vit_item(0), text_item(question), answer_item(instance.answer)};
  return instance;
}

Instance InstanceBuilder::words(Random& random) const {
  const Modality modality = by_modality_[random.below(by_modality_.size())].first;
  Instance instance{InstanceKind::kText};
  instance.answer = looks_text(modality, random.below(2));
  instance.items = {text_item(looks_question(modality)), answer_item(instance.answer)};
  return instance;
}

double score_answer(const Instance& instance, const std::string& answer) {
  if (instance.kind == InstanceKind::kMiPanel) {
    const size_t begin = answer.find('{'), end = answer.rfind('}');
    if (begin == std::string::npos || end == std::string::npos || end < begin) return 0;
    const auto json =
        nlohmann::json::parse(answer.substr(begin, end - begin + 1), nullptr, /*allow_exceptions=*/false);
    if (!json.is_object()) return 0;
    double right = 0;
    for (size_t i = 0; i < instance.labels.size(); ++i) {
      const auto it = json.find(option_letter(i));
      right +=
          it != json.end() && it->is_string() && it->get<std::string>() == spoken_name(instance.labels[i]);
    }
    return right / static_cast<double>(instance.labels.size());
  }
  const auto blank = [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; };
  const auto first = std::find_if_not(answer.begin(), answer.end(), blank);
  const auto last = std::find_if_not(answer.rbegin(), std::make_reverse_iterator(first), blank).base();
  const std::string trimmed(first, last);
  const bool lettered = instance.kind == InstanceKind::kCts || instance.kind == InstanceKind::kTia;
  if (!lettered) return trimmed == instance.answer;
  const auto alone = [&](size_t i) {
    const auto word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
    return (i == 0 || !word(trimmed[i - 1])) && (i + 1 == trimmed.size() || !word(trimmed[i + 1]));
  };
  for (size_t i = trimmed.size(); i-- > 0;) {
    const char c = trimmed[i];
    if (c >= 'A' && c < static_cast<char>('A' + instance.options) && alone(i))
      return std::string(1, c) == instance.answer;
  }
  return 0;
}

ResizeRule fitted(const ResizeRule& rule, int64_t stride, int64_t grid) {
  ResizeRule out = rule;
  out.stride = stride;
  out.max_size = std::min(rule.max_size / stride * stride, grid * stride);
  out.min_size = std::min(rule.min_size, out.max_size);
  return out;
}

ImageRules fitted(const ImageRules& rules, const ModelSizes& sizes) {
  return {fitted(rules.vit, sizes.vit.patch, sizes.vit.grid),
          fitted(rules.vae, sizes.pixels_per_token(), sizes.latent_grid), rules.vit_after_vae};
}

PreparedSample prepare(const Instance& instance, const Tokenizer& tokenizer, const ImageRules& rules,
                       bool images_share_pixels) {
  PreparedSample sample;
  int64_t vit_images = 0;
  for (const InstanceItem& item : instance.items) vit_images += item.kind == Kind::kVit;
  for (const InstanceItem& item : instance.items) {
    PlanItem out;
    out.kind = item.kind;
    out.learned = item.learned;
    out.droppable = item.droppable;
    if (item.kind == Kind::kText) {
      out.ids = tokenizer.encode(item.text);
    } else {
      const SliceImage& slice = instance.images.at(item.image);
      Image8 image = image_of_slice(slice.pixels, slice.height, slice.width);
      if (item.kind == Kind::kVit && rules.vit_after_vae)
        image = resize_bicubic(image, target_size({image.height, image.width}, rules.vae));
      const bool vit = item.kind == Kind::kVit;
      sample.images.push_back(
          transform(image, vit ? rules.vit : rules.vae, vit && images_share_pixels ? vit_images : 1));
      sample.origins.push_back(
          item.image < instance.origins.size() ? std::optional(instance.origins[item.image]) : std::nullopt);
      out.image = static_cast<int64_t>(sample.images.size()) - 1;
      out.height = sample.images.back().height;
      out.width = sample.images.back().width;
    }
    sample.plan.items.push_back(std::move(out));
  }
  return sample;
}

}  // namespace synerbench::reference
