// synerbench completion, synerbench man: the command line for a shell and for the manual.
#include "app/describe.h"
#include "app/verb.h"
#include "harness/core/provenance.h"

namespace synerbench {
namespace {

std::string version_of_this() { return build_provenance()["version"].get<std::string>(); }

}  // namespace

Verb verb_completion() {
  return {
      "completion", "Look things up",
      "Print a script that completes verbs, options and their values in a shell",
      "  source <(synerbench completion bash)\n"
      "  source <(synerbench completion zsh)\n"
      "  synerbench completion bash > completion.bash",
      [](CLI::App& command) {
        auto shell = std::make_shared<std::string>();
        command.add_option("shell", *shell, "The shell")->required()->check(CLI::IsMember({"bash", "zsh"}));
        return [shell, root = command.get_parent()] {
          const CommandPage page = describe(*root);
          print_result(*shell == "zsh" ? zsh_completion(page, version_of_this())
                                       : bash_completion(page, version_of_this()));
          return ExitCode::kOk;
        };
      }};
}

Verb verb_man() {
  return {"man", "Look things up", "Print the page of the manual: every verb and option",
          "  synerbench man > synerbench.1\n"
          "  synerbench man | man --local-file -",
          [](CLI::App& command) {
            return [root = command.get_parent()] {
              print_result(man_page(describe(*root), version_of_this()));
              return ExitCode::kOk;
            };
          }};
}

}  // namespace synerbench
