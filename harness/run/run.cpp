#include "harness/run/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/folder_lock.h"
#include "harness/core/progress.h"
#include "harness/data/content.h"
#include "harness/data/model_space.h"
#include "harness/run/admission.h"
#include "harness/run/pair_source.h"

namespace synerbench {
namespace {

Suite load_with_canvas(const RunOptions& options, const ProtocolTable& protocols) {
  Suite suite = load_suite(options.suite, protocols);
  require_tasks(suite);
  if (options.canvas) {
    suite.canvas = *options.canvas;
    for (SuiteTask& task : suite.tasks) task.canvas = *options.canvas;
  }
  return suite;
}

/// Predictions from models.
class ModelPredictor final : public CasePredictor {
 public:
  ModelPredictor(const std::vector<ModelSpec>& specs, const MethodTable& table, const RunOptions& options,
                 const Suite& suite, const Plan& plan, const SliceStore& store)
      : specs_(specs), suite_(suite), plan_(plan), store_(store), options_(options) {
    for (const ModelSpec& spec : specs_) {
      hosts_.push_back(std::make_unique<ModelHost>(
          [&spec, &table, &options] {
            return make_model(spec, table, options.device, {options.out, options.timeout});
          },
          HostOptions{options.batch, options.timeout, options.seed}));
      identities_.push_back(
          {spec.key, spec.device.empty() ? options.device : spec.device, to_json(hosts_.back()->info())});
    }
  }

  const std::vector<ModelIdentity>& identities() const { return identities_; }

  /// Error(kUsage) when a model cannot be run on a task of the plan.
  void check_inputs() const {
    for (size_t m = 0; m < hosts_.size(); ++m) {
      const ModelInfo info = hosts_[m]->info();
      for (const SuiteTask& task : plan_.tasks) {
        const std::string problem = misfit(specs_[m].key, hosts_[m]->input(), task.task);
        if (!problem.empty()) {
          throw usage_error("--model", problem,
                            "choose tasks with as many sources for it (--task), or leave the model out");
        }
        check_canvas(specs_[m].key, info, task);
        check_route(specs_[m].key, info, task);
      }
    }
    for (const WorkItem& item : plan_.items)
      hosts_[item.model]->check_case(*item.stored_case, plan_.tasks[item.task].task);
  }

  /// Error(kUsage) when the suite's rule does not admit a model.
  void check_lineages() const {
    const LineageCheck check(suite_, store_);
    for (size_t m = 0; m < hosts_.size(); ++m) check.require(specs_[m].key, hosts_[m]->info(), plan_.tasks);
  }

  /// What people should know of the models before their numbers come.
  void say_standings() const {
    bool transferred = false, in_domain = false;
    for (size_t m = 0; m < hosts_.size(); ++m) {
      const ModelInfo info = hosts_[m]->info();
      in_domain = in_domain || info.fits == FitsOn::kOwnDomain;
      for (const SuiteTask& task : plan_.tasks)
        transferred = transferred || (info.trivial && route_for(info, task).id != task.task.id);
      const Standing standing = standing_of(identities_[m].info, specs_[m].key);
      if (suite_.lineage != LineageRule::kAny || standing.kind == Standing::Kind::kRecorded)
        say("lineage", fmt::format("{}: {}", specs_[m].key, standing.words));
    }
    if (transferred && !in_domain) {
      say("note",
          "floors are fitted on the routes that stand in for the tasks; in_domain(MODEL) is fitted on the "
          "tasks' own training patients");
    }
  }

  Json begin(const SuiteTask& task, size_t model) override {
    StorePairsOptions pairs;
    pairs.min_foreground = suite_.min_foreground;
    pairs.input = hosts_[model]->input();
    const Task& route = route_for(hosts_[model]->info(), task);
    const std::string name = route.id + " " + to_text(task.canvas);
    if (name != training_name_ || pairs.input.neighbors != training_neighbors_) {
      // The pairs of one route serve all models that see as much: they are read and laid onto the canvas
      // once.
      training_ = std::make_shared<StorePairs>(store_, route, Split::kTrain, task.canvas, pairs);
      training_name_ = name;
      training_neighbors_ = pairs.input.neighbors;
    }
    hosts_[model]->prepare(route, training_);
    Json info = to_json(hosts_[model]->info());
    if (route.id != task.task.id) info["transfer"] = route.id;
    if (info == identities_[model].info) return {};
    info.erase("lineages");  // the identity has those of all tasks
    return info;
  }

