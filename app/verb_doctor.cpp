// synerbench doctor: is this machine ready, and what would a number made here depend on?
#include <algorithm>
#include <cstdlib>
#include <iterator>

#include "app/reference_model.h"
#include "app/verb.h"
#include "baselines/catalog/protocols.h"
#include "harness/core/machine.h"
#include "harness/core/provenance.h"
#include "harness/suite/suite.h"
#include "reference/memory.h"
#ifdef SYNERBENCH_WITH_TORCH
#include "harness/nn/machine.h"
#endif

namespace synerbench {
namespace {

std::vector<Finding> check_learned_models([[maybe_unused]] int threads) {
#ifdef SYNERBENCH_WITH_TORCH
  return nn::check_libtorch(threads);
#else
  return {{"libtorch", Finding::Verdict::kNote,
           "built without it: no learned models (configure with -DSYNERBENCH_WITH_TORCH=ON)"}};
#endif
}

#ifdef SYNERBENCH_WITH_ITK
constexpr bool kWithItk = true;
#else
constexpr bool kWithItk = false;
#endif

std::vector<Finding> check_machine(int threads) {
  const char* path = std::getenv("PATH");
  std::vector<Finding> findings{check_build(build_provenance()),
                                {"cores", Finding::Verdict::kOk, std::to_string(default_threads())}};
  std::ranges::move(check_learned_models(threads), std::back_inserter(findings));
  std::ranges::move(std::vector{check_image_files(kWithItk), check_plots(path ? path : ""),
                                check_disk(free_bytes(".")), check_suites(protocols())},
                    std::back_inserter(findings));
  return findings;
}

// Weights, KV cache and training of the reference model, from its sizes.
ExitCode model_memory(const std::string& model, int64_t slice, bool json) {
#ifdef SYNERBENCH_WITH_TORCH
  const ReferenceSpec spec = parse_reference(model, "cpu");
  const Json report = reference::memory_of_folder(spec.folder, spec.preset, slice, slice);
  json ? print_result(report) : print_result(reference::memory_text(report));
  return ExitCode::kOk;
#else
  (void)slice, (void)json;
  throw usage_error(model, "this program was built without LibTorch, which the estimate asks for its kernels",
                    "configure with -DSYNERBENCH_WITH_TORCH=ON");
#endif
}

}  // namespace

Verb verb_doctor() {
  return {"doctor", "Start here", "Check this machine and say what results made here would depend on",
          "  synerbench doctor\n  synerbench doctor --model reference:runs/tiny-model --slice 240",
          [](CLI::App& command) {
            struct Options {
              bool json = false;
              int threads = default_threads();
              std::string model;
              int64_t slice = 256;
            };
            auto options = std::make_shared<Options>();
            command.add_flag("--json", options->json, "As JSON");
            command.add_option("--threads", options->threads, "Threads for the measurement")
                ->check(CLI::PositiveNumber)
                ->capture_default_str();
            command.add_option(
                "--model", options->model,
                "Instead: what reference:FOLDER needs in memory (headers are read, weights are not)");
            command
                .add_option("--slice", options->slice,
                            "Pixels a side of the slices that --model is asked about")
                ->check(CLI::Range(8, 8192))
                ->capture_default_str();
            return [options] {
              if (!options->model.empty()) return model_memory(options->model, options->slice, options->json);
              const std::vector<Finding> findings = check_machine(options->threads);
              options->json ? print_result(to_json(findings)) : print_result(to_text(findings));
              return any_bad(findings) ? ExitCode::kUsage : ExitCode::kOk;
            };
          }};
}

}  // namespace synerbench
