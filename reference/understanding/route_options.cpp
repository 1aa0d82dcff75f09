#include "reference/understanding/route_options.h"

#include <algorithm>
#include <map>
#include <set>

#include "harness/core/error.h"

namespace synerbench::reference {

std::string name_of(OptionForm form) {
  switch (form) {
    case OptionForm::kCrossed:
      return "crossed";
    case OptionForm::kReversed:
      return "reversed";
    case OptionForm::kAlone:
      return "alone";
    case OptionForm::kPair:
      return "pair";
  }
  check_failed("known form", __FILE__, __LINE__, "");
}

bool RouteOptions::Edge::touches(const Edge& other) const {
  const bool same = other.joins(a, b);
  return !same && (a == other.a || a == other.b || b == other.a || b == other.b);
}

void RouteOptions::add_edges(const PairIndex& index) {
  for (size_t t = 0; t < index.tasks().size(); ++t) {
    const Task& task = index.tasks()[t].task;
    const auto known = std::find_if(edges_.begin(), edges_.end(), [&](const Edge& edge) {
      return edge.region == task.region && edge.joins(task.source, task.target);
    });
    if (known != edges_.end()) {
      known->tasks.push_back(t);
    } else {
      edges_.push_back(
          {std::min(task.source, task.target), std::max(task.source, task.target), task.region, {t}});
    }
  }
}

const RouteOptions::Edge* RouteOptions::find(const std::string& region, Modality a, Modality b) const {
  const auto it = std::find_if(edges_.begin(), edges_.end(),
                               [&](const Edge& edge) { return edge.region == region && edge.joins(a, b); });
  return it == edges_.end() ? nullptr : &*it;
}

std::vector<RouteOptions::Set> RouteOptions::crossed_sets(const std::string& region) const {
  std::set<Modality> present;
  for (const Edge& edge : edges_) {
    if (edge.region == region) present.insert({edge.a, edge.b});
  }
  const std::vector<Modality> all(present.begin(), present.end());
  std::vector<Set> sets;
  for (size_t a = 0; a < all.size(); ++a) {
    for (size_t b = a + 1; b < all.size(); ++b) {
      for (size_t c = 0; c < all.size(); ++c) {
        for (size_t d = c + 1; d < all.size(); ++d) {
          Set set{OptionForm::kCrossed, {}, {}};
          for (const size_t from : {a, b}) {
            for (const size_t to : {c, d}) {
              const Edge* edge = from == to ? nullptr : find(region, all[from], all[to]);
              if (edge == nullptr) continue;
              set.routes.push_back({all[from], all[to]});
              set.edges.push_back(static_cast<size_t>(edge - edges_.data()));
            }
          }
          if (set.routes.size() == 4) sets.push_back(std::move(set));
        }
      }
    }
  }
  return sets;
}

/// For every pair of modalities of the region that is in none of `besides`: with its neighbors in the region,
/// else with those elsewhere, else alone.
std::vector<RouteOptions::Set> RouteOptions::reversed_sets(const std::string& region,
                                                           const std::vector<Set>& besides) const {
  std::vector<Set> sets;
  std::set<std::pair<size_t, size_t>> done;
  for (size_t e = 0; e < edges_.size(); ++e) {
    const Route own{edges_[e].a, edges_[e].b};
    const bool used = std::any_of(besides.begin(), besides.end(), [&](const Set& set) {
      return std::find(set.edges.begin(), set.edges.end(), e) != set.edges.end();
    });
    if (edges_[e].region != region || used) continue;
    bool found = false;
    for (const bool inside : {true, false}) {
      for (size_t f = 0; f < edges_.size() && (inside || !found); ++f) {
        if (!edges_[e].touches(edges_[f]) || (edges_[f].region == region) != inside) continue;
        found = true;
        if (!done.insert(std::minmax(e, f)).second) continue;
        const Route other{edges_[f].a, edges_[f].b};
        sets.push_back({OptionForm::kReversed, {own, own.reverse(), other, other.reverse()}, {e, e, f, f}});
      }
      if (found) break;
    }
    if (!found) sets.push_back({OptionForm::kAlone, {own, own.reverse()}, {e, e}});
  }
  return sets;
}

RouteOptions::RouteOptions(const PairIndex& index, size_t options, bool crossed) {
  SB_CHECK(options == 2 || options == 4, "two or four options");
  add_edges(index);
  std::map<std::string, std::vector<size_t>> regions;
  for (size_t t = 0; t < index.tasks().size(); ++t) regions[index.tasks()[t].task.region].push_back(t);
  for (const auto& [name, tasks] : regions) {
    Region region{static_cast<double>(index.patients(tasks)), {}};
    if (options == 2) {
      for (size_t e = 0; e < edges_.size(); ++e) {
        const Route own{edges_[e].a, edges_[e].b};
        if (edges_[e].region == name)
          region.sets.push_back({OptionForm::kPair, {own, own.reverse()}, {e, e}});
      }
    } else {
      if (crossed) region.sets = crossed_sets(name);
      for (Set& set : reversed_sets(name, region.sets)) region.sets.push_back(std::move(set));
    }
    regions_.push_back(std::move(region));
  }
}

namespace {

/// A route that shares one end with `own`, of all there might be, and its reverse.
Route made_up_beside(const Route& own, Random& random) {
  const auto& all = all_modalities();
  const Modality shared = random.below(2) == 0 ? own.from : own.to;
  for (;;) {
    const Modality other = all[random.below(all.size())];
    if (other != own.from && other != own.to) return {shared, other};
  }
}

}  // namespace

RouteOptions::Drawn RouteOptions::draw(const PairIndex& index, Random& random) const {
  double total = 0;
  for (const Region& region : regions_) total += region.weight;
  double left = random.uniform() * total;
  const Region* region = &regions_.back();
  for (const Region& one : regions_) {
    left -= one.weight;
    if (left < 0) {
      region = &one;
      break;
    }
  }
  const Set& set = region->sets[random.below(region->sets.size())];
  const size_t chosen = random.below(set.routes.size());
  const Route truth = set.routes[chosen];
  Drawn drawn{set.form, set.routes, 0, {}, true};
  if (set.form == OptionForm::kAlone) {
    const Route other = made_up_beside(set.routes[0], random);
    drawn.options.push_back(other);
    drawn.options.push_back(other.reverse());
  }
  random.shuffle(drawn.options);
  drawn.truth = static_cast<size_t>(std::find(drawn.options.begin(), drawn.options.end(), truth) -
                                    drawn.options.begin());
  const std::vector<size_t>& tasks = edges_[set.edges[chosen]].tasks;
  const size_t task = tasks[random.below(tasks.size())];
  drawn.place = index.draw(task, random);
  drawn.source_first = index.tasks()[task].task.source == truth.from;
  return drawn;
}

}  // namespace synerbench::reference