  Prediction predict(const WorkItem& item) override {
    const SuiteTask& task = plan_.tasks[item.task];
    Prediction prediction = hosts_[item.model]->predict(store_, *item.stored_case, task.task, task.canvas);
    const auto trained_on = hosts_[item.model]->info().trained_on;
    if (!trained_on) return prediction;
    for (const StoredVolume& volume : item.stored_case->volumes) {
      const std::vector<std::string> hashes = hashes_of(volume);
      if (std::none_of(hashes.begin(), hashes.end(), [&](const auto& h) { return trained_on->contains(h); }))
        continue;
      prediction.remarks.push_back(fmt::format("trained on: the weights have seen this case's {} in training",
                                               name_of(volume.modality)));
    }
    return prediction;
  }

  int abandoned() const {
    int total = 0;
    for (const auto& host : hosts_) total += host->abandoned();
    return total;
  }

 private:
  /// Weights of a route that stands in know another data set: their canvas has to be as large, no more.
  static void check_canvas(const std::string& key, const ModelInfo& info, const SuiteTask& task) {
    const Task& route = route_for(info, task);
    const auto trained = trained_canvas(key, info, route.id);
    if (route.id != task.task.id && trained && trained->size == task.canvas.size) return;
    require_trained_canvas(key, info, route.id, task.canvas);
  }

  void check_route(const std::string& key, const ModelInfo& info, const SuiteTask& task) const {
    const Task& route = route_for(info, task);
    if (info.fits != FitsOn::kTrainingPairs || route.id == task.task.id) return;
    if (!store_.cases_for(route, Split::kTrain).empty()) return;
    throw usage_error(
        store_.folder().string(),
        fmt::format("no training case of {}, which {} is fitted on for {}", route.id, key, task.task.id),
        fmt::format("import a data set of that route into the store too, or fit the model on "
                    "the task's own patients: in_domain({})",
                    key));
  }

