// synerbench understanding: build questions from a store, ask them, exchange them, and bound what the
// reference model's autoencoder can keep.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>

#include "app/reference_model.h"
#include "app/run_arguments.h"
#include "app/subcommands.h"
#include "app/verb.h"
#include "baselines/catalog/protocols.h"
#include "harness/core/apart.h"
#include "harness/core/file.h"
#include "harness/core/progress.h"
#include "harness/core/provenance.h"
#include "harness/run/record.h"
#include "harness/run/suite_pairs.h"
#include "reference/evaluate.h"
#include "reference/exchange/authors.h"
#include "reference/exchange/transitions.h"
#include "reference/question_set.h"
#include "reference/stages/stage_recipe.h"
#ifdef SYNERBENCH_WITH_TORCH
#include "harness/nn/compute.h"
#endif

namespace synerbench {
namespace {

using namespace reference;

struct Options {
  std::string model, split = "test", kind = "cts", recipe = "{}", device = "cpu", out, authors, slices,
                     parquet;
  TaskArguments chosen;
  int64_t questions = 64, number = 0;
  std::optional<double> unseen;
  uint64_t seed = 1;
  int threads = 1;
  bool json = false;
};

SuitePairsOptions chosen_pairs(const Options& options) {
  return {options.chosen.tasks, options.chosen.chosen_canvas()};
}

SuitePairs pairs_of(const Options& options, const SliceStore& store) {
  return read_suite_pairs(load_suite(options.chosen.suite, protocols()), store,
                          parse_split(options.split, "--split"), chosen_pairs(options));
}

QuestionChoice choice_of(const Options& options) {
  const double usual = usual_unseen_wordings(parse_split(options.split, "--split"));
  return {options.kind, options.seed, options.unseen.value_or(usual),
          stage_recipe_from_json(json_of_option(options.recipe, "--recipe"), "--recipe")};
}

AuthorsReader authors_of(const Options& options) {
  const std::filesystem::path file = options.authors;
  return {file,
          options.slices.empty() ? file.parent_path() / "slice" : std::filesystem::path(options.slices)};
}

Json authors_data(const Options& options) {
  const std::filesystem::path file = options.authors;
  return {{"questions", file.filename().string()}, {"sha256", sha256_file(file)}};
}

/// Nothing that is read here is written over.
void require_other_places(const Options& options) {
  const std::vector<ReadFrom> inputs{{options.authors, "the file of questions"},
                                     {options.slices, "the folder of its pictures", true},
                                     {options.chosen.suite, "the suite"},
                                     {options.recipe, "the recipe"},
                                     {options.chosen.store, "the store", true}};
  require_apart(options.out, inputs);
  // Import reads it, export writes it.
  if (!options.parquet.empty() && !options.chosen.store.empty()) require_apart(options.parquet, inputs);
}

/// Before questions are asked for an hour.
void require_place(const Options& options) {
  require_other_places(options);
  if (!options.out.empty()) require_writable(options.out);
}

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

ExitCode evaluate_authors(const Options& options, InstanceKind kind) {
  require_place(options);
  AuthorsReader questions = authors_of(options);
  Asked asked(options);
  Progress progress(options.kind, options.questions);
  const UnderstandingTable table = evaluate_understanding(
      asked.model.get(), questions, {kind, options.questions, options.seed}, [&] { progress.advance(); });
  give(options,
       understanding_document(
           table, evaluation_provenance(authors_data(options), asked.info(), options.seed, asked.compute)),
       to_text(table));
  return ExitCode::kOk;
}

ExitCode evaluate(const Options& options) {
  const InstanceKind kind = parse_question_kind(options.kind, "--kind");
  if (!options.authors.empty()) return evaluate_authors(options, kind);
  if (options.chosen.store.empty())
    throw usage_error("--store", "is missing", "name a slice store, or a file of questions with --authors");
  const QuestionChoice choice = choice_of(options);
  require_place(options);
  Asked asked(options);
  const SliceStore store(options.chosen.store);
  const SuitePairs pairs = pairs_of(options, store);
  const auto training = find_suite_pairs(load_suite(options.chosen.suite, protocols()), store, Split::kTrain,
                                         chosen_pairs(options));
  if (!training) say("note", "no training patients for the chosen tasks: fitted solvers are left out");
  Progress progress(options.kind, options.questions);
  const UnderstandingTable table = evaluate_understanding(
      asked.model.get(), pairs.tasks(), training ? training->tasks() : std::vector<TaskPairs>{},
      choice.settings(), {kind, options.questions, options.seed}, [&] { progress.advance(); });
  Json provenance = evaluation_provenance(pairs.provenance, asked.info(), options.seed, asked.compute);
  provenance.update(question_rules(choice));
  give(options, understanding_document(table, provenance), to_text(table));
  return ExitCode::kOk;
}

ExitCode build(const Options& options) {
  require_other_places(options);
  const SliceStore store(options.chosen.store);
  const SuitePairs pairs = pairs_of(options, store);
  const QuestionSet questions(pairs, choice_of(options));
  Progress progress("build", options.questions);
  write_question_file(options.out, questions.provenance(),
                      questions.told(options.questions, [&] { progress.advance(); }));
  return ExitCode::kOk;
}

ExitCode show(const Options& options) {
  const SliceStore store(options.chosen.store);
  const SuitePairs pairs = pairs_of(options, store);
  const Instance question = QuestionSet(pairs, choice_of(options)).tell(options.number);
  options.json ? print_result(question_record(question, options.number)) : print_result(read_out(question));
  return ExitCode::kOk;
}

ExitCode export_transitions(const Options& options) {
  const SliceStore store(options.chosen.store);
  const SuitePairs pairs = pairs_of(options, store);
  require_one_canvas(pairs);
  const InstanceBuilder builder(pairs.tasks(), {});
  Progress progress("export", pairs.size());
  const auto source = transitions_of(builder);
  const int64_t rows = write_transitions(options.parquet, [&] {
    auto row = source();
    if (row) progress.advance();
    return row;
  });
  print_result(fmt::format("{} transitions: {}\n", rows, options.parquet));
  return ExitCode::kOk;
}

ExitCode export_questions(const Options& options) {
  require_other_places(options);
  if (!options.parquet.empty()) return export_transitions(options);
  if (options.out.empty())
    throw usage_error("understanding export", "does not say where to",
                      "--out FOLDER for questions, or --parquet FILE.parquet for all pairs");
  const SliceStore store(options.chosen.store);
  const SuitePairs pairs = pairs_of(options, store);
  const QuestionSet questions(pairs, choice_of(options));
  require_one_canvas(pairs);
  Progress progress("export", options.questions);
  const ExportCounts counts =
      export_authors(options.out, questions.shown(options.questions, [&] { progress.advance(); }));
  print_result(fmt::format("{} questions, {} pictures: {}\n", counts.questions, counts.pictures,
                           (std::filesystem::path(options.out) / "SynerMed.jsonl").string()));
  return ExitCode::kOk;
}

ExitCode check_transition_file(const Options& options) {
  const TransitionCounts counts = check_transitions(options.parquet);
  std::string text = fmt::format("{} transitions, {} pictures, {} instructions", counts.rows, counts.pictures,
                                 counts.instructions);
  if (counts.other_pictures > 0)
    text += fmt::format("; {} pictures are no PNG and were not opened", counts.other_pictures);
  print_result(text + "\n");
  return ExitCode::kOk;
}

ExitCode import_questions(const Options& options) {
  if (!options.parquet.empty()) return check_transition_file(options);
  if (options.authors.empty() || options.out.empty())
    throw usage_error("understanding import", "names neither questions nor transitions",
                      "--authors FILE.jsonl --out FILE.jsonl, or --parquet FILE.parquet");
  require_other_places(options);
  AuthorsReader questions = authors_of(options);
  const auto kinds =
      write_question_file(options.out, {{"data", authors_data(options)}, {"build", build_provenance()}},
                          [&] { return questions.next(); });
  int64_t all = 0;
  std::string text;
  for (const auto& [kind, count] : kinds) {
    all += count;
    text += fmt::format(" {} {}", count, kind);
  }
  print_result(fmt::format("{} questions:{}\n", all, text));
  return ExitCode::kOk;
}

#ifdef SYNERBENCH_WITH_TORCH
ExitCode bound(const Options& options) {
  require_place(options);
  Asked asked(options);
  const SliceStore store(options.chosen.store);
  const SuitePairs pairs = pairs_of(options, store);
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
        sub->add_option("--out", o.out, "Folder for SynerMed.jsonl and slice/");
        sub->add_option("--parquet", o.parquet, "Instead: all pairs as transitions into this file")
            ->excludes("--out");

        sub = words.add("import", "Read such a file to its end, check it, and write it as build does",
                        import_questions);
        sub->add_option("--authors", o.authors, "The file, *.jsonl");
        sub->add_option("--parquet", o.parquet,
                        "Instead: a file of transitions, which is read to its end and checked")
            ->excludes("--authors");
        sub->add_option("--slices", o.slices, "The folder of its pictures; left out: slice/ beside it");
        sub->add_option("--out", o.out, "File, *.jsonl");

        sub = words.add("bound", "SSIM of target slices that only went through the autoencoder and back",
                        bound);
        sub->add_option("--model", o.model, kModel)->required();
        add_data(*sub, o);
        add_model(*sub, o);
        return words.run();
      }};
}

}  // namespace synerbench
