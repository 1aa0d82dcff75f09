#include <fmt/format.h>

#include <thread>

#include "app/streams.h"
#include "app/verb.h"

namespace synerbench {

const std::vector<Verb>& verbs() {
  // In the order of the help: by who you are, then by the order in which things are done.
  static const std::vector<Verb> table{
#ifdef SYNERBENCH_WITH_ITK
      verb_demo(),
#endif
      verb_doctor(),
#ifdef SYNERBENCH_WITH_ITK
      verb_phantom(),       verb_import(),
#endif
      verb_store(),         verb_plan(),    verb_train(),   verb_run(),        verb_merge(),
      verb_report(),        verb_study(),   verb_score(),
#ifdef SYNERBENCH_WITH_ITK
      verb_synth(),
#endif
      verb_export(),        verb_compare(), verb_weights(), verb_gate(),       verb_checkpoint(),
      verb_understanding(),
#ifdef SYNERBENCH_WITH_ITK
      verb_ask(),
#endif
      verb_tasks(),         verb_models(),  verb_metrics(), verb_completion(), verb_man(),
  };
  return table;
}

const std::vector<std::string>& verbs_left_out() {
#ifdef SYNERBENCH_WITH_ITK
  static const std::vector<std::string> names;
#else
  static const std::vector<std::string> names{"demo", "phantom", "import", "synth", "ask"};
#endif
  return names;
}

void print_result(const std::string& text) {
  const std::string line = text.empty() || text.back() != '\n' ? text + "\n" : text;
  // Tables hold names from files.
  write_to_stdout(printable_lines(line, std::string::npos));
}

void print_result(const Json& json) { print_result(to_text(json)); }

void refuse_without_torch(const std::string& place) {
  throw usage_error(place, "this program was built without LibTorch",
                    "configure with -DSYNERBENCH_WITH_TORCH=ON");
}

int default_threads() { return static_cast<int>(std::max(1u, std::thread::hardware_concurrency())); }

}  // namespace synerbench
