// What can be run and trained, as `synerbench models` lists it.
#pragma once

#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/method/method.h"
#include "harness/run/model_wrappers.h"

namespace synerbench {

/// Every method and every wrapper with the options of running it.
std::string models_text(const MethodTable& table, const std::vector<Wrapper>& wrappers);
/// Everything about one method: how it is run and trained, with all options and fields.
std::string method_page(const Method& method);

/// {"name", "kind": "model" or "wrapper", "summary", "path", "trainable", "parameters": [{"name", "values",
/// "default", "meaning"}, ...]}; a method also has "label", one that can be trained "covers" and "config".
Json to_json(const Method& method);
Json to_json(const Wrapper& wrapper);
/// A list of both.
Json models_json(const MethodTable& table, const std::vector<Wrapper>& wrappers);

}  // namespace synerbench
