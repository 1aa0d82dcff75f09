// synerbench doctor: is this machine ready, and what would a number made here depend on?
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "app/reference_model.h"
#include "app/verb.h"
#include "harness/core/provenance.h"
#include "harness/suite/suite.h"
#include "metrics/protocol.h"
#include "reference/memory.h"
#ifdef SYNERBENCH_WITH_TORCH
#include "harness/nn/compute.h"
#include "harness/nn/matrix_rate.h"
#endif

namespace synerbench {
namespace {

struct Finding {
  std::string what;
  std::string verdict;  // "ok", "note" (works, with a limit), "bad"
  std::string detail;
};

bool on_path(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::string rest = path ? path : "";
  while (!rest.empty()) {
    const size_t end = std::min(rest.find(':'), rest.size());
    if (::access((rest.substr(0, end) + "/" + program).c_str(), X_OK) == 0) return true;
    rest.erase(0, end + 1);
  }
  return false;
}

Finding program() {
  const Json facts = build_provenance();
  const bool dirty = facts["dirty"].get<bool>();
  return {"program", dirty ? "note" : "ok",
          fmt::format("{} commit {}{}, {}, {}", facts["version"].get<std::string>(),
                      facts["commit"].get<std::string>().substr(0, 12),
                      dirty ? " with uncommitted changes (results will say so)" : "",
                      facts["compiler"].get<std::string>(), facts["build"].get<std::string>())};
}

std::vector<Finding> libtorch(int threads) {
#ifdef SYNERBENCH_WITH_TORCH
  nn::set_compute_threads(threads);
  std::vector<Finding> findings{{"libtorch", "ok", to_text(nn::compute_provenance("cpu"), -1)}};
  const double rate = nn::matrix_rate_gflops();
  const bool slow = rate < nn::kSlowMatrixRate;
  findings.push_back({"matrix product", slow ? "bad" : "ok",
                      fmt::format("{:.0f} GFLOP/s with {} threads{}", rate, threads,
                                  slow ? ": a slow reference BLAS; install libopenblas0-openmp" : "")});
  try {
    nn::check_device("cuda", "doctor");
    findings.push_back({"gpu", "ok", to_text(nn::compute_provenance("cuda"), -1)});
  } catch (const Error& error) {
    findings.push_back({"gpu", "note", error.problem() + "; learned models run on the CPU"});
  }
  return findings;
#else
  (void)threads;
  return {{"libtorch", "note",
           "built without it: no learned models (configure with -DSYNERBENCH_WITH_TORCH=ON)"}};
#endif
}

Finding images() {
#ifdef SYNERBENCH_WITH_ITK
  return {"image files", "ok", "NIfTI and MetaImage through ITK"};
#else
  return {"image files", "note",
          "built without ITK: slice stores can be read, import, synth and NIfTI scoring are missing"};
#endif
}

Finding plots() {
  if (on_path("gnuplot")) return {"plots", "ok", "gnuplot found"};
  return {"plots", "note", "gnuplot is missing: reports come without plots and panels (Debian: gnuplot-nox)"};
}

Finding disk() {
  std::error_code code;
  const auto space = std::filesystem::space(".", code);
  if (code) return {"disk", "note", "free space here cannot be read"};
  const double gib = static_cast<double>(space.available) / (1 << 30);
  return {"disk", gib < 5 ? "note" : "ok", fmt::format("{:.1f} GiB free here", gib)};
}

Finding tables() {
  size_t tasks = 0;
  for (const auto& name : embedded_suite_names()) tasks += load_suite(name).tasks.size();
  return {"tables", "ok",
          fmt::format("{} suites with {} tasks, {} protocols", embedded_suite_names().size(), tasks,
                      builtin_protocols().rows().size())};
}

// Weights, KV cache and training of the reference model, from its sizes.
ExitCode model_memory(const std::string& model, int64_t slice, bool json) {
  const ReferenceSpec spec = parse_reference(model, "cpu");
  const Json report = reference::memory_of_folder(spec.folder, spec.preset, slice, slice);
  json ? print_result(report) : print_result(reference::memory_text(report));
  return ExitCode::kOk;
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
              std::vector<Finding> findings{program(), {"cores", "ok", std::to_string(default_threads())}};
              for (auto& finding : libtorch(options->threads)) findings.push_back(std::move(finding));
              for (auto& finding : {images(), plots(), disk(), tables()}) findings.push_back(finding);
              bool bad = false;
              Json list = Json::array();
              std::string text;
              for (const auto& finding : findings) {
                bad = bad || finding.verdict == "bad";
                list.push_back(
                    {{"what", finding.what}, {"verdict", finding.verdict}, {"detail", finding.detail}});
                text += fmt::format("{:<5} {:<15} {}\n", finding.verdict, finding.what, finding.detail);
              }
              options->json ? print_result(list) : print_result(text);
              return bad ? ExitCode::kUsage : ExitCode::kOk;
            };
          }};
}

}  // namespace synerbench
