#include "reference/understanding/answers.h"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "reference/understanding/prompts.h"

namespace synerbench::reference {
namespace {

bool lettered(InstanceKind kind) {
  return kind == InstanceKind::kCts || kind == InstanceKind::kTia || kind == InstanceKind::kPictureChoice ||
         kind == InstanceKind::kListChoice;
}

}  // namespace

std::optional<size_t> chosen_option(const Instance& instance, const std::string& answer) {
  if (!lettered(instance.kind)) return std::nullopt;
  const auto word = [&](size_t i) {
    return i < answer.size() && std::isalnum(static_cast<unsigned char>(answer[i])) != 0;
  };
  for (size_t i = answer.size(); i-- > 0;) {
    const char c = answer[i];
    if (c < 'A' || c >= static_cast<char>('A' + instance.options)) continue;
    if ((i == 0 || !word(i - 1)) && !word(i + 1)) return static_cast<size_t>(c - 'A');
  }
  return std::nullopt;
}

double score_answer(const Instance& instance, const std::string& answer) {
  if (instance.kind == InstanceKind::kMiPanel) {
    const size_t begin = answer.find('{'), end = answer.rfind('}');
    if (begin == std::string::npos || end == std::string::npos || end < begin) return 0;
    const auto json =
        nlohmann::json::parse(answer.substr(begin, end - begin + 1), nullptr, /*allow_exceptions=*/false);
    if (!json.is_object()) return 0;
    double right = 0;
    for (size_t i = 0; i < instance.labels.size(); ++i) {
      const auto it = json.find(option_letter(i));
      right +=
          it != json.end() && it->is_string() && it->get<std::string>() == spoken_name(instance.labels[i]);
    }
    return right / static_cast<double>(instance.labels.size());
  }
  if (lettered(instance.kind)) {
    const auto option = chosen_option(instance, answer);
    return option && option_letter(*option) == instance.answer ? 1 : 0;
  }
  const auto blank = [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; };
  const auto first = std::find_if_not(answer.begin(), answer.end(), blank);
  const auto last = std::find_if_not(answer.rbegin(), std::make_reverse_iterator(first), blank).base();
  return std::string(first, last) == instance.answer;
}

}  // namespace synerbench::reference
