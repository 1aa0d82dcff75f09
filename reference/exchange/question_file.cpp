#include "reference/exchange/question_file.h"

#include <fmt/format.h>

#include <fstream>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/progress.h"

namespace synerbench::reference {

Json question_record(const Instance& question, int64_t number) {
  Json images = Json::array(), items = Json::array();
  for (const ImageOrigin& origin : question.origins) {
    images.push_back({{"task", origin.task},
                      {"modality", name_of(origin.modality)},
                      {"case", origin.slice.scan.text()},
                      {"patient", origin.slice.scan.patient},
                      {"slice", origin.slice.slice}});
  }
  for (const InstanceItem& item : question.items) {
    if (item.learned) continue;
    items.push_back(item.kind == PlanItem::Kind::kText ? Json{{"text", item.text}}
                                                       : Json{{"image", item.image}});
  }
  Json record = {{"number", number},
                 {"kind", name_of(question.kind)},
                 {"images", images},
                 {"items", items},
                 {"answer", question.answer}};
  const QuestionFacts& facts = question.facts;
  if (question.options > 0) record["options"] = question.options;
  if (!facts.distances.empty()) {
    record["distances"] = facts.distances;
    record["area_matched"] = facts.area_matched;
  }
  if (question.kind == InstanceKind::kMiPanel) record["confusable"] = facts.confusable;
  if (facts.form) record["form"] = name_of(*facts.form);
  record["unseen_wording"] = facts.unseen_wording;
  return record;
}

Json questions_header(const Json& provenance) {
  return {{"schema", "synerbench/questions"}, {"schema_version", 1}, {"provenance", provenance}};
}

std::map<std::string, int64_t> write_question_file(const std::filesystem::path& file, const Json& provenance,
                                                   const InstanceSource& source) {
  std::map<std::string, int64_t> kinds;
  int64_t number = 0;
  write_file_with(file, [&](const std::filesystem::path& temporary) {
    std::ofstream out(temporary, std::ios::binary);
    out << synerbench::to_text(questions_header(provenance), -1) << '\n';
    while (const auto question = source()) {
      throw_if_interrupted();
      ++kinds[name_of(question->kind)];
      out << synerbench::to_text(question_record(*question, number++), -1) << '\n';
    }
    out.flush();
    if (!out) throw input_error(file.string(), "cannot be written", "is the disk full?");
  });
  return kinds;
}

std::string read_out(const Instance& question) {
  std::string text = name_of(question.kind) + "\n";
  for (const InstanceItem& item : question.items) {
    if (item.learned) continue;
    if (item.kind == PlanItem::Kind::kText) {
      text += item.text + "\n";
    } else {
      const ImageOrigin& origin = question.origins.at(item.image);
      text += fmt::format("[image: {} {}]\n", name_of(origin.modality), origin.slice.text());
    }
  }
  return text + fmt::format("answer: {}\n", question.answer);
}

}  // namespace synerbench::reference
