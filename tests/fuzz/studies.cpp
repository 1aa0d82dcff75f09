// A study, and what its folder of work says is done. Parts of an input end in byte 0x1e: the study, the stamp
// of its first step, the list of times that the test set was opened.
#include <algorithm>

#include "harness/core/json.h"
#include "harness/study/engines.h"
#include "harness/study/overview.h"
#include "harness/study/steps.h"
#include "metrics/protocol.h"
#include "tests/fuzz/targets.h"

namespace synerbench::fuzz {
namespace {

constexpr char kMark = '\x1e';

void studies_one(std::string_view input) {
  const auto path = put("study/study.json", take_until(&input, kMark));
  Study study;
  if (!accepted([&] { study = load_study(path.string(), builtin_protocols()); })) return;
  SB_CHECK(load_study(path.string(), builtin_protocols()).steps.size() == study.steps.size(),
           "read again it has the same steps");
  const auto work = desk() / "study-work";
  const StepCall call{"synerbench", work, path.string()};
  SB_CHECK(!ninja_file(study, call).empty() && !slurm_script(study, call).empty(), "engines get their files");
  for (size_t i = 0; i < study.steps.size(); ++i) {
    const StudyStep& step = study.steps[i];
    SB_CHECK(step.identity.size() == 64 && !step.commands.empty(),
             "a step has an identity and does something");
    SB_CHECK(step.folder().find('/') == std::string::npos, "a step keeps to its folder");
    for (const std::string& needed : step.needs) {
      const auto before = study.steps.begin() + static_cast<std::ptrdiff_t>(i);
      SB_CHECK(std::any_of(study.steps.begin(), before, [&](const auto& s) { return s.name == needed; }),
               "what a step needs comes before it");
    }
  }
  plan_text(study, work);
  to_text(plan_json(study, work));
  if (study.steps.empty()) return;
  const StudyStep& first = study.steps.front();
  const std::string stamp(take_until(&input, kMark));
  const auto folder = folder_of(first, work);
  std::filesystem::create_directories(folder);
  // Its own identity where the input says ID: no input can know it.
  std::string own = stamp;
  if (const size_t at = own.find("\"ID\""); at != std::string::npos) own.replace(at + 1, 2, first.identity);
  put(std::filesystem::relative(folder / "done.json", desk()).string(), own);
  put("study-work/openings.jsonl", input);
  accepted([&] { status_of(first, work); });
  accepted([&] { test_openings(work); });
  accepted([&] { remarks_on_openings(study, work); });
  accepted([&] { status_text(study, work); });
  accepted([&] { to_text(status_json(study, work)); });
  accepted([&] { unfinished_steps(study, work); });
  accepted([&] { study_summary(study, work); });
  std::filesystem::remove_all(work);
}

Seeds studies_seeds() {
  Seeds seeds;
  const std::string done =
      std::string(1, kMark) +
      R"({"schema": "synerbench/study-step", "schema_version": 1, "step": "s", "identity": "ID",)"
      R"( "commands": ["x"], "program": "0", "seconds": 1.5})" +
      kMark + R"({"step": "s", "identity": "i", "contrasts_sha256": "c"})" + "\n";
  const auto folder = std::filesystem::path(SYNERBENCH_SOURCE_DIR) / "studies";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    seeds[entry.path().stem().string()] = to_text(read_json(entry.path()), -1) + done;
  }
  return seeds;
}

}  // namespace

Target studies() { return {"studies", studies_one, studies_seeds, 4000}; }

}  // namespace synerbench::fuzz
