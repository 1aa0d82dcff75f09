// synerbench models: what can be run, what can be trained, with all options and fields, and the wrappers
// around models.
#include "app/verb.h"
#include "baselines/catalog/catalog.h"
#include "baselines/catalog/listing.h"

namespace synerbench {
namespace {

ExitCode show(const std::string& name, bool json) {
  if (name.empty()) {
    json ? print_result(models_json(methods(), model_wrappers()))
         : print_result(models_text(methods(), model_wrappers()));
  } else {
    const Method& method = find_method(methods(), name, "models");
    json ? print_result(to_json(method)) : print_result(method_page(method));
  }
  return ExitCode::kOk;
}

}  // namespace

Verb verb_models() {
  return {"models", "Look things up", "List the models and the wrappers around them, with their parameters",
          "  synerbench models\n  synerbench models pix2pix", [](CLI::App& command) {
            auto name = std::make_shared<std::string>();
            auto json = std::make_shared<bool>(false);
            command.add_option("name", *name, "Only this model, with the fields of its configuration");
            command.add_flag("--json", *json, "As JSON");
            return [=] { return show(*name, *json); };
          }};
}

}  // namespace synerbench
