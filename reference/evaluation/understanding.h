// Evaluation of understanding: questions built from the slices of a store, put to a model, its answers
// scored.
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
#include "metrics/statistics.h"
#include "reference/understanding/instances.h"

namespace synerbench::reference {

/// Whoever is asked: reads a question up to its answer and gives the text of an answer. A reference model, or
/// a test's stand-in.
using Respondent = std::function<std::string(const Instance& question, uint64_t seed)>;

struct UnderstandingOptions {
  InstanceKind kind = InstanceKind::kCts;  // one of question_kinds()
  int64_t questions = 64;                  // at least 1
  uint64_t seed = 1;  // question i and the model's randomness depend on seed, kind and i only
};

struct AskedQuestion {
  std::vector<ImageOrigin> subjects;  // the images it asks about
  std::string answer, right;
  double score = 0;              // in [0, 1], see score_answer()
  std::optional<double> chance;  // expected score of a guess; nothing for questions without options
};

struct UnderstandingResult {
  InstanceKind kind = InstanceKind::kCts;
  std::vector<AskedQuestion> questions;
  double accuracy = 0;           // mean over questions
  std::optional<double> chance;  // mean over questions, where every question has options
  /// Mean of the patients' means, with its interval. A question about several patients (panels) counts for
  /// each of them once.
  BootstrapInterval by_patient;
};

/// Draws the questions, asks each, scores. `asked` is called after each question. Error(kBadInput) when the
/// data cannot give that kind.
UnderstandingResult evaluate_understanding(const InstanceBuilder& builder, const Respondent& respondent,
                                           const UnderstandingOptions& options,
                                           const std::function<void()>& asked = {});

/// Schema synerbench/understanding, version 1: kind, accuracy, chance (null where there are no options),
/// by_patient {mean, low, high, n}, provenance, questions with their slices, answers and scores.
Json understanding_document(const UnderstandingResult& result, const Json& provenance);
/// A line for people.
std::string to_text(const UnderstandingResult& result);

}  // namespace synerbench::reference
