#include "reference/evaluation/understanding.h"

#include <fmt/format.h>

#include <set>

#include "harness/core/error.h"

namespace synerbench::reference {
namespace {

/// Two data sets may use one name for different patients.
std::string patient_of(const ImageOrigin& origin) {
  return origin.slice.scan.dataset + "/" + origin.slice.scan.patient;
}

/// The interval over patients: a question counts once for each patient it asks about.
BootstrapInterval interval_of(const std::vector<AskedQuestion>& questions) {
  std::vector<double> scores;
  std::vector<std::string> patients;
  for (const AskedQuestion& question : questions) {
    std::set<std::string> own;
    for (const ImageOrigin& origin : question.subjects) own.insert(patient_of(origin));
    for (const std::string& patient : own) {
      scores.push_back(question.score);
      patients.push_back(patient);
    }
  }
  return bootstrap_mean(patient_means(scores, patients));
}

Json to_json(const ImageOrigin& origin) {
  return {{"task", origin.task},
          {"modality", name_of(origin.modality)},
          {"case", origin.slice.scan.text()},
          {"patient", origin.slice.scan.patient},
          {"slice", origin.slice.slice}};
}

Json to_json(const AskedQuestion& question) {
  Json about = Json::array();
  for (const ImageOrigin& origin : question.subjects) about.push_back(to_json(origin));
  return {
      {"about", about}, {"answer", question.answer}, {"right", question.right}, {"score", question.score}};
}

}  // namespace

UnderstandingResult evaluate_understanding(const InstanceBuilder& builder, const Respondent& respondent,
                                           const UnderstandingOptions& options,
                                           const std::function<void()>& asked) {
  SB_CHECK(options.questions > 0, "at least one question");
  UnderstandingResult result;
  result.kind = options.kind;
  const uint64_t kind_seed = combine_seeds(options.seed, seed_from(name_of(options.kind)));
  double score = 0, chance = 0;
  bool has_options = true;
  for (int64_t i = 0; i < options.questions; ++i) {
    const uint64_t seed = combine_seeds(kind_seed, static_cast<uint64_t>(i));
    Random random(seed);
    const Instance instance = builder.make(options.kind, random);
    const auto subjects = instance.subjects();
    SB_CHECK(!subjects.empty(), "a question about images");
    AskedQuestion question{
        {subjects.begin(), subjects.end()}, respondent(instance, seed), instance.answer, 0, std::nullopt};
    question.score = score_answer(instance, question.answer);
    if (instance.options > 0) question.chance = 1.0 / static_cast<double>(instance.options);
    has_options = has_options && question.chance.has_value();
    score += question.score;
    chance += question.chance.value_or(0);
    result.questions.push_back(std::move(question));
    if (asked) asked();
  }
  const auto n = static_cast<double>(options.questions);
  result.accuracy = score / n;
  if (has_options) result.chance = chance / n;
  result.by_patient = interval_of(result.questions);
  return result;
}

Json understanding_document(const UnderstandingResult& result, const Json& provenance) {
  Json questions = Json::array();
  for (const AskedQuestion& question : result.questions) questions.push_back(to_json(question));
  const BootstrapInterval& interval = result.by_patient;
  return {{"schema", "synerbench/understanding"},
          {"schema_version", 1},
          {"kind", name_of(result.kind)},
          {"accuracy", result.accuracy},
          {"chance", result.chance ? Json(*result.chance) : Json(nullptr)},
          {"by_patient",
           {{"mean", interval.estimate}, {"low", interval.low}, {"high", interval.high}, {"n", interval.n}}},
          {"provenance", provenance},
          {"questions", questions}};
}

std::string to_text(const UnderstandingResult& result) {
  const BootstrapInterval& interval = result.by_patient;
  return fmt::format(
      "{}: {:.1f} % right (n = {} questions){}; by patient {:.1f} % [{:.1f}, {:.1f}] (n = {})\n",
      name_of(result.kind), 100 * result.accuracy, result.questions.size(),
      result.chance ? fmt::format(", chance {:.1f} %", 100 * *result.chance) : "", 100 * interval.estimate,
      100 * interval.low, 100 * interval.high, interval.n);
}

}  // namespace synerbench::reference
