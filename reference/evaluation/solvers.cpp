#include "reference/evaluation/solvers.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <memory>
#include <numeric>

#include "harness/core/error.h"
#include "reference/understanding/prompts.h"

namespace synerbench::reference {
namespace {

constexpr float kForeground = -0.9f;
constexpr int64_t kTextQuestions = 20000, kHistogramSlices = 600;
constexpr size_t kNearest = 5;

bool foreground(float value) { return value > kForeground; }

double mean_intensity(const SliceImage& image) {
  return std::accumulate(image.pixels.begin(), image.pixels.end(), 0.0) /
         static_cast<double>(image.pixels.size());
}

double foreground_area(const SliceImage& image) {
  return static_cast<double>(std::count_if(image.pixels.begin(), image.pixels.end(), foreground));
}

double silhouette_overlap(const SliceImage& a, const SliceImage& b) {
  double both = 0, either = 0;
  for (size_t i = 0; i < a.pixels.size(); ++i) {
    const bool x = foreground(a.pixels[i]), y = foreground(b.pixels[i]);
    both += x && y;
    either += x || y;
  }
  return either > 0 ? both / either : 0;
}

double absolute_difference(const SliceImage& a, const SliceImage& b) {
  double sum = 0;
  for (size_t i = 0; i < a.pixels.size(); ++i) sum += std::abs(a.pixels[i] - b.pixels[i]);
  return sum;
}

/// Length of the gradient by central differences; 0 at the border.
std::vector<double> gradient_of(const SliceImage& image) {
  std::vector<double> out(image.pixels.size(), 0.0);
  const auto at = [&](int64_t y, int64_t x) {
    return static_cast<double>(image.pixels[static_cast<size_t>(y * image.width + x)]);
  };
  for (int64_t y = 1; y + 1 < image.height; ++y) {
    for (int64_t x = 1; x + 1 < image.width; ++x) {
      out[static_cast<size_t>(y * image.width + x)] =
          std::hypot(at(y, x + 1) - at(y, x - 1), at(y + 1, x) - at(y - 1, x));
    }
  }
  return out;
}

/// Pearson's; 0 where one of them is constant.
double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const auto n = static_cast<double>(a.size());
  const double mean_a = std::accumulate(a.begin(), a.end(), 0.0) / n,
               mean_b = std::accumulate(b.begin(), b.end(), 0.0) / n;
  double ab = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - mean_a) * (b[i] - mean_b);
    aa += (a[i] - mean_a) * (a[i] - mean_a);
    bb += (b[i] - mean_b) * (b[i] - mean_b);
  }
  return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 0;
}

/// The best option by `value`; among equals the seed decides.
template <class Value>
std::string best_letter(size_t options, uint64_t seed, Value&& value) {
  Random random(combine_seeds(seed, seed_from("solver")));
  std::vector<size_t> best;
  double most = 0;
  for (size_t i = 0; i < options; ++i) {
    const double v = value(i);
    if (best.empty() || v > most) {
      best = {i};
      most = v;
    } else if (v == most) {
      best.push_back(i);
    }
  }
  return option_letter(best[random.below(best.size())]);
}

/// The candidate that is most alike the source.
template <class Likeness>
NamedRespondent by_likeness(std::string name, std::string label, Likeness likeness) {
  return {std::move(name), std::move(label), false, [likeness](const Instance& question, uint64_t seed) {
            return best_letter(question.options, seed, [&](size_t i) {
              return likeness(question.images.at(0), question.images.at(i + 1));
            });
          }};
}

std::string central_candidate(const Instance& question, uint64_t seed) {
  return best_letter(question.options, seed, [&](size_t i) {
    double sum = 0;
    for (size_t j = 1; j <= question.options; ++j)
      sum += absolute_difference(question.images.at(i + 1), question.images.at(j));
    return -sum;
  });
}

