// synerbench checkpoint: look into, convert and make folders in BAGEL format.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/subcommands.h"
#include "app/verb.h"
#include "harness/core/progress.h"
#include "reference/manage/manage.h"

namespace synerbench {
namespace {

using namespace reference;

struct Options {
  std::string folder, to, weights;
  ConvertOptions convert;
  InitOptions init;
  std::string base, tokenizer;
  bool json = false;
};

ExitCode inspect(const Options& options) {
  const Json seen = inspect_checkpoint(options.folder, options.weights);
  options.json ? print_result(seen) : print_result(inspection_text(seen));
  return seen.at("fits").get<bool>() ? ExitCode::kOk : ExitCode::kBadInput;
}

// What was written, read back: its header in the same form as inspect gives it.
ExitCode report(const Options& options, const std::string& folder) {
  const Json seen = inspect_checkpoint(folder);
  if (options.json) print_result(seen);
  say("done", written_text(seen));
  return ExitCode::kOk;
}

ExitCode convert(const Options& options) {
  ConvertOptions convert = options.convert;
  convert.weights = options.weights;
  convert.base = options.base;
  convert_checkpoint(options.folder, options.to, convert);
  return report(options, options.to);
}

ExitCode init(const Options& options) {
  InitOptions init = options.init;
  init.tokenizer = options.tokenizer;
  init_checkpoint(options.to, init);
  return report(options, options.to);
}

}  // namespace

Verb verb_checkpoint() {
  return {
      "checkpoint", "The reference model", "Folders in BAGEL format: inspect, convert, init",
      "  synerbench checkpoint init --config tiny runs/tiny-model\n"
      "  synerbench checkpoint inspect runs/tiny-model",
      [](CLI::App& command) {
        Subcommands<Options> words(command);
        Options& o = words.options();
        const auto add = [&](const char* name, const char* summary, ExitCode (*action)(const Options&)) {
          CLI::App* sub = words.add(name, summary, action);
          sub->add_flag("--json", o.json, "As JSON");
          return sub;
        };
        const auto add_weights = [&](CLI::App* sub) {
          sub->add_option("--weights", o.weights,
                          "File with the weights (default: ema.safetensors, ema_bf16.safetensors or "
                          "model.safetensors)");
        };

        CLI::App* sub =
            add("inspect", "Sizes, counts, types; what is missing, unknown or of another shape (exit code 2)",
                inspect);
        sub->add_option("folder", o.folder, "Folder; headers are read, data may be absent")->required();
        add_weights(sub);

        sub = add("convert", "Write the official layout: another type, canonical keys, borrowed tensors",
                  convert);
        sub->add_option("from", o.folder, "Folder to read")->required();
        sub->add_option("to", o.to, "Folder to make")->required();
        add_weights(sub);
        sub->add_option("--dtype", o.convert.dtype, "Of the main file: keep, f32, bf16, f16")
            ->capture_default_str();
        sub->add_option("--tables", o.convert.tables, "Position tables: keep, recompute")
            ->capture_default_str();
        sub->add_option("--base", o.base, "Folder that lends the tensors missing in FROM");

        sub = add("init", "Make a new model with random weights", init);
        sub->add_option("to", o.to, "Folder to make")->required();
        sub->add_option("--config", o.init.sizes, fmt::format("Sizes: {}", fmt::join(size_names(), ", ")))
            ->capture_default_str();
        sub->add_option("--seed", o.init.seed, "Seed of the weights")->capture_default_str();
        sub->add_option("--dtype", o.init.dtype, "Of the main file: f32, bf16, f16")->capture_default_str();
        sub->add_option("--tokenizer", o.tokenizer,
                        "Folder to copy the tokenizer from (default: one is trained on the prompts)");
        sub->add_flag("--headers-only", o.init.headers_only,
                      "Headers without weights: to look at, not to run");
        return words.run();
      }};
}

}  // namespace synerbench
