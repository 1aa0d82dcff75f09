#include "harness/method/method.h"

#include <fmt/format.h>

#include "harness/core/error.h"

namespace synerbench {

std::string name_of(Routes routes) {
  return routes == Routes::kTask ? "task" : routes == Routes::kPair ? "pair" : "all";
}

const Method& find_method(const MethodTable& table, const std::string& name, const std::string& place) {
  std::vector<std::string> known;
  for (const Method& method : table) {
    if (method.name == name) return method;
    known.push_back(method.name);
  }
  throw usage_error(place, fmt::format("unknown model \"{}\"", name), did_you_mean(name, known));
}

const Method& find_trainable(const MethodTable& table, const std::string& name, const std::string& place) {
  std::vector<std::string> known;
  for (const Method& method : table) {
    if (!method.training) continue;
    if (method.name == name) return method;
    known.push_back(method.name);
  }
  throw usage_error(place, fmt::format("\"{}\" cannot be trained", name), did_you_mean(name, known));
}

}  // namespace synerbench