void add_candidate_solvers(std::vector<NamedRespondent>& list) {
  list.push_back({"options-only", "The candidate most like the others", false, central_candidate});
  list.push_back(by_likeness("intensity", "The nearest mean intensity", [](const auto& a, const auto& b) {
    return -std::abs(mean_intensity(a) - mean_intensity(b));
  }));
  list.push_back(by_likeness("area", "The nearest area of the foreground", [](const auto& a, const auto& b) {
    return -std::abs(foreground_area(a) - foreground_area(b));
  }));
  list.push_back(by_likeness("silhouette", "The silhouette that overlaps most", silhouette_overlap));
  list.push_back(by_likeness("edges", "The gradients that correlate best", [](const auto& a, const auto& b) {
    return correlation(gradient_of(a), gradient_of(b));
  }));
}

/// How often a route was true of the sets of options it stood in.
class RouteCounts {
 public:
  RouteCounts(const InstanceBuilder& training, uint64_t seed) {
    for (int64_t i = 0; i < kTextQuestions; ++i) {
      const Question question = training.question(InstanceKind::kTia, seed, i);
      for (size_t option = 0; option < question.routes.size(); ++option) {
        Count& count = counts_[key(question.routes, option)];
        ++count.offered;
        count.truth += option == question.correct;
      }
    }
  }
  double share(const std::vector<Route>& routes, size_t option) const {
    const auto it = counts_.find(key(routes, option));
    return it == counts_.end() ? 1.0 / static_cast<double>(routes.size())
                               : it->second.truth / it->second.offered;
  }

 private:
  struct Count {
    double offered = 0, truth = 0;
  };
  /// The route, whether its reverse is there, and how many options share either end.
  using Key = std::tuple<Route, bool, size_t, size_t>;
  static Key key(const std::vector<Route>& routes, size_t option) {
    const Route own = routes[option];
    size_t from = 0, to = 0;
    bool reverse = false;
    for (const Route& route : routes) {
      from += route.from == own.from;
      to += route.to == own.to;
      reverse = reverse || route == own.reverse();
    }
    return {own, reverse, from, to};
  }
  std::map<Key, Count> counts_;
};

/// `told`: which image's modality it is told; -1: none.
NamedRespondent by_routes(std::string name, std::string label, std::shared_ptr<const RouteCounts> counts,
                          int told) {
  return {std::move(name), std::move(label), false, [counts, told](const Instance& question, uint64_t seed) {
            return best_letter(question.routes.size(), seed, [&](size_t i) {
              const Route& route = question.routes[i];
              const bool possible = told < 0 || (told == 0 ? route.from == question.origins.at(0).modality
                                                           : route.to == question.origins.at(1).modality);
              return possible ? counts->share(question.routes, i) : -1.0;
            });
          }};
}

/// The words a question ends with.
std::string words_of(const Instance& question) {
  std::string words;
  for (const InstanceItem& item : question.items) {
    if (item.kind == PlanItem::Kind::kText && !item.learned) words = item.text;
  }
  return words;
}

template <class Key>
Key most_common(const std::map<Key, int64_t>& counts) {
  return std::max_element(counts.begin(), counts.end(),
                          [](const auto& a, const auto& b) { return a.second < b.second; })
      ->first;
}

NamedRespondent by_words(InstanceKind kind, const InstanceBuilder& training, uint64_t seed) {
  std::map<std::string, std::map<std::string, int64_t>> answers;  // by words; under "" those of all words
  std::map<Modality, int64_t> labels;
  // The letters of CTS are equally likely by their make, and its questions look at masks: a few are enough.
  const int64_t count = kind == InstanceKind::kCts ? 100 : kTextQuestions / 10;
  for (int64_t i = 0; i < count; ++i) {
    const Instance question = training.tell(training.question(kind, seed, i));
    ++answers[words_of(question)][question.answer];
    ++answers[""][question.answer];
    for (const Modality label : question.labels) ++labels[label];
  }
  std::map<std::string, std::string> best;
  for (const auto& [words, counts] : answers) best[words] = most_common(counts);
  const std::optional<Modality> label =
      kind == InstanceKind::kMiPanel ? std::optional(most_common(labels)) : std::nullopt;
  return {"text-only", "The most common answer to these words", false,
          [best, label](const Instance& question, uint64_t) {
            if (label) return mi_panel_answer(std::vector<Modality>(question.images.size(), *label));
            const auto it = best.find(words_of(question));
            return it != best.end() ? it->second : best.at("");
          }};
}

