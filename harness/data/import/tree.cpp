#include "harness/data/import/tree.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "harness/core/error.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kImageEndings{".nii.gz", ".nii", ".mha"};
const std::vector<std::string> kCompanionEndings{".xlsx", ".xls", ".csv",  ".tsv", ".json",
                                                 ".txt",  ".md",  ".pdf",  ".png", ".jpg",
                                                 ".rtf",  ".log", ".html", ".yml", ".yaml"};

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() > end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

TreeFile describe_file(const fs::path& relative, const std::vector<std::string>& above_root) {
  TreeFile file;
  file.path = relative.generic_string();
  file.name = file.stem = relative.filename().string();
  for (const auto& ending : kImageEndings) {
    if (ends_with(file.name, ending)) {
      file.ending = ending;
      file.stem = file.name.substr(0, file.name.size() - ending.size());
      break;
    }
  }
  for (const auto& part : relative.parent_path()) file.folders.insert(file.folders.begin(), part.string());
  file.folders.insert(file.folders.end(), above_root.begin(), above_root.end());
  return file;
}

void walk(const fs::path& root, const fs::path& relative, const std::vector<std::string>& above_root,
          std::set<fs::path>& visited, std::vector<TreeFile>& files) {
  std::error_code code;
  const fs::path folder = relative.empty() ? root : root / relative;
  if (!visited.insert(fs::weakly_canonical(folder, code)).second) return;  // a link back, or a second link
  std::vector<fs::directory_entry> entries;
  for (fs::directory_iterator it(folder, code), end; !code && it != end; it.increment(code))
    entries.push_back(*it);
  if (code) {
    throw input_error(folder.string(), fmt::format("cannot be listed ({})", code.message()),
                      "check the folder's permissions");
  }
  std::sort(entries.begin(), entries.end());
  for (const auto& entry : entries) {
    const fs::path name = entry.path().filename();
    if (name.string()[0] == '.' || name == "__MACOSX") continue;
    if (entry.is_directory(code)) {
      walk(root, relative / name, above_root, visited, files);
    } else if (entry.is_regular_file(code)) {
      files.push_back(describe_file(relative / name, above_root));
    }
  }
}

}  // namespace

std::vector<TreeFile> list_tree(const fs::path& root) {
  std::error_code code;
  if (!fs::is_directory(root, code)) {
    throw usage_error(root.string(), fs::exists(root, code) ? "is no folder" : "no such folder",
                      "give the folder that holds the dataset");
  }
  std::vector<std::string> above_root;
  for (const auto& part : fs::weakly_canonical(root, code)) {
    if (part != "/" && !part.empty()) above_root.insert(above_root.begin(), part.string());
  }
  std::vector<TreeFile> files;
  std::set<fs::path> visited;
  walk(root, {}, above_root, visited, files);
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return files;
}

bool is_companion(const TreeFile& file) {
  if (std::any_of(kCompanionEndings.begin(), kCompanionEndings.end(),
                  [&](const auto& ending) { return ends_with(file.name, ending); })) {
    return true;
  }
  const auto upper = [&](const char* word) { return file.name.rfind(word, 0) == 0; };
  return upper("LICENSE") || upper("LICENCE") || upper("README") || upper("COPYING");
}

}  // namespace synerbench
