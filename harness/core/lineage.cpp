#include "harness/core/lineage.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/schema.h"

namespace synerbench {
namespace {

constexpr size_t kShownDigits = 8;

std::vector<SampleKind> read_samples(JsonObject& object, const std::string& key) {
  std::vector<std::string> known;
  for (const SampleKindInfo& row : sample_kinds()) known.push_back(row.name);
  std::vector<SampleKind> samples;
  for (const std::string& name : object.texts(key)) {
    const auto at = std::find(known.begin(), known.end(), name);
    if (at == known.end())
      throw object.error(key, fmt::format("unknown kind of sample \"{}\"", name), did_you_mean(name, known));
    samples.push_back(sample_kinds()[static_cast<size_t>(at - known.begin())].kind);
  }
  return samples;
}

Json names_of(const std::vector<SampleKind>& samples) {
  Json names = Json::array();
  for (const SampleKind kind : samples) names.push_back(info_of(kind).name);
  return names;
}

std::vector<LearnedRoute> read_routes(JsonObject& object, const std::string& key) {
  std::vector<LearnedRoute> routes;
  for (JsonObject& one : object.objects(key)) {
    routes.push_back({one.text("data_set"), one.text("task")});
    one.done();
  }
  return routes;
}

Json to_json(const std::vector<LearnedRoute>& routes) {
  Json list = Json::array();
  for (const LearnedRoute& route : routes)
    list.push_back({{"data_set", route.data_set}, {"task", route.task}});
  return list;
}

/// Every field of a training but the hashes of its scans, which stand apart because trainings share them.
const Schema<TrainingOrigin>& origin_schema() {
  static const Schema<TrainingOrigin> table = [] {
    using T = TrainingOrigin;
    Schema<T> s;
    s.text("model", &T::model, "method that was trained");
    s.text("weights_sha256", &T::weights_sha256, "of what it left");
    s.boolean("recorded", &T::recorded, "false: nobody wrote down what these weights learned from");
    s.text("recipe_sha256", &T::recipe_sha256, "of method, configuration with its curriculum, and recipe");
    s.text("store_sha256", &T::store_sha256, "whose scans it saw; empty: none");
    s.texts("data_sets", &T::data_sets, "whose patients it saw, in training or validation");
    s.text("patients_sha256", &T::patients_sha256, "over the names of these patients");
    s.text("scans_sha256", &T::scans_sha256, "over the hashes of their scans");
    s.custom(
        "samples", "list of kinds", "what it learned from",
        [](T& t, JsonObject& o) {
          if (o.mark("samples")) t.samples = read_samples(o, "samples");
        },
        [](T& t) { return names_of(t.samples); });
    s.custom(
        "synthesis", "list of {data_set, task}", "its synthesis samples",
        [](T& t, JsonObject& o) {
          if (o.mark("synthesis")) t.synthesis = read_routes(o, "synthesis");
        },
        [](T& t) { return to_json(t.synthesis); });
    return s;
  }();
  return table;
}

}  // namespace

const std::vector<SampleKindInfo>& sample_kinds() {
  using K = SampleKind;
  static const std::vector<SampleKindInfo> rows{
      {K::kWords, "words", "questions and answers without any image", false},
      {K::kPictures, "pictures", "procedural pictures, their captions and questions about them", false},
      {K::kEdits, "edits", "procedural pictures that are changed by an instruction", false},
      {K::kSingleSlices, "single-slices", "slices each by itself: captions to slices, edits, an autoencoder",
       true},
      {K::kRecognitionQuestions, "recognition-questions", "questions about and captions of one slice", true},
      {K::kGauQuestions, "gau-questions", "questions made of pairs: CTS, MI and TIA", true},
      {K::kShuffledQuestions, "shuffled-questions", "the same with the answers of others", true},
      {K::kSynthesis, "synthesis", "one modality of a patient to another, paired or not", true}};
  return rows;
}

const SampleKindInfo& info_of(SampleKind kind) { return sample_kinds().at(static_cast<size_t>(kind)); }

bool TrainingOrigin::learned(SampleKind kind) const {
  return std::find(samples.begin(), samples.end(), kind) != samples.end();
}

std::string TrainingOrigin::title() const {
  return weights_sha256.empty() ? model : fmt::format("{} {}", model, weights_sha256.substr(0, kShownDigits));
}

bool Lineage::recorded() const {
  return std::all_of(trainings.begin(), trainings.end(), [](const auto& one) { return one.recorded; });
}

std::string sha256_of_set(const std::set<std::string>& texts) {
  if (texts.empty()) return "";
  Sha256 hash;
  for (const std::string& text : texts) hash.update(text + "\n");
  return hash.hex();
}

Json to_json(const Lineage& lineage) {
  Json trainings = Json::array();
  for (const TrainingOrigin& one : lineage.trainings) trainings.push_back(origin_schema().write(one));
  return {{"trainings", trainings}};
}

Json to_json_with_scans(const Lineage& lineage, const std::string& left_out) {
  Json json = to_json(lineage);
  json["scans"] = Json::object();
  for (const TrainingOrigin& one : lineage.trainings) {
    if (one.scans && !one.scans->empty() && one.scans_sha256 != left_out)
      json["scans"][one.scans_sha256] = *one.scans;
  }
  return json;
}

Lineage lineage_from_json(JsonObject json, const std::vector<ScanHashes>& known) {
  std::map<std::string, ScanHashes> sets;
  for (const ScanHashes& set : known) {
    if (set) sets.emplace(sha256_of_set(*set), set);
  }
  if (json.has("scans")) {
    JsonObject scans = json.object("scans");
    for (const auto& [hash, list] : json.raw("scans").items()) {
      const std::vector<std::string> texts = scans.texts(hash);
      const auto set = std::make_shared<const std::set<std::string>>(texts.begin(), texts.end());
      if (sha256_of_set(*set) != hash) throw scans.error(hash, "the scans have another hash");
      sets.emplace(hash, set);
    }
  }
  Lineage lineage;
  for (JsonObject& object : json.objects("trainings")) {
    TrainingOrigin one;
    origin_schema().read_fields(one, object);
    object.done();
    if (one.model.empty()) throw object.error("model", "no model is named");
    if (const auto at = sets.find(one.scans_sha256); at != sets.end()) one.scans = at->second;
    lineage.trainings.push_back(std::move(one));
  }
  if (lineage.trainings.empty()) throw json.error("trainings", "is empty");
  json.done();
  return lineage;
}

std::string in_words(const std::vector<Lineage>& lineages) {
  std::set<SampleKind> own, before;
  bool unknown = false;
  for (const Lineage& lineage : lineages) {
    for (size_t i = 0; i < lineage.trainings.size(); ++i) {
      const TrainingOrigin& one = lineage.trainings[i];
      unknown = unknown || !one.recorded;
      (i == 0 ? own : before).insert(one.samples.begin(), one.samples.end());
    }
  }
  const auto names = [](const std::set<SampleKind>& kinds) {
    std::vector<std::string> list;
    for (const SampleKind kind : kinds) list.push_back(info_of(kind).name);
    return list;
  };
  std::vector<std::string> below = names(before);
  if (unknown) below.emplace_back("weights of unknown origin");
  std::string text = fmt::format("{}", fmt::join(names(own), ", "));
  if (!below.empty()) text += fmt::format("{}on {}", text.empty() ? "" : " ", fmt::join(below, ", "));
  return text;
}
std::string in_words(const Lineage& lineage) { return in_words(std::vector<Lineage>{lineage}); }

const Lineage* lineage_for(const ModelInfo& info, const std::string& task) {
  for (const std::string& key : {task, std::string()}) {
    const auto at = info.lineages.find(key);
    if (at != info.lineages.end()) return at->second.get();
  }
  return nullptr;
}

Json lineages_to_json(const ModelInfo& info) {
  std::vector<std::pair<const Lineage*, std::vector<std::string>>> distinct;  // in the order of the tasks
  for (const auto& [task, lineage] : info.lineages) {
    auto at = std::find_if(distinct.begin(), distinct.end(),
                           [held = lineage.get()](const auto& known) { return known.first == held; });
    if (at == distinct.end()) at = distinct.insert(at, {lineage.get(), {}});
    if (!task.empty()) at->second.push_back(task);
  }
  Json list = Json::array();
  for (const auto& [lineage, tasks] : distinct) {
    Json one{{"tasks", tasks}};
    one.update(to_json(*lineage));
    list.push_back(std::move(one));
  }
  return list;
}

std::vector<Lineage> lineages_from_json(const Json& json, const std::string& place) {
  std::vector<Lineage> lineages;
  if (!json.is_array()) throw input_error(place, "a list of lineages is wanted", "");
  for (const Json& one : json) {
    Json without_tasks = one;
    if (without_tasks.is_object()) without_tasks.erase("tasks");
    lineages.push_back(lineage_from_json(JsonObject(without_tasks, place, "", ExitCode::kBadInput)));
  }
  return lineages;
}

}  // namespace synerbench
