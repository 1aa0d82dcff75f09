#include "harness/study/study.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/provenance.h"
#include "harness/data/slice_store.h"
#include "harness/study/detail/known_words.h"
#include "harness/study/embedded.h"
#include "harness/suite/suite.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;
using detail::require_metric;
using detail::require_tasks;

struct Source {
  std::string text, place;
};

Source find_study(const std::string& name) {
  if (name.ends_with(".json") || name.find('/') != std::string::npos) return {read_file(name), name};
  for (const EmbeddedFile& file : embedded_studies()) {
    if (file.name == name) return {std::string(file.bytes), "studies/" + name + ".json"};
  }
  throw usage_error("study \"" + name + "\"", "there is none of this name",
                    did_you_mean(name, embedded_study_names()) + "; a file of your own ends with .json");
}

void require_name(const JsonObject& object, const std::string& key, const std::string& name) {
  if (!name.empty() && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._-") == std::string::npos)
    return;
  throw object.error(key, fmt::format("\"{}\" is no name", name),
                     "use a to z, 0 to 9, \".\", \"_\" and \"-\"");
}

/// What the file says about one method.
struct StudyMethod {
  std::string name, model, budget;
  Json config, recipe;
  std::vector<std::string> tasks, words;
  std::vector<int64_t> seeds;
  std::vector<std::string> builds_on;  // names of methods in ${...} of config and recipe
};

struct Evaluation {
  std::string name, suite, canvas;
  std::vector<std::string> tasks, models, trained, words;
};

struct Contrast {
  std::string name, evaluation, candidate, baseline, metric;
  std::vector<std::string> tasks;
};

/// Replaces every ${name} of a text.
std::string replaced(const std::string& text,
                     const std::function<std::string(const std::string&)>& value_of) {
  std::string result;
  size_t at = 0;
  while (true) {
    const size_t open = text.find("${", at);
    const size_t close = open == std::string::npos ? open : text.find('}', open);
    if (close == std::string::npos) return result + text.substr(at);
    result += text.substr(at, open - at) + value_of(text.substr(open + 2, close - open - 2));
    at = close + 1;
  }
}

Json replaced(const Json& json, const std::function<std::string(const std::string&)>& value_of) {
  if (json.is_string()) return replaced(json.get<std::string>(), value_of);
  Json result = json;
  if (json.is_object() || json.is_array()) {
    for (auto& [key, value] : result.items()) value = replaced(value, value_of);
  }
  return result;
}

class Expansion {
 public:
  Expansion(const Json& json, const std::string& place, const ProtocolTable& protocols,
            const StudyTables& tables)
      : file_(json, place, ""), protocols_(protocols), tables_(tables) {}

  Study run() {
    read_head();
    make_store();
    read_methods();
    for (const StudyMethod& method : methods_) add_trainings(method);
    std::vector<Evaluation> evaluations = read_evaluations();
    for (const Evaluation& evaluation : evaluations) add_runs(evaluation);
    add_contrasts();
    for (const Evaluation& evaluation : evaluations) add_report(evaluation);
    file_.done();
    return std::move(study_);
  }

 private:
  void read_head() {
    file_.choice("schema", {"synerbench/study"});
    file_.integer("schema_version", 1, 1);
    study_.name = file_.text("name");
    require_name(file_, "name", study_.name);
    study_.title = file_.line_or("title", study_.name);
    study_.note = file_.text_or("note", "");
    study_.slurm = file_.texts_or("slurm", {});
    suite_ = file_.text("suite");
    canvas_ = file_.text_or("canvas", "");
    threads_ = file_.integer_or("threads", 1, 1, 1024);
    device_ = file_.text_or("device", "cpu");
    tasks_ = file_.texts_or("tasks", {});
    recipe_ = file_.mark("recipe") ? file_.raw("recipe") : Json::object();
    training_words_ = file_.texts_or("training_words", {});
    require_suite(file_, "suite", suite_);
  }

  /// The suite's hash; it is part of the identity of what reads it.
  const Suite& require_suite(const JsonObject& object, const std::string& key, const std::string& name) {
    if (const auto known = suites_.find(name); known != suites_.end()) return known->second;
    try {
      return suites_.emplace(name, load_suite(name, protocols_)).first->second;
    } catch (const Error& error) {
      throw object.error(key, error.problem(), error.hint());
    }
  }

  /// What `look_up` throws, with the place in the study.
  template <class LookUp>
  static void require(const JsonObject& object, const std::string& key, LookUp&& look_up) {
    try {
      look_up();
    } catch (const Error& error) {
      throw object.error(key, error.problem(), error.hint());
    }
  }

  /// Adds a step. Its words name the folder of what it makes as "${out}".
  const StudyStep& add(StudyStep step, const Json& also_read) {
    const auto text_of = [](const StudyCommand& command) { return Json(command.words); };
    Json identity{{"reads", also_read}, {"commands", Json::array()}};
    for (const StudyCommand& command : step.commands) identity["commands"].push_back(text_of(command));
    step.identity = sha256_hex(to_text(identity, -1));
    const auto out_of = [&](const std::string& name) {
      return name == "out"     ? step.out()
             : name == "store" ? store_folder_
             : name == "tree"  ? tree_folder_
                               : "${" + name + "}";
    };
    for (StudyCommand& command : step.commands) {
      for (CommandLine* line : {&command.words, &command.resumed}) {
        for (std::string& word : *line) word = replaced(word, out_of);
      }
      command.resumes_from = replaced(command.resumes_from, out_of);
    }
    study_.steps.push_back(std::move(step));
    return study_.steps.back();
  }

  void make_store() {
    JsonObject store = file_.object("store");
    if (store.has("folder")) {
      const std::string folder = store.text("folder");
      store.done();
      try {
        store_sha256_ = SliceStore(folder).sha256();
      } catch (const Error& error) {
        throw store.error("folder", error.problem(), error.hint());
      }
      store_ = "${store}";  // where it lies says nothing about what it holds
      store_folder_ = fs::absolute(folder).lexically_normal().string();
      return;
    }
    StudyStep step{"store", {}, {}, "", false};
    CommandLine phantom{"phantom"};
    for (const std::string& word : store.texts("phantom")) phantom.push_back(word);
    phantom.insert(phantom.end(), {"--out", "${out}/tree"});
    step.commands.push_back({phantom});
    for (JsonObject& import : store.objects("imports")) {
      CommandLine words{"import", import.text("layout"), "${out}/tree/" + import.text("tree")};
      for (const std::string& word : import.texts_or("words", {})) words.push_back(word);
      words.insert(words.end(), {"--out", "${out}/store"});
      import.done();
      step.commands.push_back({words});
    }
    if (step.commands.size() == 1)
      throw store.error("imports", "none is listed", "name the layouts of the trees that phantom writes");
    store.done();
    const StudyStep& made = add(std::move(step), Json::object());
    store_ = made.out() + "/store";
    tree_folder_ = made.out() + "/tree";
    store_step_ = made.name;
  }

  /// What a step that reads the store builds on.
  std::vector<std::string> on_store(std::vector<std::string> more = {}) const {
    if (!store_step_.empty()) more.insert(more.begin(), store_step_);
    return more;
  }
  Json read_by(const std::string& suite) const {
    Json read{{"suite", suites_.at(suite).sha256}};
    if (store_step_.empty()) read["store"] = store_sha256_;
    return read;
  }

  /// Reads a list of objects that have names of their own into `list`, each with `read`, which sees those
  /// above it there. `what`: one of them, in errors.
  template <class Entry, class Read>
  void read_named(const std::string& key, const std::string& what, std::vector<Entry>& list, Read&& read) {
    for (JsonObject& object : file_.objects(key)) {
      Entry entry;
      entry.name = object.text("name");
      require_name(object, "name", entry.name);
      if (std::any_of(list.begin(), list.end(), [&](const Entry& other) { return other.name == entry.name; }))
        throw object.error("name", fmt::format("two {}s are named \"{}\"", what, entry.name));
      read(object, entry);
      object.done();
      list.push_back(std::move(entry));
    }
  }

  void read_methods() {
    if (!file_.mark("methods")) return;
    read_named("methods", "method", methods_, [&](JsonObject& object, StudyMethod& method) {
      method.model = object.text("model");
      if (tables_.method) require(object, "model", [&] { tables_.method(method.model); });
      method.budget = object.text_or("budget", "");
      method.config = object.mark("config") ? object.raw("config") : Json::object();
      method.recipe = object.mark("recipe") ? object.raw("recipe") : recipe_;
      method.tasks = object.texts_or("tasks", tasks_);
      require_tasks(object, "tasks", suites_.at(suite_), method.tasks);
      method.words = object.texts_or("words", training_words_);
      read_seeds(object, method);
      for (const Json* json : {&method.config, &method.recipe}) {
        replaced(*json, [&](const std::string& name) {
          method.builds_on.push_back(name);
          return name;
        });
      }
      for (const std::string& other : method.builds_on) {
        if (find_method(other) != nullptr) continue;
        throw object.error("config", fmt::format("\"${{{}}}\" names no method above this one", other),
                           did_you_mean(other, method_names()));
      }
    });
  }

  void read_seeds(JsonObject& object, StudyMethod& method) {
    if (!object.mark("seeds")) {
      method.seeds = {1};
      return;
    }
    const Json& seeds = object.raw("seeds");
    if (!seeds.is_array() || seeds.empty())
      throw object.error("seeds", "is no list of whole numbers", "for example [1, 2, 3]");
    for (const Json& seed : seeds) {
      if (!seed.is_number_unsigned() || seed.get<uint64_t>() > (uint64_t{1} << 62))
        throw object.error("seeds", "is no list of whole numbers", "for example [1, 2, 3]");
      const auto value = seed.get<int64_t>();
      if (std::find(method.seeds.begin(), method.seeds.end(), value) != method.seeds.end())
        throw object.error("seeds", fmt::format("{} is listed twice", value));
      method.seeds.push_back(value);
    }
  }

  static std::string training_name(const std::string& method, int64_t seed) {
    return fmt::format("train-{}-s{}", method, seed);
  }
  const StudyStep* find_step(const std::string& name) const {
    const auto found = std::find_if(study_.steps.begin(), study_.steps.end(),
                                    [&](const StudyStep& step) { return step.name == name; });
    return found == study_.steps.end() ? nullptr : &*found;
  }
  const StudyMethod* find_method(const std::string& name) const {
    const auto found = std::find_if(methods_.begin(), methods_.end(),
                                    [&](const StudyMethod& method) { return method.name == name; });
    return found == methods_.end() ? nullptr : &*found;
  }

  std::vector<std::string> method_names() const {
    std::vector<std::string> names;
    for (const StudyMethod& method : methods_) names.push_back(method.name);
    return names;
  }

  /// The training of another method that one of this seed builds on: of the same seed, or of its only one.
  const StudyStep& training_for(const std::string& method, int64_t seed) const {
    const StudyMethod& other = *find_method(method);
    const bool same = std::find(other.seeds.begin(), other.seeds.end(), seed) != other.seeds.end();
    if (!same && other.seeds.size() > 1) {
      throw usage_error(
          file_.where("methods"),
          fmt::format("a training of seed {} builds on \"{}\", which has no such seed", seed, method),
          "give both the same seeds, or the other a single one");
    }
    return *find_step(training_name(method, same ? seed : other.seeds.front()));
  }

  void add_common(CommandLine& words, const std::string& suite, const std::string& canvas,
                  const std::vector<std::string>& tasks) const {
    words.insert(words.end(), {"--suite", suite, "--store", store_});
    if (!canvas.empty()) words.insert(words.end(), {"--canvas", canvas});
    for (const std::string& task : tasks) words.insert(words.end(), {"--task", task});
    words.insert(words.end(), {"--threads", std::to_string(threads_)});
  }

  void add_trainings(const StudyMethod& method) {
    for (const int64_t seed : method.seeds) {
      StudyStep step{training_name(method.name, seed), on_store(), {}, "", false};
      const auto weights_of = [&](const std::string& name) {
        const StudyStep& other = training_for(name, seed);
        if (std::find(step.needs.begin(), step.needs.end(), other.name) == step.needs.end())
          step.needs.push_back(other.name);
        return other.out();
      };
      CommandLine words{"train", "--model", method.model, "--seed", std::to_string(seed)};
      add_common(words, suite_, canvas_, method.tasks);
      words.insert(words.end(), {"--device", device_});
      const Json config = replaced(method.config, weights_of), recipe = replaced(method.recipe, weights_of);
      words.insert(words.end(), {"--config", to_text(config, -1), "--recipe", to_text(recipe, -1)});
      if (!method.budget.empty()) words.insert(words.end(), {"--budget", method.budget});
      for (const std::string& word : method.words) words.push_back(word);
      // A study says what it costs before it is started; nobody sits beside a step to be asked.
      words.insert(words.end(), {"--however-long", "--resume", "--out", "${out}"});
      step.commands.push_back({words});
      add(std::move(step), read_by(suite_));
    }
  }

  std::vector<Evaluation> read_evaluations() {
    std::vector<Evaluation> evaluations;
    read_named("evaluations", "evaluation", evaluations, [&](JsonObject& object, Evaluation& evaluation) {
      evaluation.suite = object.text_or("suite", suite_);
      const Suite& suite = require_suite(object, "suite", evaluation.suite);
      evaluation.canvas = object.text_or("canvas", canvas_);
      evaluation.tasks =
          object.texts_or("tasks", has_tasks(suite, tasks_) ? tasks_ : std::vector<std::string>{});
      require_tasks(object, "tasks", suite, evaluation.tasks);
      evaluation.models = object.texts_or("models", {});
      evaluation.trained = object.texts_or("trained", {});
      evaluation.words = object.texts_or("words", {});
      for (const std::string& model : evaluation.trained) require_method(object, model);
      if (tables_.model) require_models(object, suite, evaluation);
      for (const std::string& model : evaluation.models) {
        if (store_step_.empty() && model.find("${tree}") != std::string::npos)
          throw object.error("models",
                             "\"${tree}\" is what the study's phantom writes, and its store is a folder",
                             "write the folder's path");
      }
      if (evaluation.models.empty() && evaluation.trained.empty())
        throw object.error("models", "there is nothing to evaluate",
                           "list models, or methods under \"trained\"");
      study_.evaluations.push_back(evaluation.name);
      evaluated_[evaluation.name] = &suite;
    });
    if (evaluations.empty()) throw file_.error("evaluations", "none is listed");
    return evaluations;
  }

  /// Whether the study's tasks mean something in a suite: one of other data has tasks of its own, and one
  /// that asks questions has kinds.
  static bool has_tasks(const Suite& suite, const std::vector<std::string>& patterns) {
    return suite.questions.empty() && std::all_of(patterns.begin(), patterns.end(), [&](const auto& pattern) {
             return std::any_of(suite.tasks.begin(), suite.tasks.end(), [&](const SuiteTask& task) {
               return fnmatch(pattern.c_str(), task.task.id.c_str(), 0) == 0;
             });
           });
  }

  /// "pix2pix" or "synermedgen,steps=8": a method, and options of its synthesis.
  void require_method(const JsonObject& object, const std::string& trained) const {
    const std::string name = trained.substr(0, trained.find(','));
    if (find_method(name) != nullptr) return;
    throw object.error("trained", fmt::format("\"{}\" is no method of this study", name),
                       did_you_mean(name, method_names()));
  }

  void require_models(const JsonObject& object, const Suite& suite, const Evaluation& evaluation) const {
    for (const std::string& model : evaluation.models)
      require(object, "models", [&] { tables_.model(model, suite); });
    for (const std::string& trained : evaluation.trained) {
      const std::string name = trained.substr(0, trained.find(','));
      require(object, "trained", [&] {
        tables_.model(fmt::format("{}:weights{}", find_method(name)->model, trained.substr(name.size())),
                      suite);
      });
    }
  }

  struct Model {
    std::string label, spec;
    std::vector<std::string> needs;
    std::string group;  // what a contrast calls it: the method, or the model itself
    int64_t seed = 0;   // 0: of no seed
  };

  std::vector<Model> models_of(const Evaluation& evaluation) const {
    std::vector<Model> models;
    for (const std::string& spec : evaluation.models) {
      const std::string label = spec.substr(0, spec.find('='));
      models.push_back({label, spec, {}, label, 0});
    }
    for (const std::string& trained : evaluation.trained) {
      const std::string name = trained.substr(0, trained.find(','));
      const std::string options = trained.substr(name.size());
      const StudyMethod& method = *find_method(name);
      for (const int64_t seed : method.seeds) {
        const StudyStep& training = *find_step(training_name(name, seed));
        const std::string label = method.seeds.size() == 1 ? name : fmt::format("{}-s{}", name, seed);
        models.push_back({label,
                          fmt::format("{}={}:{}{}", label, method.model, training.out(), options),
                          {training.name},
                          name,
                          seed});
      }
    }
    return models;
  }

  static std::string run_name(const std::string& evaluation, const std::string& label) {
    std::string name = "run-" + evaluation + "-" + label;
    for (char& c : name) {
      const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
      if (!plain) c = '_';
    }
    return name;
  }

  void add_runs(const Evaluation& evaluation) {
    const bool test = suites_.at(evaluation.suite).split == Split::kTest;
    for (const Model& model : models_of(evaluation)) {
      StudyStep step{run_name(evaluation.name, model.label), on_store(model.needs), {}, "", test};
      if (find_step(step.name) != nullptr) {
        throw usage_error(file_.where("evaluations"),
                          fmt::format("two models of \"{}\" are called \"{}\"", evaluation.name, model.label),
                          "give one another label: label=model");
      }
      CommandLine words{"run"};
      add_common(words, evaluation.suite, evaluation.canvas, evaluation.tasks);
      words.insert(words.end(), {"--model", model.spec});
      for (const std::string& word : evaluation.words) words.push_back(word);
      words.insert(words.end(), {"--out", "${out}"});
      step.commands.push_back({words, "${out}/run.json", {"run", "--resume", "${out}"}});
      const StudyStep& made = add(std::move(step), read_by(evaluation.suite));
      runs_[evaluation.name].push_back({model, made.name, made.out()});
    }
  }

  struct RunOf {
    Model model;
    std::string step, out;
  };

  void add_contrasts() {
    Json said = Json::array();
    if (file_.mark("contrasts")) {
      said = file_.raw("contrasts");
      std::vector<Contrast> contrasts;
      read_named("contrasts", "contrast", contrasts, [&](JsonObject& object, Contrast& contrast) {
        contrast.evaluation = object.choice("evaluation", study_.evaluations);
        contrast.candidate = object.text("candidate");
        contrast.baseline = object.text("baseline");
        contrast.metric = object.text_or("metric", "");
        contrast.tasks = object.texts_or("tasks", {});
        const Suite& suite = *evaluated_.at(contrast.evaluation);
        require_metric(object, "metric", suite, protocols_, contrast.metric);
        require_tasks(object, "tasks", suite, contrast.tasks);
        if (contrast.candidate == contrast.baseline)
          throw object.error("baseline", fmt::format("\"{}\" is compared with itself", contrast.baseline),
                             "name another model of the evaluation");
        add_contrast(object, contrast);
      });
    }
    study_.contrasts_sha256 = sha256_hex(to_text(said, -1));
  }

  std::vector<const RunOf*> runs_of(const JsonObject& object, const char* key, const Contrast& contrast,
                                    const std::string& group) const {
    std::vector<const RunOf*> found;
    std::vector<std::string> known;
    for (const RunOf& run : runs_.at(contrast.evaluation)) {
      known.push_back(run.model.group);
      if (run.model.group == group) found.push_back(&run);
    }
    if (found.empty()) {
      throw object.error(key, fmt::format("\"{}\" is not evaluated in \"{}\"", group, contrast.evaluation),
                         did_you_mean(group, known));
    }
    return found;
  }

  /// One comparison per seed of the candidate; the baseline's is the one of the same seed, or its only one.
  void add_contrast(JsonObject& object, const Contrast& contrast) {
    const auto candidates = runs_of(object, "candidate", contrast, contrast.candidate);
    const auto baselines = runs_of(object, "baseline", contrast, contrast.baseline);
    for (const RunOf* candidate : candidates) {
      const auto same = std::find_if(baselines.begin(), baselines.end(), [&](const RunOf* baseline) {
        return baseline->model.seed == candidate->model.seed;
      });
      if (same == baselines.end() && baselines.size() > 1) {
        throw object.error("baseline",
                           fmt::format("\"{}\" has no seed {}", contrast.baseline, candidate->model.seed),
                           "give candidate and baseline the same seeds, or the baseline a single one");
      }
      const RunOf& baseline = same == baselines.end() ? *baselines.front() : **same;
      const std::string seed = candidates.size() == 1 ? "" : fmt::format("-s{}", candidate->model.seed);
      StudyStep step{"contrast-" + contrast.name + seed, {baseline.step, candidate->step}, {}, "", false};
      if (find_step(step.name) != nullptr)
        throw object.error("name", fmt::format("two contrasts are named \"{}\"", contrast.name));
      CommandLine words{"compare",
                        baseline.out,
                        candidate->out,
                        "--baseline-model",
                        baseline.model.label,
                        "--candidate-model",
                        candidate->model.label};
      if (!contrast.metric.empty()) words.insert(words.end(), {"--metric", contrast.metric});
      for (const std::string& task : contrast.tasks) words.insert(words.end(), {"--task", task});
      words.insert(words.end(), {"--out", "${out}/comparison.json", "--markdown", "${out}/comparison.md"});
      step.commands.push_back({words});
      add(std::move(step), Json::object());
    }
  }

  void add_report(const Evaluation& evaluation) {
    StudyStep step{"report-" + evaluation.name, {}, {}, "", false};
    CommandLine words{"report"};
    for (const RunOf& run : runs_.at(evaluation.name)) {
      words.push_back(run.out);
      step.needs.push_back(run.step);
    }
    words.insert(words.end(), {"--title", study_.title, "--out", "${out}"});
    step.commands.push_back({words});
    add(std::move(step), Json::object());
  }

  JsonObject file_;
  const ProtocolTable& protocols_;
  const StudyTables& tables_;
  Study study_;
  std::string suite_, canvas_, device_;
  int64_t threads_ = 1;
  // of every method and evaluation that says nothing else
  std::vector<std::string> tasks_, training_words_;
  Json recipe_;
  std::map<std::string, Suite> suites_;
  std::map<std::string, const Suite*> evaluated_;  // by evaluation
  std::string store_, store_folder_, store_step_, store_sha256_, tree_folder_;
  std::vector<StudyMethod> methods_;
  std::map<std::string, std::vector<RunOf>> runs_;
};

}  // namespace

std::string StudyStep::out() const { return fmt::format("{}/steps/{}/{}", kStudyFolder, folder(), name); }

Study load_study(const std::string& name_or_path, const ProtocolTable& protocols, const StudyTables& tables) {
  const Source source = find_study(name_or_path);
  const Json json = parse_json(source.text, source.place, ExitCode::kUsage);
  return Expansion(json, source.place, protocols, tables).run();
}

std::vector<std::string> embedded_study_names() {
  std::vector<std::string> names;
  for (const EmbeddedFile& file : embedded_studies()) names.emplace_back(file.name);
  return names;
}

CommandLine words_in(const CommandLine& words, const std::filesystem::path& work) {
  CommandLine result;
  for (const std::string& word : words) {
    result.push_back(replaced(
        word, [&](const std::string& name) { return name == "work" ? work.string() : "${" + name + "}"; }));
  }
  return result;
}

const StudyStep& step_named(const Study& study, const std::string& name) {
  std::vector<std::string> known;
  for (const StudyStep& step : study.steps) {
    if (step.name == name) return step;
    known.push_back(step.name);
  }
  throw usage_error("\"" + name + "\"", "is no step of this study", did_you_mean(name, known));
}

}  // namespace synerbench
