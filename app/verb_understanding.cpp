// synerbench understanding: build questions from a store, ask them, exchange them, and bound what the
// reference model's autoencoder can keep.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <optional>

#include "app/reference_model.h"
#include "app/run_arguments.h"
#include "app/subcommands.h"
#include "app/verb.h"
#include "baselines/catalog/protocols.h"
#include "harness/core/file.h"
#include "harness/core/progress.h"
#include "harness/core/provenance.h"
#include "harness/run/record.h"
#include "harness/run/suite_pairs.h"
#include "reference/evaluate.h"
#include "reference/evaluation/solvers.h"
#include "reference/exchange/authors.h"
#include "reference/stages/stage_recipe.h"
#ifdef SYNERBENCH_WITH_TORCH
#include "harness/nn/compute.h"
#endif

namespace synerbench {
namespace {

using namespace reference;

constexpr const char* kMixture = "gau";  // CTS, TIA and panels in the shares of Stage I

struct Options {
  std::string model, split = "test", kind = "cts", recipe = "{}", device = "cpu", out, authors, slices;
  TaskArguments chosen;
  int64_t questions = 64, number = 0;
  std::optional<double> unseen;
  uint64_t seed = 1;
  int threads = 1;
  bool json = false;
};

SuitePairs pairs_of(const Options& options, const SliceStore& store, Split split) {
  return read_suite_pairs(load_suite(options.chosen.suite, protocols()), store, split,
                          {options.chosen.tasks, options.chosen.chosen_canvas()});
}

/// Half of the questions about test patients, none of the others, unless the command line says otherwise.
double unseen_wordings(const Options& options) {
  return options.unseen.value_or(parse_split(options.split, "--split") == Split::kTest ? 0.5 : 0.0);
}

/// Every field but the share of held-out wordings, which is an option of its own.
StageRecipe recipe_of(const Options& options) {
  return stage_recipe_from_json(json_of_option(options.recipe, "--recipe"), "--recipe");
}

/// A store's pairs in the chosen split, and what questions are made of them by which rules.
struct Questions {
  explicit Questions(const Options& options)
      : store(options.chosen.store),
        pairs(pairs_of(options, store, parse_split(options.split, "--split"))),
        recipe(recipe_of(options)),
        builder(pairs.tasks(), settings(recipe, options)),
        seed(options.seed),
        kind(options.kind == kMixture ? std::nullopt
                                      : std::optional(parse_question_kind(options.kind, "--kind"))) {}

  static InstanceSettings settings(const StageRecipe& recipe, const Options& options) {
    InstanceSettings own = recipe.instances;
    own.unseen_wordings = unseen_wordings(options);
    return own;
  }
  InstanceKind kind_of(int64_t number) const {
    if (kind) return *kind;
    Random random(combine_seeds(combine_seeds(seed, seed_from(kMixture)), static_cast<uint64_t>(number)));
    const Mixture shares = stage_recipe(kMixture).mixture;
    const double left = random.uniform() * (shares.cts + shares.tia + shares.mi_panel);
    return left < shares.cts                ? InstanceKind::kCts
           : left < shares.cts + shares.tia ? InstanceKind::kTia
                                            : InstanceKind::kMiPanel;
  }
  Question question(int64_t number) const { return builder.question(kind_of(number), seed, number); }
  Json provenance(const Options& options) const {
    return {{"data", pairs.provenance},
            {"kind", options.kind},
            {"seed", seed},
            {"instances", to_json(recipe)["instances"]},
            {"unseen_wordings", unseen_wordings(options)},
            {"build", build_provenance()}};
  }

