#include "reports/numbers/improvement.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include "harness/core/progress.h"

namespace synerbench {
namespace {

/// The values of one task.
struct Sample {
  std::vector<std::string> patients;
  std::vector<double> values;
  double mean = 0;  // of the values before rounding noise was taken off
};

/// An average over tasks as a sum over patients; see Note [Patients over tasks].
struct PatientSum {
  double average = 0;
  std::vector<double> parts;     // by patient; they add up to the average
  std::vector<double> centered;  // the same with every task's mean taken off: they add up to 0
  std::vector<size_t> group;
  bool single = false;  // a task has one patient
};

/// Joins groups of one patient, see Note [Patients over tasks].
void join_single_groups(std::vector<size_t>& group) {
  std::map<size_t, size_t> size;
  for (const size_t g : group) ++size[g];
  const size_t joined = group.size();  // no other group's number
  size_t members = 0, largest = joined;
  for (size_t& g : group) {
    if (size[g] == 1) {
      g = joined;
      ++members;
    } else if (largest == joined || size[g] > size[largest]) {
      largest = g;
    }
  }
  if (members != 1) return;
  std::replace(group.begin(), group.end(), joined, largest);
}

PatientSum sum_over_patients(const std::vector<Sample>& tasks) {
  struct Part {
    double sum = 0, centered = 0;
    std::vector<size_t> tasks;
  };
  std::map<std::string, Part> parts;
  PatientSum result;
  for (size_t t = 0; t < tasks.size(); ++t) {
    const Sample& sample = tasks[t];
    const double center = mean(sample.values);
    result.average += sample.mean;
    const double weight = 1 / (static_cast<double>(tasks.size()) * static_cast<double>(sample.values.size()));
    for (size_t i = 0; i < sample.values.size(); ++i) {
      Part& part = parts[sample.patients[i]];
      part.sum += sample.values[i] * weight;
      part.centered += (sample.values[i] - center) * weight;
      part.tasks.push_back(t);
    }
    result.single = result.single || sample.values.size() < 2;
  }
  result.average /= static_cast<double>(tasks.size());
  std::map<std::vector<size_t>, size_t> groups;
  for (const auto& [patient, part] : parts) {
    result.parts.push_back(part.sum);
    result.centered.push_back(part.centered);
    result.group.push_back(groups.emplace(part.tasks, groups.size()).first->second);
  }
  join_single_groups(result.group);
  return result;
}

/// An interrupt ends a long interval, too.
BootstrapOptions stoppable(BootstrapOptions options) {
  options.meanwhile = [] { throw_if_interrupted(); };
  return options;
}

std::optional<MeanInterval> interval_of(const PatientSum& sum, const BootstrapOptions& options) {
  if (sum.single) return std::nullopt;
  return sum_interval(sum.average, sum.centered, sum.group, stoppable(options));
}

/// Improvements of the patients in both lists.
Sample improvements_of(const PairedValues& task, Direction direction) {
  const auto& model = *task.model;
  const auto& baseline = *task.baseline;
  Sample sample;
  std::vector<double> ours, theirs;
  for (size_t i = 0, j = 0; i < model.size() && j < baseline.size();) {
    if (model[i].patient < baseline[j].patient) {
      ++i;
    } else if (baseline[j].patient < model[i].patient) {
      ++j;
    } else {
      sample.patients.push_back(model[i].patient);
      ours.push_back(model[i++].value);
      theirs.push_back(baseline[j++].value);
    }
  }
  if (ours.empty()) return sample;
  // Improvement is then still first minus second.
  if (direction == Direction::kLowerIsBetter) ours.swap(theirs);
  for (size_t i = 0; i < ours.size(); ++i)
    sample.mean += (ours[i] - theirs[i]) / static_cast<double>(ours.size());
  sample.values = differences_without_noise(ours, theirs);
  return sample;
}

/// detectable_effect() at 80 %, remembered: the same few numbers of patients come again and again.
double remembered_effect(double degrees_of_freedom) {
  static std::mutex mutex;
  static std::map<double, double> known;
  const std::lock_guard lock(mutex);
  const auto [at, fresh] = known.emplace(degrees_of_freedom, 0.0);
  if (fresh) at->second = detectable_effect(degrees_of_freedom);
  return at->second;
}

}  // namespace

std::string why_no_p(const Improvement& improvement) {
  if (improvement.p) return "";
  return fmt::format(
      "{} patient{}: no exact paired test can fall below {:.2g}, so none can show anything at 5 %",
      improvement.patients, improvement.patients == 1 ? "" : "s",
      std::ldexp(2.0, -static_cast<int>(improvement.patients)));
}

bool is_better(double a, double b, Direction direction) { return improvement_of(a, b, direction) > 0; }

double improvement_of(double a, double b, Direction direction) {
  return direction == Direction::kHigherIsBetter ? a - b : b - a;
}

std::optional<Improvement> compare_over_tasks(const std::vector<PairedValues>& tasks, Direction direction,
                                              const BootstrapOptions& options) {
  std::vector<Sample> samples;
  for (const PairedValues& task : tasks) {
    Sample sample = improvements_of(task, direction);
    if (!sample.values.empty()) samples.push_back(std::move(sample));
  }
  if (samples.empty()) return std::nullopt;
  const PatientSum sum = sum_over_patients(samples);
  Improvement improvement;
  improvement.patients = static_cast<int64_t>(sum.parts.size());
  improvement.tasks = static_cast<int64_t>(samples.size());
  improvement.mean = sum.average;
  if (samples.size() == 1) improvement.sd = standard_deviation(samples.front().values, 1);
  if (const auto interval = interval_of(sum, options)) {
    improvement.interval = Interval{interval->low, interval->high};
    improvement.standard_error = interval->standard_error;
    improvement.degrees_of_freedom = interval->degrees_of_freedom;
    if (interval->standard_error > 0) {
      improvement.d_z =
          interval->estimate / (interval->standard_error * std::sqrt(static_cast<double>(interval->n)));
    }
    improvement.detectable = interval->standard_error == 0
                                 ? 0
                                 : interval->standard_error * remembered_effect(interval->degrees_of_freedom);
  }
  improvement.rank_biserial = rank_biserial(sum.parts);
  if (improvement.patients < kFewestPatientsForP) return improvement;
  const SignTest test = sign_permutation_test(sum.parts, Alternative::kTwoSided, stoppable(options));
  improvement.p = test.p;
  improvement.p_exact = test.exact;
  improvement.p_wilcoxon = wilcoxon_signed_rank(sum.parts, {.zeros = ZeroRule::kPratt}).p;
  return improvement;
}

std::optional<Improvement> compare_patients(const std::vector<PatientValue>& model,
                                            const std::vector<PatientValue>& baseline, Direction direction,
                                            const BootstrapOptions& options) {
  throw_if_interrupted();  // what follows may take long
  return compare_over_tasks({{&model, &baseline}}, direction, options);
}

void correct_family(const std::vector<Improvement*>& family) {
  std::vector<Improvement*> tested;
  std::vector<double> p;
  for (Improvement* member : family) {
    if (member == nullptr || !member->p) continue;
    tested.push_back(member);
    p.push_back(*member->p);
  }
  const std::vector<double> after_holm = holm(p), after_fdr = benjamini_hochberg(p);
  for (size_t i = 0; i < tested.size(); ++i) {
    tested[i]->p_holm = after_holm[i];
    tested[i]->p_fdr = after_fdr[i];
  }
}

void add_equivalence(Improvement& improvement, double margin) {
  improvement.margin = margin;
  if (improvement.patients < kFewestPatientsForP || !improvement.standard_error) return;
  improvement.p_equivalent =
      equivalence_p(improvement.mean, *improvement.standard_error, *improvement.degrees_of_freedom, margin);
}

std::optional<Interval> interval_over_tasks(const std::vector<const std::vector<PatientValue>*>& tasks,
                                            const BootstrapOptions& options) {
  std::vector<Sample> samples;
  for (const auto* patients : tasks) {
    if (patients->empty()) continue;
    Sample& sample = samples.emplace_back();
    for (const PatientValue& patient : *patients) {
      sample.patients.push_back(patient.patient);
      sample.values.push_back(patient.value);
    }
    sample.mean = mean(sample.values);
  }
  if (samples.empty()) return std::nullopt;
  const auto interval = interval_of(sum_over_patients(samples), options);
  return interval ? std::optional(Interval{interval->low, interval->high}) : std::nullopt;
}

}  // namespace synerbench
