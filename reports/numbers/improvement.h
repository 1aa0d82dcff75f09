// A model against another one, patient by patient: in one task, or on average over several.
//
// Note [Direction]
// Differences are improvements: positive means that the first model is better, whatever the direction of the
// metric, which is read from MetricInfo here and nowhere else.
//
// Note [Patients over tasks]
// Tasks share patients (both directions of a pair, the twelve routes of BraTS), so their means are not
// independent. An average over tasks is a sum over patients: one patient's part is the sum of its values,
// each divided by the number of tasks and by the number of patients in that task. Parts of different patients
// are independent, whatever tasks they share. So an interval and a test of an average are those of a sum over
// patients (sum_interval, sign_permutation_test in metrics/statistics.h). Patients with values in the same
// tasks form a group, because their parts are alike. Groups of one patient are joined; if one is left, it
// joins the largest group. Values are centered within their task first, so that joining costs little.
//
// Note [Fewest patients for a p]
// Two-sided, no exact paired test of n patients can fall below 2^(1 - n): with fewer than six nothing can be
// significant at 5 %. Then no p of any kind is given, and the reason is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "metrics/protocol.h"
#include "metrics/statistics.h"

namespace synerbench {

inline constexpr int64_t kFewestPatientsForP = 6;  // see Note [Fewest patients for a p]

/// How the numbers below are made, for whoever prints them: one wording everywhere.
inline constexpr const char* kIntervalMethod =
    "Student's t and bootstrap-t over patients, on each side the farther end";
inline constexpr const char* kTestMethod = "permutation of the patients' signs, two-sided";

struct Interval {
  double low = 0, high = 0;
};

struct PatientValue {
  std::string patient;
  double value = 0;  // mean over the patient's cases
};

/// A model against another one on the patients that both have a value for. Positive = better, see Note
/// [Direction].
struct Improvement {
  int64_t patients = 0;
  int64_t tasks = 1;  // that have such patients
  double mean = 0;
  std::optional<double> sd;          // of the differences, ddof 1; of one task only
  std::optional<Interval> interval;  // nothing for one patient, or when a task has only one
  std::optional<double> standard_error, degrees_of_freedom;  // where there is an interval
  std::optional<double> p;           // two-sided, by permutation of signs; see Note [Fewest patients for a p]
  bool p_exact = true;               // false: from random patterns
  std::optional<double> p_holm;      // p after Holm over its family
  std::optional<double> p_fdr;       // p after Benjamini and Hochberg over the same family
  std::optional<double> p_wilcoxon;  // two-sided signed-rank, zeros after Pratt, not corrected
  std::optional<double> d_z;         // mean over the SD of the differences
  std::optional<double> rank_biserial;  // of the patients' parts
  std::optional<double> detectable;     // smallest true difference that a t test finds with 80 % power at 5 %
  std::optional<double> margin, p_equivalent;  // two one-sided t tests, where a margin was given
};

/// Why there is no p; empty when there is one: "5 patients: no exact paired test can fall below 0.063".
std::string why_no_p(const Improvement& improvement);

/// Value a is better than b.
bool is_better(double a, double b, Direction direction);
/// a against b, positive = a is better.
double improvement_of(double a, double b, Direction direction);

/// Two models in one task: their patients, each list sorted by patient.
struct PairedValues {
  const std::vector<PatientValue>* model = nullptr;
  const std::vector<PatientValue>* baseline = nullptr;
};

/// Compares on the patients in both lists; nothing when there is none.
std::optional<Improvement> compare_patients(const std::vector<PatientValue>& model,
                                            const std::vector<PatientValue>& baseline, Direction direction,
                                            const BootstrapOptions& options);

/// The same on average over tasks, every task with common patients weighing the same.
std::optional<Improvement> compare_over_tasks(const std::vector<PairedValues>& tasks, Direction direction,
                                              const BootstrapOptions& options);

/// Holm and Benjamini-Hochberg over those that have a p. Null pointers are left out.
void correct_family(const std::vector<Improvement*>& family);

/// Adds the test of equivalence within +-margin (> 0), where there are patients enough for a p.
void add_equivalence(Improvement& improvement, double margin);

/// One model on average over tasks: the interval of Note [Patients over tasks]. Nothing when a task has a
/// single patient, or there is no task.
std::optional<Interval> interval_over_tasks(const std::vector<const std::vector<PatientValue>*>& tasks,
                                            const BootstrapOptions& options);

}  // namespace synerbench