  SliceStore store;
  SuitePairs pairs;
  StageRecipe recipe;
  InstanceBuilder builder;
  uint64_t seed;
  std::optional<InstanceKind> kind;
};

void give(const Options& options, const Json& document, const std::string& text) {
  if (!options.out.empty()) write_file(options.out, to_text(document));
  options.json ? print_result(document) : print_result(text);
}

/// The model that is asked, if there is one.
struct Asked {
  explicit Asked(const Options& options) {
    if (options.model.empty()) return;
    const ReferenceSpec spec = parse_reference(options.model, options.device);
#ifdef SYNERBENCH_WITH_TORCH
    nn::set_compute_threads(options.threads);
    model = ReferenceModel::load(spec.folder, spec.options);
    compute = nn::compute_provenance(spec.options.device);
#else
    refuse_without_torch("understanding");
#endif
  }
  Json info() const { return model ? to_json(model->info()) : Json(nullptr); }
  std::unique_ptr<ReferenceModel> model;
  Json compute = nullptr;
};

/// Questions of an authors' file to the model, and to the solvers that need no training patients.
ExitCode evaluate_authors(const Options& options, InstanceKind kind) {
  const std::filesystem::path file = options.authors;
  AuthorsReader reader(
      file, options.slices.empty() ? file.parent_path() / "slice" : std::filesystem::path(options.slices));
  Asked asked(options);
  std::vector<NamedRespondent> respondents = solvers(kind, nullptr, options.seed);
  if (asked.model) {
    const ModelInfo info = asked.model->info();
    respondents.insert(respondents.begin(),
                       {info.name, info.label, true, [&](const Instance& question, uint64_t seed) {
                          return asked.model->answer(question, seed);
                        }});
  }
  const auto next = [&](int64_t) {
    auto question = reader.next();
    while (question && question->kind != kind) question = reader.next();
    return question;
  };
  Progress progress(options.kind, options.questions);
  const UnderstandingTable table =
      evaluate_understanding(next, respondents, {kind, options.questions, options.seed}, [&] {
        throw_if_interrupted();
        progress.advance();
      });
  const Json data = {{"questions", file.filename().string()}, {"sha256", sha256_file(file)}};
  give(options,
       understanding_document(table, evaluation_provenance(data, asked.info(), options.seed, asked.compute)),
       to_text(table));
  return ExitCode::kOk;
}

/// Pairs of training patients for the fitted solvers; none where the store has none.
std::optional<SuitePairs> training_pairs(const Options& options, const SliceStore& store) {
  const auto& cases = store.cases();
  if (std::none_of(cases.begin(), cases.end(), [](const auto& c) { return c.split == Split::kTrain; }))
    return std::nullopt;
  try {
    return pairs_of(options, store, Split::kTrain);
  } catch (const Error& problem) {
    if (problem.code() != ExitCode::kUsage) throw;
    say("note", "no training patients for the chosen tasks: fitted solvers are left out");
    return std::nullopt;
  }
}

ExitCode evaluate(const Options& options) {
  const InstanceKind kind = parse_question_kind(options.kind, "--kind");
  if (!options.authors.empty()) return evaluate_authors(options, kind);
  if (options.chosen.store.empty())
    throw usage_error("--store", "is missing", "name a slice store, or a file of questions with --authors");
  const StageRecipe recipe = recipe_of(options);
  Asked asked(options);
  const SliceStore store(options.chosen.store);
  const SuitePairs pairs = pairs_of(options, store, parse_split(options.split, "--split"));
  const std::optional<SuitePairs> training = training_pairs(options, store);
  Progress progress(options.kind, options.questions);
  const UnderstandingTable table = evaluate_understanding(
      asked.model.get(), pairs.tasks(), training ? training->tasks() : std::vector<TaskPairs>{},
      Questions::settings(recipe, options), {kind, options.questions, options.seed},
      [&] { progress.advance(); });
  Json provenance = evaluation_provenance(pairs.provenance, asked.info(), options.seed, asked.compute);
  provenance["instances"] = to_json(recipe)["instances"];
  provenance["unseen_wordings"] = unseen_wordings(options);
  give(options, understanding_document(table, provenance), to_text(table));
  return ExitCode::kOk;
}

ExitCode build(const Options& options) {
  const Questions questions(options);
  Progress progress("build", options.questions);
  write_file_with(options.out, [&](const std::filesystem::path& temporary) {
    std::ofstream out(temporary, std::ios::binary);
    out << to_text(questions_header(questions.provenance(options)), -1) << '\n';
    for (int64_t i = 0; i < options.questions; ++i) {
      throw_if_interrupted();
      out << to_text(question_record(questions.builder.tell(questions.question(i)), i), -1) << '\n';
      progress.advance();
    }
    out.flush();
    if (!out) throw input_error(options.out, "cannot be written", "is the disk full?");
  });
  return ExitCode::kOk;
}

/// A question as it is read, with "[image: ...]" for its slices.
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

ExitCode show(const Options& options) {
  const Questions questions(options);
  const Instance question = questions.builder.tell(questions.question(options.number));
  options.json ? print_result(question_record(question, options.number)) : print_result(read_out(question));
  return ExitCode::kOk;
}

/// One picture stands for a case and slice in all tasks, so they have to lie on one canvas.
void require_one_canvas(const SuitePairs& pairs) {
  std::map<std::string, const SuitePairs::Entry*> first;
  for (const SuitePairs::Entry& entry : pairs.entries) {
    const auto [known, added] = first.try_emplace(entry.task.region, &entry);
    if (!added && to_text(known->second->canvas) != to_text(entry.canvas)) {
      throw usage_error(entry.task.id,
                        fmt::format("its canvas is {}, that of {} is {}", to_text(entry.canvas),
                                    known->second->task.id, to_text(known->second->canvas)),
                        "give one for all with --canvas");
    }
  }
}

ExitCode export_questions(const Options& options) {
  const Questions questions(options);
  require_one_canvas(questions.pairs);
  Progress progress("export", options.questions);
  int64_t next = 0;
  const ExportCounts counts = export_authors(options.out, [&]() -> std::optional<Instance> {
    throw_if_interrupted();
    if (next == options.questions) return std::nullopt;
    progress.advance();
    const int64_t number = next++;
    return questions.builder.show(questions.question(number));
  });
  print_result(fmt::format("{} questions, {} pictures: {}\n", counts.questions, counts.pictures,
                           (std::filesystem::path(options.out) / "SynerMed.jsonl").string()));
  return ExitCode::kOk;
}

ExitCode import_questions(const Options& options) {
  const std::filesystem::path file = options.authors;
  AuthorsReader reader(
      file, options.slices.empty() ? file.parent_path() / "slice" : std::filesystem::path(options.slices));
  std::map<std::string, int64_t> kinds;
  int64_t number = 0;
  write_file_with(options.out, [&](const std::filesystem::path& temporary) {
    std::ofstream out(temporary, std::ios::binary);
    const Json source = {{"questions", file.filename().string()}, {"sha256", sha256_file(file)}};
    out << to_text(questions_header({{"data", source}, {"build", build_provenance()}}), -1) << '\n';
    while (const auto question = reader.next()) {
      throw_if_interrupted();
      ++kinds[name_of(question->kind)];
      out << to_text(question_record(*question, number++), -1) << '\n';
    }
    out.flush();
    if (!out) throw input_error(options.out, "cannot be written", "is the disk full?");
  });
  std::string text = fmt::format("{} questions:", number);
  for (const auto& [kind, count] : kinds) text += fmt::format(" {} {}", count, kind);
  print_result(text + "\n");
  return ExitCode::kOk;
}

#ifdef SYNERBENCH_WITH_TORCH
ExitCode bound(const Options& options) {
  Asked asked(options);
  const SliceStore store(options.chosen.store);
  const SuitePairs pairs = pairs_of(options, store, parse_split(options.split, "--split"));
  Progress progress("bound", pairs.size());
  const auto bounds = reconstruction_bounds(*asked.model, pairs.tasks(), [&] { progress.advance(); });
  give(options,
       reconstruction_document(
           bounds, evaluation_provenance(pairs.provenance, asked.info(), options.seed, asked.compute)),
       to_text(bounds));
  return ExitCode::kOk;
}
#else
ExitCode bound(const Options&) { refuse_without_torch("understanding"); }
#endif

void add_question_options(CLI::App& sub, Options& o, bool mixture) {
  std::vector<std::string> kinds;
  for (const InstanceKind kind : question_kinds()) kinds.push_back(name_of(kind));
  if (mixture) kinds.push_back("or gau: CTS, TIA and panels as Stage I mixes them");
  sub.add_option("--kind", o.kind, fmt::format("{}", fmt::join(kinds, ", ")))->capture_default_str();
  sub.add_option("--seed", o.seed, "Seed of everything that is drawn")->capture_default_str();
  sub.add_option(
         "--unseen-wordings", o.unseen,
         "Share of questions in wordings that training never uses; left out: 0.5 of test, 0 of others")
      ->check(CLI::Range(0.0, 1.0));
  sub.add_option("--recipe", o.recipe,
                 "How questions are built: JSON text or file, as {\"instances\": {\"candidates\": 4}}")
      ->capture_default_str();
}

void add_count(CLI::App& sub, Options& o) {
  sub.add_option("--questions", o.questions, "How many")->check(CLI::PositiveNumber)->capture_default_str();
}

void add_data(CLI::App& sub, Options& o) {
  add_task_arguments(sub, o.chosen);
  sub.add_option("--split", o.split, "train, validation, test")->capture_default_str();
}

void add_model(CLI::App& sub, Options& o) {
  sub.add_option("--threads", o.threads, "Threads inside one operation")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  sub.add_option("--device", o.device, "cpu, cuda, cuda:N")->capture_default_str();
  sub.add_option("--out", o.out, "File for the JSON document");
  sub.add_flag("--json", o.json, "The JSON document instead of text");
}

}  // namespace

Verb verb_understanding() {
  return {
      "understanding", "The reference model",
      "Questions about slices: evaluate, build, show, export, import; and bound",
      "  synerbench understanding evaluate --kind cts --model reference:runs/tiny-model,max_tokens=8 --store "
      "runs/demo/store\n"
      "  synerbench understanding export --kind gau --questions 100 --store runs/demo/store --out "
      "runs/questions\n"
      "  synerbench understanding bound --model reference:runs/tiny-model --store runs/demo/store --task "
      "'brain-*'",
      [](CLI::App& command) {
        Subcommands<Options> words(command);
        Options& o = words.options();
        constexpr const char* kModel = "reference:FOLDER[,option=value ...]";
        CLI::App* sub = words.add("evaluate",
                                  "Put questions to the model and to solvers that have learned nothing, and "
                                  "score the answers",
                                  evaluate);
        sub->add_option("--model", o.model, fmt::format("{}; without it only the solvers are asked", kModel));
        add_data(*sub, o);
        sub->get_option("--store")->required(false);
        add_question_options(*sub, o, false);
        add_count(*sub, o);
        sub->add_option("--authors", o.authors, "Questions of this file (*.jsonl) instead of a store's");
        sub->add_option("--slices", o.slices, "The folder of its pictures; left out: slice/ beside it");
        add_model(*sub, o);

        sub = words.add("build", "Write questions as text, one JSON object a line, without pixels", build);
        add_data(*sub, o);
        add_question_options(*sub, o, true);
        add_count(*sub, o);
        sub->add_option("--out", o.out, "File, *.jsonl")->required();

        sub = words.add("show", "Print one question", show);
        add_data(*sub, o);
        add_question_options(*sub, o, true);
        sub->add_option("--number", o.number, "Which")->check(CLI::NonNegativeNumber)->capture_default_str();
        sub->add_flag("--json", o.json, "As build writes it");

        sub = words.add("export", "Write questions and slices in the format of SynerMedGen's authors",
                        export_questions);
        add_data(*sub, o);
        add_question_options(*sub, o, true);
        add_count(*sub, o);
        sub->add_option("--out", o.out, "Folder for SynerMed.jsonl and slice/")->required();

        sub = words.add("import", "Read such a file to its end, check it, and write it as build does",
                        import_questions);
        sub->add_option("--authors", o.authors, "The file, *.jsonl")->required();
        sub->add_option("--slices", o.slices, "The folder of its pictures; left out: slice/ beside it");
        sub->add_option("--out", o.out, "File, *.jsonl")->required();

        sub = words.add("bound", "SSIM of target slices that only went through the autoencoder and back",
                        bound);
        sub->add_option("--model", o.model, kModel)->required();
        add_data(*sub, o);
        add_model(*sub, o);
        return words.run();
      }};
}

}  // namespace synerbench
