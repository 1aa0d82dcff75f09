#include "reports/pictures/window.h"

#include <algorithm>

#include "harness/core/error.h"

namespace synerbench {

const std::vector<WindowInfo>& ct_windows() {
  static const std::vector<WindowInfo> table{
      {"brain", 0, 80, "gray and white matter"},
      {"soft-tissue", -160, 240, "organs, muscle, fat"},
      {"bone", -450, 1050, "bone, spongy and dense"},
      {"lung", -1350, 150, "airways and vessels of the lung"},
  };
  return table;
}

void check_window(const std::string& choice) {
  std::vector<std::string> names{"auto", "full"};
  for (const WindowInfo& window : ct_windows()) names.push_back(window.name);
  if (std::find(names.begin(), names.end(), choice) == names.end())
    throw usage_error("--window", "unknown window \"" + choice + "\"", did_you_mean(choice, names));
}

Display display_of(const std::string& modality, const std::string& region, double low, double high,
                   const std::string& choice) {
  check_window(choice);
  if (choice == "full") return {low, high, false, ""};
  if (modality == "PET") return {0, 7, true, "0 to 7 SUV, dark where uptake is high"};
  if (modality != "CT" && modality != "CBCT") return {low, high, false, ""};
  // A CBCT's noise and shading fill the narrow window of the brain.
  const std::string usual = region == "brain" && modality == "CT" ? "brain"
                            : region == "thorax"                  ? "lung"
                                                                  : "soft-tissue";
  const std::string name = choice == "auto" ? usual : choice;
  const auto window = std::find_if(ct_windows().begin(), ct_windows().end(),
                                   [&](const WindowInfo& row) { return row.name == name; });
  return {window->low, window->high, false, window->name + " window"};
}

}  // namespace synerbench
