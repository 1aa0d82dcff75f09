#include "reference/exchange/transitions.h"

#include <fmt/format.h>

#include "harness/core/error.h"
#include "harness/data/png.h"
#include "reference/exchange/pictures_of.h"
#include "reference/understanding/prompts.h"

namespace synerbench::reference {

std::function<std::optional<Transition>()> transitions_of(const InstanceBuilder& builder) {
  size_t task = 0;
  int64_t index = 0;
  return [&builder, task, index]() mutable -> std::optional<Transition> {
    const auto& tasks = builder.tasks();
    while (task < tasks.size() && index == tasks[task].pairs->size()) {
      ++task;
      index = 0;
    }
    if (task == tasks.size()) return std::nullopt;
    const Instance sample = builder.synthesis(task, index++, 0);
    Transition row;
    for (const SliceImage& image : sample.images) row.pictures.push_back(png_of(image));
    row.instructions.emplace_back();
    for (size_t i = 0; i < synthesis_variants(); ++i)
      row.instructions.back().push_back(synthesis_instruction(tasks[task].task, i));
    return row;
  };
}

TransitionCounts check_transitions(const std::filesystem::path& path) {
  TransitionReader reader(path);
  TransitionCounts counts;
  while (const auto row = reader.next()) {
    ++counts.rows;
    for (size_t i = 0; i < row->pictures.size(); ++i) {
      ++counts.pictures;
      const std::string& bytes = row->pictures[i];
      if (bytes.starts_with("\x89PNG")) {
        read_png(bytes, fmt::format("{}: row {}, picture {}", path.string(), counts.rows, i + 1));
      } else {
        ++counts.other_pictures;
      }
    }
    for (const auto& wordings : row->instructions)
      counts.instructions += static_cast<int64_t>(wordings.size());
  }
  return counts;
}

}  // namespace synerbench::reference
