// Evaluation of understanding: questions built from the slices of a store, put to models and to solvers that
// have learned nothing, their answers scored.
//
// The unit of the interval is the patient, as in every other statistic here: a patient's questions are
// averaged first. The accuracy over all questions stands beside it, because that is what papers print.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "reference/understanding/answers.h"
#include "reference/understanding/instances.h"

namespace synerbench::reference {

/// Whoever is asked: reads a question up to its answer and gives the text of an answer. A reference model, a
/// solver without learning (solvers.h), or a test's stand-in.
using Respondent = std::function<std::string(const Instance& question, uint64_t seed)>;

/// A row of the table.
struct NamedRespondent {
  std::string name;      // "edges"
  std::string label;     // "Edges: gradients that correlate best with the source's"
  bool learned = false;  // false: a solver
  Respondent answer = {};
};

struct UnderstandingOptions {
  InstanceKind kind = InstanceKind::kCts;  // one of question_kinds()
  int64_t questions = 64;                  // at least 1
  uint64_t seed = 1;  // question i and the model's randomness depend on seed, kind and i only
};

/// What every respondent was asked.
struct AskedQuestion {
  std::vector<ImageOrigin> subjects;  // the images it asks about
  std::string right;
  QuestionFacts facts;
  std::optional<double> chance;  // expected score of a guess; nothing for questions without options
};

struct Interval {
  double low = 0, high = 0;
};
/// Wilson 1927: 95 % interval of a share, `right` of `n` questions; n at least 1.
Interval wilson_interval(double right, int64_t n);

/// Mean of the patients' means; its interval (mean_interval, metrics/statistics.h, cut to [0, 1]) needs two
/// patients.
struct ByPatient {
  double estimate = 0;
  int64_t n = 0;
  std::optional<Interval> interval;
};

struct PatientCount {
  std::string patient;  // "synthrad2023/1BA001"
  int64_t questions = 0;
  double score = 0;  // sum
};

/// Accuracy on those questions that have something in common.
struct AccuracyPart {
  std::string by;  // "distance" "area_matched" "confusable" "options" "wording"
  // distance: that of the nearest candidate, "1" "2" "3-4" "5-8"; wording: "seen" "unseen"
  std::string value;
  int64_t questions = 0;
  double accuracy = 0;
  ByPatient by_patient;
};

/// How often a wrong candidate so far away was offered and was taken for the true one. Of kCts.
struct Confusion {
  std::string distance;
  int64_t offered = 0, chosen = 0;
};

/// One respondent.
struct UnderstandingResult {
  std::string name, label;
  bool learned = false;
  std::vector<std::string> answers;
  std::vector<double> scores;      // per question, in [0, 1], see score_answer()
  double accuracy = 0;             // mean over questions
  std::optional<Interval> wilson;  // where every question is right or wrong
  /// A question about several patients (panels) counts for each of them once.
  ByPatient by_patient;
  std::vector<PatientCount> patients;  // in the order of their names
  std::vector<AccuracyPart> parts;
  std::vector<Confusion> confusions;
};

struct UnderstandingTable {
  InstanceKind kind = InstanceKind::kCts;
  uint64_t seed = 1;
  std::optional<double> chance;  // mean over questions, where every question has options
  std::vector<AskedQuestion> questions;
  std::vector<UnderstandingResult> rows;  // in the order of the respondents
  /// The solver with the highest accuracy, the first of equals; nullptr without any.
  const UnderstandingResult* best_solver() const;
};

/// Question `number`; nothing when there are no more.
using QuestionSource = std::function<std::optional<Instance>(int64_t number)>;

/// Puts questions to all respondents and scores them: at most `options.questions`, at least one, all of
/// `options.kind`. Error(kUsage) when the source has none.
UnderstandingTable evaluate_understanding(const QuestionSource& source,
                                          const std::vector<NamedRespondent>& respondents,
                                          const UnderstandingOptions& options,
                                          const std::function<void()>& asked = {});
/// The same with questions that are drawn. `asked` is called after each question.
/// Error(kBadInput) when the data cannot give that kind.
UnderstandingTable evaluate_understanding(const InstanceBuilder& builder,
                                          const std::vector<NamedRespondent>& respondents,
                                          const UnderstandingOptions& options,
                                          const std::function<void()>& asked = {});

/// Schema synerbench/understanding, version 2: kind, seed, chance (null where there are no options),
/// best_solver, models [{name, label, learned, accuracy, wilson {low, high} or null, by_patient {mean, low,
/// high, n}, parts, confusions, patients [{patient, questions, score}], answers}], provenance, questions with
/// their slices, right answers and facts.
Json understanding_document(const UnderstandingTable& table, const Json& provenance);
/// A table for people, a line for each respondent and for each part.
std::string to_text(const UnderstandingTable& table);

}  // namespace synerbench::reference