/// Which modality a slice is of, by how its values are distributed.
class HistogramClassifier {
 public:
  HistogramClassifier(const InstanceBuilder& training, uint64_t seed) {
    for (int64_t i = 0; i < kHistogramSlices; ++i) {
      const Instance one = training.show(training.question(InstanceKind::kMi, seed, i));
      known_.push_back({one.origins.at(0).modality, cumulative(one.images.at(0))});
    }
  }
  /// Share of each modality among the nearest, none 0.
  std::map<Modality, double> shares(const SliceImage& image) const {
    const Curve own = cumulative(image);
    std::vector<std::pair<double, Modality>> distances;
    for (const auto& [modality, curve] : known_) {
      double sum = 0;
      for (size_t b = 0; b < own.size(); ++b) sum += std::abs(own[b] - curve[b]);
      distances.emplace_back(sum, modality);
    }
    const size_t count = std::min(kNearest, distances.size());
    std::partial_sort(distances.begin(), distances.begin() + static_cast<std::ptrdiff_t>(count),
                      distances.end());
    std::map<Modality, double> shares;
    for (const Modality modality : all_modalities()) shares[modality] = 1e-3;
    for (size_t i = 0; i < count; ++i) shares[distances[i].second] += 1.0 / static_cast<double>(i + kNearest);
    return shares;
  }
  Modality modality(const SliceImage& image) const {
    const auto all = shares(image);
    return std::max_element(all.begin(), all.end(),
                            [](const auto& a, const auto& b) { return a.second < b.second; })
        ->first;
  }

 private:
  using Curve = std::array<double, 64>;
  static Curve cumulative(const SliceImage& image) {
    Curve curve{};
    for (const float value : image.pixels) {
      const double bin = (std::clamp(value, -1.0f, 1.0f) + 1) / 2 * static_cast<double>(curve.size());
      curve[std::min(curve.size() - 1, static_cast<size_t>(bin))] += 1;
    }
    std::partial_sum(curve.begin(), curve.end(), curve.begin());
    for (double& value : curve) value /= static_cast<double>(image.pixels.size());
    return curve;
  }
  std::vector<std::pair<Modality, Curve>> known_;
};

NamedRespondent by_histogram(const InstanceBuilder& training, uint64_t seed) {
  const auto classifier = std::make_shared<const HistogramClassifier>(training, seed);
  return {"histogram", "The modality of the nearest histograms", false,
          [classifier](const Instance& question, uint64_t own) {
            if (question.kind == InstanceKind::kTia) {
              const auto first = classifier->shares(question.images.at(0)),
                         second = classifier->shares(question.images.at(1));
              return best_letter(question.routes.size(), own, [&](size_t i) {
                return first.at(question.routes[i].from) * second.at(question.routes[i].to);
              });
            }
            std::vector<Modality> labels;
            for (const SliceImage& image : question.images) labels.push_back(classifier->modality(image));
            return question.kind == InstanceKind::kMi ? spoken_name(labels.at(0)) : mi_panel_answer(labels);
          }};
}

}  // namespace

std::vector<NamedRespondent> solvers(InstanceKind kind, const InstanceBuilder* training, uint64_t seed) {
  std::vector<NamedRespondent> list;
  if (kind == InstanceKind::kCts) add_candidate_solvers(list);
  if (training == nullptr) return list;
  const uint64_t own = combine_seeds(seed, seed_from("fitting"));
  if (kind == InstanceKind::kTia) {
    const auto counts = std::make_shared<const RouteCounts>(*training, own);
    list.push_back(by_routes("text-only", "The route that is true most often", counts, -1));
    list.push_back(by_routes("text+first", "The same, told the first image's modality", counts, 0));
    list.push_back(by_routes("text+second", "The same, told the second image's modality", counts, 1));
  } else {
    list.push_back(by_words(kind, *training, own));
  }
  if (kind == InstanceKind::kTia || kind == InstanceKind::kMi || kind == InstanceKind::kMiPanel)
    list.push_back(by_histogram(*training, own));
  return list;
}

}  // namespace synerbench::reference