  const std::vector<ModelSpec>& specs_;
  const Suite& suite_;
  const Plan& plan_;
  const SliceStore& store_;
  const RunOptions& options_;
  std::vector<std::unique_ptr<ModelHost>> hosts_;
  std::vector<ModelIdentity> identities_;
  std::string training_name_;  // route and canvas
  int64_t training_neighbors_ = 0;
  std::shared_ptr<const StorePairs> training_;
};

void check_numbers(const RunOptions& options) {
  const auto refuse = [](const char* what, auto value, const char* wanted) {
    throw usage_error(what, fmt::format("{} is not possible", value), wanted);
  };
  if (options.batch < 1) refuse("batch", options.batch, "give 1 or more slices per call");
  if (options.threads < 0) refuse("threads", options.threads, "give 1 or more, or 0 for all cores");
  if (!(options.timeout >= 0)) refuse("timeout", options.timeout, "give seconds, or 0 for no limit");
  if (options.max_cases < 0) refuse("max-cases", options.max_cases, "give 1 or more, or 0 for all");
}

}  // namespace

Json to_json(const RunOptions& o) {
  std::string suite = o.suite;
  if (suite.find('/') != std::string::npos || suite.ends_with(".json"))
    suite = std::filesystem::absolute(suite).string();
  Json json{{"schema", "synerbench/settings"},
            {"schema_version", 1},
            {"suite", suite},
            {"store", std::filesystem::absolute(o.store).string()},
            {"models", o.models},
            {"tasks", o.tasks},
            {"canvas", o.canvas ? to_text(*o.canvas) : ""},
            {"max_cases", o.max_cases},
            {"seed", o.seed},
            {"device", o.device},
            {"shard", to_text(o.shard)},
            {"threads", o.threads},
            {"batch", o.batch},
            {"timeout", o.timeout},
            {"max_failures", o.max_failures},
            {"keep_predictions", o.keep_predictions}};
  if (o.panel_slices != 1) json["panel_slices"] = o.panel_slices;
  return json;
}

RunOptions read_settings(const std::filesystem::path& run_folder) {
  const std::filesystem::path path = run_folder / "settings.json";
  if (!path_exists(path)) {
    throw usage_error(run_folder.string(), "no settings.json, so this is not the folder of a run",
                      "--resume wants a folder that synerbench run made; merged folders are finished "
                      "already. A run that was ended "
                      "before it made its folder is started again with the words that it was started with");
  }
  const Json value = read_json(path);
  JsonObject json(value, path.string(), "", ExitCode::kBadInput,
                  "the file is damaged or of another version; start the run again in a new folder");
  json.choice("schema", {"synerbench/settings"});
  json.integer("schema_version", 1, 1);
  RunOptions o;
  o.out = run_folder;
  o.suite = json.text("suite");
  o.store = json.text("store");
  o.models = json.texts("models");
  o.tasks = json.texts("tasks");
  if (!json.text("canvas").empty()) {
    o.canvas =
        json.parsed("canvas", [](const std::string& text, const std::string&) { return parse_canvas(text); });
  }
  o.max_cases = json.integer("max_cases", 0);
  const Json& seed = json.raw("seed");
  if (!seed.is_number_integer()) throw usage_error(json.where("seed"), "a whole number is wanted");
  o.seed = seed.get<uint64_t>();
  o.device = json.text("device");
  o.shard =
      json.parsed("shard", [](const std::string& text, const std::string&) { return parse_shard(text); });
  o.threads = static_cast<int>(json.integer("threads", 0, 1 << 20));
  o.batch = json.integer("batch", 1);
  o.timeout = json.number("timeout");
  o.max_failures = json.integer("max_failures", -1);
  o.keep_predictions = json.boolean_or("keep_predictions", false);
  o.panel_slices = json.integer_or("panel_slices", 1, 1);
  json.done();
  o.resume = true;
  return o;
}

Plan plan_run(const RunOptions& options, const ProtocolTable& protocols) {
  const Suite suite = load_with_canvas(options, protocols);
  const SliceStore store(options.store);
  std::vector<std::string> keys;
  for (const std::string& text : options.models) keys.push_back(parse_model_spec(text).key);
  Plan plan = make_plan(suite, store, keys, {options.tasks, options.max_cases});
  for (WorkItem& item : plan.items) item.stored_case = nullptr;  // the store ends here
  return plan;
}

RunOutcome run(const RunOptions& options, const MethodTable& table, const ProtocolTable& protocols) {
  check_numbers(options);
  const Suite suite = load_with_canvas(options, protocols);
  const SliceStore store(options.store);
  const std::vector<ModelSpec> specs = parse_model_specs(options.models);
  std::vector<std::string> keys;
  for (const ModelSpec& spec : specs) keys.push_back(spec.key);
  const Plan plan = make_plan(suite, store, keys, {options.tasks, options.max_cases});
  ModelPredictor predictor(specs, table, options, suite, plan, store);

  predictor.check_inputs();
  predictor.check_lineages();

  RunHeader header;
  header.identity =
      make_identity("run", suite, plan.tasks, store, options.seed, options.max_cases, predictor.identities());
  for (size_t t = 0; t < plan.tasks.size(); ++t)
    header.tasks.push_back(make_task_record(plan.tasks[t], plan.cases_per_task[t]));
  // From here to the end nobody else writes there, and of two that begin at once one does.
  const FolderLock lock(options.out, "run");
  if (options.resume && path_exists(options.out / "settings.json")) {
    const RunOptions begun = read_settings(options.out);
    for (const auto& [name, same] :
         {std::pair("--keep-predictions", begun.keep_predictions == options.keep_predictions),
          std::pair("--panel-slices", begun.panel_slices == options.panel_slices)}) {
      if (!same)
        throw usage_error(options.out.string(), fmt::format("the run was begun with another {}", name),
                          "resume it as it was begun");
    }
  }
  header = open_run_folder(options.out, header, to_json(options), options.resume, options.accept_other_build);

  ExecuteOptions execution;
  execution.protocols = protocols;
  execution.shard = options.shard;
  execution.threads = options.threads > 0
                          ? options.threads
                          : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  execution.max_failures = options.max_failures;
  execution.keep_predictions = options.keep_predictions;
  execution.panel_slices = options.panel_slices;
  for (size_t m = 0; m < specs.size(); ++m) execution.devices[m] = predictor.identities()[m].device;
  int64_t slices = 0;
  for (const WorkItem* item : plan.shard(options.shard)) slices += item->slices;
  say("plan", fmt::format("{} tasks, {} models, {} cases, {} slices   store {}   protocol {}   seed {}{}",
                          plan.tasks.size(), specs.size(), plan.shard(options.shard).size(), slices,
                          store.sha256().substr(0, 8), suite.protocols.front(), options.seed,
                          options.shard.count > 1 ? "   shard " + to_text(options.shard) : ""));
  predictor.say_standings();
  RunOutcome outcome =
      execute(options.out, header, plan, store, suite.protocols, suite.min_foreground, predictor, execution);
  outcome.abandoned_calls = predictor.abandoned();
  return outcome;
}

}  // namespace synerbench
