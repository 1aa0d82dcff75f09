#include "tests/parity/manifest.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/safetensors.h"

namespace synerbench::testing_support {
namespace {

namespace fs = std::filesystem;

constexpr int kDeepest = 6;  // folders below the one that is searched

std::string text_or(const Json& json, const char* field, const std::string& fallback) {
  const auto found = json.find(field);
  return found != json.end() && found->is_string() ? found->get<std::string>() : fallback;
}

bool sign_holds(const std::string& sign, const std::vector<std::string>& names) {
  if (sign.starts_with("!")) return !sign_holds(sign.substr(1), names);
  for (size_t start = 0; start <= sign.size();) {
    const size_t end = std::min(sign.find('|', start), sign.size());
    const std::string beginning = sign.substr(start, end - start);
    for (const std::string& name : names) {
      if (name.starts_with(beginning)) return true;
    }
    start = end + 1;
  }
  return false;
}

std::vector<fs::path> search_places() {
  const fs::path requested = requested_parity_folder();
  if (!requested.empty()) return {requested};  // asked for by name: nothing else will do
  return {fs::path(SYNERBENCH_SHARED_DIR) / "data/parity",
          fs::path(SYNERBENCH_SOURCE_DIR) / "tests/fixtures"};
}

}  // namespace

fs::path requested_parity_folder() {
  const char* folder = std::getenv("SYNERBENCH_PARITY_DIR");
  return folder ? fs::path(folder) : fs::path();
}

std::vector<fs::path> fixtures_below(const fs::path& folder) {
  std::vector<fs::path> found;
  if (!fs::is_directory(folder)) return found;
  if (fs::exists(folder / "manifest.json")) found.push_back(folder);
  auto it = fs::recursive_directory_iterator(folder, fs::directory_options::follow_directory_symlink);
  for (; it != fs::recursive_directory_iterator(); ++it) {
    if (it.depth() >= kDeepest) it.disable_recursion_pending();
    if (it->is_directory() && fs::exists(it->path() / "manifest.json")) found.push_back(it->path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::string fixture_method(const fs::path& folder) {
  const Json manifest = read_json(folder / "manifest.json");
  return text_or(manifest, "method", manifest.contains("reference") ? "reference" : "");
}

std::string no_fixture_text(const std::string& what) {
  const fs::path requested = requested_parity_folder();
  if (requested.empty()) {
    return fmt::format(
        "no parity fixture of {}: it is in ../shared/data/parity, or name its folder in "
        "SYNERBENCH_PARITY_DIR",
        what);
  }
  std::vector<std::string> methods;
  for (const auto& folder : fixtures_below(requested)) {
    const std::string method = fixture_method(folder);
    methods.push_back(method.empty() ? folder.string() + " (of nobody)" : method);
  }
  return fmt::format(
      "nothing to compare: SYNERBENCH_PARITY_DIR ({}) has no fixture of {}; it has {}", requested.string(),
      what, methods.empty() ? "no manifest.json at all" : fmt::format("{}", fmt::join(methods, ", ")));
}

std::shared_ptr<const ParityManifest> ParityManifest::find(const std::string& method) {
  for (const auto& place : search_places()) {
    std::vector<fs::path> folders;
    for (const auto& folder : fixtures_below(place)) {
      if (fixture_method(folder) == method) folders.push_back(folder);
    }
    if (folders.size() > 1) {
      throw input_error(
          place.string(),
          fmt::format("two fixtures of {}: {} and {}", method, folders[0].string(), folders[1].string()),
          "name the folder of one of them in SYNERBENCH_PARITY_DIR");
    }
    if (!folders.empty())
      return std::make_shared<ParityManifest>(folders.front(), compared_kinds().at(method));
  }
  return nullptr;
}

ParityManifest::ParityManifest(fs::path folder, const std::vector<FileKind>& kinds)
    : folder_(std::move(folder)), json_(read_json(folder_ / "manifest.json")) {
  const std::string place = (folder_ / "manifest.json").string();
  if (!json_.contains("files") || !json_["files"].is_structured())
    throw input_error(place, "\"files\" is missing: what is in the fixture?");
  const Json& files = json_["files"];
  for (const auto& item :
       files.items()) {  // an object by file name, or an array of objects with the name in "file"
    const Json& json = item.value();
    entries_.push_back(
        {files.is_object() ? item.key() : json.at("file").get<std::string>(), text_or(json, "id", ""), json});
    require_whole(entries_.back());
  }
  std::set<size_t> taken;
  const auto take = [&](const FileKind& kind, const auto& fits) {
    for (size_t i = 0; i < entries_.size() && !by_kind_.contains(kind.name); ++i) {
      if (taken.contains(i) || !fits(entries_[i])) continue;
      by_kind_[kind.name] = i;
      taken.insert(i);
    }
  };
  // What the manifest says outright; then what it implies, where a file that is named after its kind goes
  // before the other that fits.
  for (const FileKind& kind : kinds)
    take(kind, [&](const Entry& entry) { return text_or(entry.json, "kind", "") == kind.name; });
  for (const bool by_name : {true, false}) {
    for (const FileKind& kind : kinds) {
      take(kind, [&](const Entry& entry) {
        return !entry.json.contains("kind") && (!by_name || fs::path(entry.file).stem() == kind.name) &&
               is_of(entry, kind);
      });
    }
  }
  std::set<std::string> layouts;  // ids of files in the layout of a checkpoint
  for (const Entry& entry : entries_) {
    if (fs::path(entry.file).filename() == "vocab.json") layouts.insert(fs::path(entry.file).parent_path());
  }
  for (size_t i = 0; i < entries_.size(); ++i) {
    if (!taken.contains(i) && !layouts.contains(fs::path(entries_[i].file).parent_path()))
      unknown_.push_back(entries_[i].file);
  }
  for (const std::string& file : unknown_)
    fmt::print("[ parity   ] {}: no test compares {}\n", folder_.string(), file);
}

void ParityManifest::require_whole(const Entry& entry) const {
  const fs::path path = folder_ / entry.file;
  if (!fs::exists(path)) {
    throw input_error((folder_ / "manifest.json").string(), fmt::format("\"{}\" is not there", entry.file),
                      "the fixture is incomplete: copy it again");
  }
  const std::string wanted = text_or(entry.json, "sha256", "");
  if (wanted.empty()) return;
  if (const std::string seen = sha256_file(path); seen != wanted) {
    throw input_error(
        path.string(),
        fmt::format("not the file that the manifest describes: its SHA-256 is {}, not {}", seen, wanted),
        "the fixture is damaged: copy it again");
  }
}

std::vector<std::string> ParityManifest::names_in(const Entry& entry) const {
  std::vector<std::string> names;
  if (const auto tensors = entry.json.find("tensors"); tensors != entry.json.end()) {
    for (const auto& tensor : tensors->items()) names.push_back(tensor.key());
    return names;
  }
  const fs::path path = folder_ / entry.file;  // the manifest leaves it to the file
  if (path.extension() == ".safetensors") return SafetensorsFile(path).names();
  if (path.extension() == ".json") {
    const Json json = read_json(path);
    for (const auto& field : json.items()) names.push_back(field.key());
  }
  return names;
}

bool ParityManifest::is_of(const Entry& entry, const FileKind& kind) const {
  if (!kind.id.empty() && entry.id != kind.id) return false;
  if (kind.signs.empty()) return true;
  const auto names = names_in(entry);
  return std::all_of(kind.signs.begin(), kind.signs.end(),
                     [&](const std::string& sign) { return sign_holds(sign, names); });
}

fs::path ParityManifest::file(const std::string& kind) const {
  const auto found = by_kind_.find(kind);
  if (found == by_kind_.end()) {
    throw input_error((folder_ / "manifest.json").string(),
                      fmt::format("no file of the kind \"{}\", so there is nothing to compare", kind));
  }
  return folder_ / entries_[found->second].file;
}

const Json& ParityManifest::entry(const std::string& kind) const {
  const auto found = by_kind_.find(kind);
  SB_CHECK(found != by_kind_.end(), kind);
  return entries_[found->second].json;
}

bool ParityManifest::has(const std::string& id, const std::string& name) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return entry.id == id && fs::path(entry.file).filename() == name;
  });
}

fs::path ParityManifest::folder_of(const std::string& id, const std::string& name) const {
  for (const Entry& entry : entries_) {
    if (entry.id == id && fs::path(entry.file).filename() == name)
      return (folder_ / entry.file).parent_path();
  }
  throw input_error((folder_ / "manifest.json").string(),
                    fmt::format("no file \"{}\" with the id \"{}\"", name, id));
}

}  // namespace synerbench::testing_support
