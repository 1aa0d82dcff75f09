#include "reference/evaluation/understanding.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "harness/core/error.h"
#include "metrics/statistics.h"

namespace synerbench::reference {
namespace {

/// Two data sets may use one name for different patients.
std::string patient_of(const ImageOrigin& origin) {
  return origin.slice.scan.dataset + "/" + origin.slice.scan.patient;
}

std::set<std::string> patients_of(const AskedQuestion& question) {
  std::set<std::string> own;
  for (const ImageOrigin& origin : question.subjects) own.insert(patient_of(origin));
  return own;
}

ByPatient by_patient(const std::vector<PatientCount>& patients) {
  std::vector<double> means;
  for (const PatientCount& patient : patients)
    means.push_back(patient.score / static_cast<double>(patient.questions));
  ByPatient result{mean(means), static_cast<int64_t>(means.size()), std::nullopt};
  if (const auto interval = mean_interval(means))
    result.interval = Interval{std::max(0.0, interval->low), std::min(1.0, interval->high)};
  return result;
}

std::vector<PatientCount> count_patients(const std::vector<AskedQuestion>& questions,
                                         const std::vector<double>& scores,
                                         const std::vector<size_t>& which) {
  std::map<std::string, PatientCount> counts;
  for (const size_t i : which) {
    for (const std::string& patient : patients_of(questions[i])) {
      PatientCount& count = counts[patient];
      count.patient = patient;
      ++count.questions;
      count.score += scores[i];
    }
  }
  std::vector<PatientCount> list;
  for (auto& [name, count] : counts) list.push_back(std::move(count));
  return list;
}

/// What a question has in common with others: (by, value), in the order of the table.
std::vector<std::pair<std::string, std::string>> parts_of(InstanceKind kind, const QuestionFacts& facts) {
  std::vector<std::pair<std::string, std::string>> parts;
  if (kind == InstanceKind::kCts && facts.nearest()) {
    parts.emplace_back("distance", distance_range(*facts.nearest()));
    parts.emplace_back("area_matched", facts.area_matched ? "yes" : "no");
  }
  if (kind == InstanceKind::kMiPanel) parts.emplace_back("confusable", facts.confusable ? "yes" : "no");
  if (facts.form) parts.emplace_back("options", name_of(*facts.form));
  if (kind != InstanceKind::kVqa && kind != InstanceKind::kCaption)
    parts.emplace_back("wording", facts.unseen_wording ? "unseen" : "seen");
  return parts;
}

double mean_of(const std::vector<double>& scores, const std::vector<size_t>& which) {
  double sum = 0;
  for (const size_t i : which) sum += scores[i];
  return sum / static_cast<double>(which.size());
}

std::vector<AccuracyPart> accuracy_parts(InstanceKind kind, const std::vector<AskedQuestion>& questions,
                                         const std::vector<double>& scores) {
  std::map<std::pair<std::string, std::string>, std::vector<size_t>> members;
  for (size_t i = 0; i < questions.size(); ++i) {
    for (const auto& part : parts_of(kind, questions[i].facts)) members[part].push_back(i);
  }
  std::vector<AccuracyPart> parts;
  for (const auto& [part, which] : members) {
    parts.push_back({part.first, part.second, static_cast<int64_t>(which.size()), mean_of(scores, which),
                     by_patient(count_patients(questions, scores, which))});
  }
  return parts;
}

/// Counts what `chosen`, an option of each question, says about wrong candidates.
std::vector<Confusion> confusions(const std::vector<AskedQuestion>& questions,
                                  const std::vector<std::optional<size_t>>& chosen) {
  std::map<std::string, Confusion> counts;
  for (size_t i = 0; i < questions.size(); ++i) {
    const auto& distances = questions[i].facts.distances;
    for (size_t option = 0; option < distances.size(); ++option) {
      if (distances[option] == 0) continue;
      Confusion& one = counts[distance_range(std::abs(distances[option]))];
      ++one.offered;
      one.chosen += chosen[i] == option;
    }
  }
  std::vector<Confusion> list;
  for (auto& [range, one] : counts) list.push_back({range, one.offered, one.chosen});
  return list;
}

void summarize(const UnderstandingTable& table, UnderstandingResult& row) {
  std::vector<size_t> all(table.questions.size());
  for (size_t i = 0; i < all.size(); ++i) all[i] = i;
  row.accuracy = mean_of(row.scores, all);
  if (std::all_of(row.scores.begin(), row.scores.end(), [](double s) { return s == 0 || s == 1; })) {
    const auto n = static_cast<int64_t>(all.size());
    row.wilson = wilson_interval(std::round(row.accuracy * static_cast<double>(n)), n);
  }
  row.patients = count_patients(table.questions, row.scores, all);
  row.by_patient = by_patient(row.patients);
  row.parts = accuracy_parts(table.kind, table.questions, row.scores);
}

Json to_json(const ImageOrigin& origin) {
  return {{"task", origin.task},
          {"modality", name_of(origin.modality)},
          {"case", origin.slice.scan.text()},
          {"patient", origin.slice.scan.patient},
          {"slice", origin.slice.slice}};
}

Json to_json(InstanceKind kind, const AskedQuestion& question) {
  Json about = Json::array();
  for (const ImageOrigin& origin : question.subjects) about.push_back(to_json(origin));
  Json json = {{"about", about}, {"right", question.right}};
  for (const auto& [by, value] : parts_of(kind, question.facts)) json[by] = value;
  if (!question.facts.distances.empty()) json["distances"] = question.facts.distances;
  return json;
}

Json to_json(const ByPatient& by_patient) {
  const auto& interval = by_patient.interval;
  return {{"mean", by_patient.estimate},
          {"low", interval ? Json(interval->low) : Json(nullptr)},
          {"high", interval ? Json(interval->high) : Json(nullptr)},
          {"n", by_patient.n}};
}

Json to_json(const UnderstandingResult& row) {
  Json parts = Json::array(), confusion = Json::array(), patients = Json::array();
  for (const AccuracyPart& part : row.parts) {
    parts.push_back({{"by", part.by},
                     {"value", part.value},
                     {"questions", part.questions},
                     {"accuracy", part.accuracy},
                     {"by_patient", to_json(part.by_patient)}});
  }
  for (const Confusion& one : row.confusions)
    confusion.push_back({{"distance", one.distance}, {"offered", one.offered}, {"chosen", one.chosen}});
  for (const PatientCount& one : row.patients)
    patients.push_back({{"patient", one.patient}, {"questions", one.questions}, {"score", one.score}});
  return {{"name", row.name},
          {"label", row.label},
          {"learned", row.learned},
          {"accuracy", row.accuracy},
          {"wilson", row.wilson ? Json{{"low", row.wilson->low}, {"high", row.wilson->high}} : Json(nullptr)},
          {"by_patient", to_json(row.by_patient)},
          {"parts", parts},
          {"confusions", confusion},
          {"patients", patients},
          {"answers", row.answers}};
}

std::string percent(double share) { return fmt::format("{:.1f}", 100 * share); }

std::string in_brackets(const std::optional<Interval>& interval) {
  return interval ? fmt::format("[{}, {}]", percent(interval->low), percent(interval->high)) : "";
}

}  // namespace

Interval wilson_interval(double right, int64_t n) {
  SB_CHECK(n > 0 && right >= 0 && right <= static_cast<double>(n), "a share of at least one question");
  constexpr double z = 1.959963984540054;  // 97.5 % of the normal distribution
  const auto count = static_cast<double>(n);
  const double p = right / count, z2 = z * z / count;
  const double middle = p + z2 / 2, half = z * std::sqrt(p * (1 - p) / count + z2 / (4 * count));
  return {std::max(0.0, (middle - half) / (1 + z2)), std::min(1.0, (middle + half) / (1 + z2))};
}

const UnderstandingResult* UnderstandingTable::best_solver() const {
  const UnderstandingResult* best = nullptr;
  for (const UnderstandingResult& row : rows) {
    if (!row.learned && (best == nullptr || row.accuracy > best->accuracy)) best = &row;
  }
  return best;
}

UnderstandingTable evaluate_understanding(const InstanceBuilder& builder,
                                          const std::vector<NamedRespondent>& respondents,
                                          const UnderstandingOptions& options,
                                          const std::function<void()>& asked) {
  return evaluate_understanding(
      [&](int64_t i) -> std::optional<Instance> {
        return builder.show(builder.question(options.kind, options.seed, i));
      },
      respondents, options, asked);
}

UnderstandingTable evaluate_understanding(const QuestionSource& source,
                                          const std::vector<NamedRespondent>& respondents,
                                          const UnderstandingOptions& options,
                                          const std::function<void()>& asked) {
  SB_CHECK(options.questions > 0, "at least one question");
  UnderstandingTable table{options.kind, options.seed, std::nullopt, {}, {}};
  for (const NamedRespondent& one : respondents) {
    UnderstandingResult& row = table.rows.emplace_back();
    row.name = one.name;
    row.label = one.label;
    row.learned = one.learned;
  }
  std::vector<std::vector<std::optional<size_t>>> chosen(respondents.size());
  const uint64_t kind_seed = combine_seeds(options.seed, seed_from(name_of(options.kind)));
  double chance = 0;
  bool has_options = true;
  for (int64_t i = 0; i < options.questions; ++i) {
    const std::optional<Instance> next = source(i);
    if (!next) break;
    const Instance& instance = *next;
    const auto subjects = instance.subjects();
    SB_CHECK(!subjects.empty(), "a question about images");
    AskedQuestion question{{subjects.begin(), subjects.end()}, instance.answer, instance.facts, std::nullopt};
    if (instance.options > 0) question.chance = 1.0 / static_cast<double>(instance.options);
    has_options = has_options && question.chance.has_value();
    chance += question.chance.value_or(0);
    table.questions.push_back(std::move(question));
    for (size_t r = 0; r < respondents.size(); ++r) {
      std::string answer =
          respondents[r].answer(instance, combine_seeds(kind_seed, static_cast<uint64_t>(i)));
      table.rows[r].scores.push_back(score_answer(instance, answer));
      chosen[r].push_back(chosen_option(instance, answer));
      table.rows[r].answers.push_back(std::move(answer));
    }
    if (asked) asked();
  }
  if (table.questions.empty()) {
    throw usage_error("questions", fmt::format("there is none of the kind {}", name_of(options.kind)),
                      "choose another with --kind");
  }
  if (has_options) table.chance = chance / static_cast<double>(table.questions.size());
  for (size_t r = 0; r < respondents.size(); ++r) {
    summarize(table, table.rows[r]);
    table.rows[r].confusions = confusions(table.questions, chosen[r]);
  }
  return table;
}

Json understanding_document(const UnderstandingTable& table, const Json& provenance) {
  Json questions = Json::array(), rows = Json::array();
  for (const AskedQuestion& question : table.questions) questions.push_back(to_json(table.kind, question));
  for (const UnderstandingResult& row : table.rows) rows.push_back(to_json(row));
  const UnderstandingResult* best = table.best_solver();
  return {{"schema", "synerbench/understanding"},
          {"schema_version", 2},
          {"kind", name_of(table.kind)},
          {"seed", table.seed},
          {"chance", table.chance ? Json(*table.chance) : Json(nullptr)},
          {"best_solver", best != nullptr ? Json(best->name) : Json(nullptr)},
          {"models", rows},
          {"provenance", provenance},
          {"questions", questions}};
}

std::string to_text(const UnderstandingTable& table) {
  std::string text = fmt::format("{}: {} questions{}\n", name_of(table.kind), table.questions.size(),
                                 table.chance ? fmt::format(", chance {} %", percent(*table.chance)) : "");
  size_t width = 5;
  for (const UnderstandingResult& row : table.rows) width = std::max(width, row.name.size());
  const UnderstandingResult* best = table.best_solver();
  for (const UnderstandingResult& row : table.rows) {
    text += fmt::format("  {:<{}}  {:>5} % right {:<13}  by patient {:>5} % {:<13} (n = {}){}\n", row.name,
                        width, percent(row.accuracy), in_brackets(row.wilson),
                        percent(row.by_patient.estimate), in_brackets(row.by_patient.interval),
                        row.by_patient.n, &row == best ? "  best of the solvers" : "");
  }
  for (const UnderstandingResult& row : table.rows) {
    if (!row.learned && &row != best) continue;
    for (const AccuracyPart& part : row.parts) {
      text += fmt::format("  {:<{}}  {} {}: {} % of {}\n", row.name, width, part.by, part.value,
                          percent(part.accuracy), part.questions);
    }
  }
  return text;
}

}  // namespace synerbench::reference
