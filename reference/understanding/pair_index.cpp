#include "reference/understanding/pair_index.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <map>
#include <mutex>
#include <set>

#include "harness/core/error.h"

namespace synerbench::reference {

namespace {

double difference_of(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += std::abs(a[i] - b[i]);
  return sum / (2.0 * static_cast<double>(a.size()));
}

/// Two data sets may use one name for different patients.
std::string patient_name(const CaseId& id) {
  return id.dataset + "/" + (id.patient.empty() ? id.name : id.patient);
}

}  // namespace

struct PairIndex::LazyFacts {
  std::once_flag once;
  Facts facts;
};

PairIndex::PairIndex(std::vector<TaskPairs> tasks) : tasks_(std::move(tasks)) {
  for (const TaskPairs& one : tasks_) {
    Task& task = index_.emplace_back();
    std::map<CaseId, size_t> cases;
    std::map<std::string, size_t> patients;
    const int64_t size = one.pairs->size();
    for (int64_t i = 0; i < size; ++i) {
      const SliceKey key = one.pairs->key(i);
      const auto [at, added] = cases.try_emplace(key.scan, task.cases.size());
      if (added) {
        const std::string name = patient_name(key.scan);
        const auto [who, first] = patients.try_emplace(name, task.patients.size());
        if (first) {
          task.patients.emplace_back();
          task.names.push_back(seed_from(name));
        }
        task.cases.push_back({who->second, {}});
        task.patients[who->second].cases.push_back(at->second);
      }
      task.cases[at->second].slices.emplace_back(key.slice, i);
      task.case_of.push_back(static_cast<uint32_t>(at->second));
    }
    task.position.resize(task.case_of.size());
    for (Case& scan : task.cases) {
      std::sort(scan.slices.begin(), scan.slices.end());
      for (size_t p = 0; p < scan.slices.size(); ++p)
        task.position[static_cast<size_t>(scan.slices[p].second)] = static_cast<uint32_t>(p);
      task.patients[scan.patient].slices += scan.slices.size();
    }
    task.facts = std::shared_ptr<LazyFacts[]>(new LazyFacts[task.cases.size()]);
  }
}

size_t PairIndex::patients(const std::vector<size_t>& tasks) const {
  std::set<uint64_t> names;
  for (const size_t t : tasks) names.insert(index_[t].names.begin(), index_[t].names.end());
  return names.size();
}

int64_t PairIndex::slice_of(const Task& task, size_t patient, Random& random) const {
  const Patient& who = task.patients[patient];
  uint64_t left = random.below(who.slices);
  for (const size_t c : who.cases) {
    const auto& slices = task.cases[c].slices;
    if (left < slices.size()) return slices[left].second;
    left -= slices.size();
  }
  check_failed("a slice was drawn", __FILE__, __LINE__, "");
}

PairPlace PairIndex::draw(size_t task, Random& random) const {
  const Task& one = index_[task];
  return {task, slice_of(one, random.below(one.patients.size()), random)};
}

std::optional<PairPlace> PairIndex::draw_other(const PairPlace& other, Random& random) const {
  const Task& task = index_[other.task];
  if (task.patients.size() < 2) return std::nullopt;
  size_t patient = random.below(task.patients.size() - 1);
  patient += patient >= this->patient(other);
  return PairPlace{other.task, slice_of(task, patient, random)};
}

size_t PairIndex::patient(const PairPlace& place) const { return case_of(place).patient; }

const PairIndex::Case& PairIndex::case_of(const PairPlace& place) const {
  const Task& task = index_[place.task];
  return task.cases[task.case_of[static_cast<size_t>(place.index)]];
}

size_t PairIndex::position(const PairPlace& place) const {
  return index_[place.task].position[static_cast<size_t>(place.index)];
}

size_t PairIndex::level(const PairPlace& place) const {
  const auto& slices = case_of(place).slices;
  const int64_t first = slices.front().first, last = slices.back().first;
  return static_cast<size_t>(3 * (slices[position(place)].first - first) / (last - first + 1));
}

bool PairIndex::Facts::duplicates(size_t a, size_t b) const {
  if (a > b) std::swap(a, b);
  SB_CHECK(a < b && b - a <= 64, "two positions at most 64 apart");
  return (equal[a] >> (b - a - 1) & 1) != 0;
}

PairIndex::Facts PairIndex::look_at(size_t task, const Case& one, double least_difference,
                                    int64_t reach) const {
  const PairSource& pairs = *tasks_[task].pairs;
  const auto pixels = static_cast<size_t>(pairs.height() * pairs.width());
  std::vector<float> source(pixels);
  std::vector<uint8_t> mask(pixels);
  std::deque<std::vector<float>> before;  // the targets at most `reach` positions back, nearest last
  Facts facts;
  facts.equal.resize(one.slices.size());
  for (size_t p = 0; p < one.slices.size(); ++p) {
    std::vector<float> target(pixels);
    pairs.read(one.slices[p].second, source, target, mask);
    facts.area.push_back(static_cast<float>(std::count(mask.begin(), mask.end(), uint8_t{1})));
    if (least_difference <= 0) continue;
    for (size_t d = 1; d <= before.size(); ++d) {
      if (difference_of(before[before.size() - d], target) < least_difference)
        facts.equal[p - d] |= uint64_t{1} << (d - 1);
    }
    before.push_back(std::move(target));
    if (before.size() > static_cast<size_t>(reach)) before.pop_front();
  }
  return facts;
}

const PairIndex::Facts& PairIndex::facts(const PairPlace& place, double least_difference,
                                         int64_t reach) const {
  SB_CHECK(reach >= 1 && reach <= 64, "positions within a word");
  const Task& task = index_[place.task];
  const size_t number = task.case_of[static_cast<size_t>(place.index)];
  LazyFacts& lazy = task.facts[number];
  std::call_once(lazy.once,
                 [&] { lazy.facts = look_at(place.task, task.cases[number], least_difference, reach); });
  return lazy.facts;
}

}  // namespace synerbench::reference
