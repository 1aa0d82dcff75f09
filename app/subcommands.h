// A verb with words of its own behind it, as in `synerbench store info`: they share one struct of options.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>

#include "harness/core/error.h"

namespace synerbench {

template <class Options>
class Subcommands {
 public:
  using Action = ExitCode (*)(const Options&);
  explicit Subcommands(CLI::App& command) : command_(&command) { command.require_subcommand(1); }

  CLI::App* add(const std::string& name, const std::string& summary, Action action) {
    CLI::App* sub = command_->add_subcommand(name, summary);
    sub->fallthrough();  // --quiet may also stand behind it
    sub->callback([chosen = chosen_, action] { *chosen = action; });
    return sub;
  }
  Options& options() const { return *options_; }
  /// Does the one that was chosen.
  std::function<ExitCode()> run() const {
    return [options = options_, chosen = chosen_] { return (*chosen)(*options); };
  }

 private:
  CLI::App* command_;
  std::shared_ptr<Options> options_ = std::make_shared<Options>();
  std::shared_ptr<Action> chosen_ = std::make_shared<Action>();
};

}  // namespace synerbench
