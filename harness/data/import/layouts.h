// The dataset layouts that importing understands, as a table, and what discovery makes of a tree.
// Discovery looks at names only; pixels come later (import_case.h).
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/modality.h"
#include "harness/data/slice_store.h"
#include "harness/data/tree.h"

namespace synerbench {

struct DiscoveredVolume {
  Modality modality = Modality::kCT;
  std::string path;  // relative to the root
};

/// The files of one case and what their names say.
struct DiscoveredCase {
  std::string name;     // second half of the id; is_store_name
  std::string patient;  // key of splitting
  std::string region, group, plane;
  std::optional<Split> split;             // only where a list fixes it
  std::vector<DiscoveredVolume> volumes;  // in the order of the modalities, each once, at least one
  std::string mask;                       // relative path; empty: the mask is derived from the images
  Modality grid = Modality::kCT;          // the volume whose grid the case has; one of `volumes`
  /// Where a list names a path, by that path: "list.csv: row 3". A path that leads nowhere is the list's
  /// fault.
  std::map<std::string, std::string> named_at = {};
  const DiscoveredVolume* find(Modality modality) const;
};

/// A case that cannot be imported, found out from names alone.
struct BrokenCase {
  std::string name, path, reason;
};

struct Discovery {
  std::string dataset;                // name in the store that the tree itself asks for; empty: the layout's
  std::vector<DiscoveredCase> cases;  // in name order, names unique
  std::vector<BrokenCase> broken;     // in name order
  /// What no case uses, in path order: paths, with the reason behind them where an entry is not read at all.
  std::vector<std::string> unknown;
  /// For the person: missing targets, several studies, entries that are not read and why, ...
  std::vector<std::string> notes;
};

/// Where to look. `list` is the list of "pairs", or the file of "mapping"; no other layout uses it.
struct DatasetPlace {
  std::filesystem::path root, list;
};

struct Layout {
  std::string name;         // "synthrad2023"
  std::string title;        // "SynthRAD2023, Task 1 and 2"
  std::string description;  // what is taken from it, one or two sentences
  std::string example;      // a tree, several lines
  std::string source;       // where to get it and under which license
  Discovery (*discover)(const DatasetPlace& place);
  /// Error(kUsage) when cases of these names must not share a store (nullptr: any may).
  void (*check_together)(const std::vector<std::string>& names);
  /// What is looked for at this place, a line each, where that is not the same everywhere (nullptr:
  /// `example`).
  std::string (*wanted)(const DatasetPlace& place) = nullptr;
};

const std::vector<Layout>& layouts();
/// Error(kUsage) with "did you mean" when unknown.
const Layout& layout_named(const std::string& name);
/// The table for people and for --json.
std::string layouts_text();
Json layouts_json();

/// Error(kUsage) that shows what is there and what was looked for, names that nearly fit, and the layouts
/// that would find cases here.
[[noreturn]] void throw_nothing_found(const Layout& layout, const DatasetPlace& place);

// The discovery functions of the table; each is documented in its source file.
Discovery discover_synthrad2023(const DatasetPlace& place);
Discovery discover_synthrad2025(const DatasetPlace& place);
Discovery discover_autopet(const DatasetPlace& place);
Discovery discover_brats(const DatasetPlace& place);
Discovery discover_myops(const DatasetPlace& place);
Discovery discover_pairs(const DatasetPlace& place);
Discovery discover_mapping(const DatasetPlace& place);
std::string patterns_of_mapping(const DatasetPlace& place);
void check_brats_together(const std::vector<std::string>& names);

/// Collects files into cases while a discovery function walks the tree. A file that is reached in two ways
/// counts once. An entry that cannot be read but has the name of an image breaks the case it belongs to.
class CaseCollector {
 public:
  /// The case of this name, made when new.
  DiscoveredCase& at(const std::string& name);
  /// Adds a volume; a second file for the same modality marks the case as broken, naming both.
  void add(const std::string& name, Modality modality, const TreeFile& file);
  void add_mask(const std::string& name, const TreeFile& file);
  /// Known, and of no use here: labels, activity instead of SUV. An entry that cannot be read is named.
  void pass_over(const TreeFile& file);
  /// Of no case, as far as names say. Companions are passed over, or named too.
  enum class Companions { kPassed, kNamed };
  void unknown(const TreeFile& file, Companions companions = Companions::kPassed);
  /// As unknown(), and its name is nearly one that would be recognized.
  void nearly(const TreeFile& file);
  void mark_broken(const std::string& name, const std::string& path, const std::string& reason);
  /// Sorts volumes, sets each case's grid to the first of `grid_order` that it has (else its first volume),
  /// turns cases without volumes into broken ones, and notes what is not read. `family` names whose files
  /// those handed to nearly() look like: "BraTS".
  Discovery finish(const std::vector<Modality>& grid_order, const std::string& family = "");

 private:
  bool cannot_be_read(const std::string& name, const TreeFile& file);
  bool is_same_file(const std::string& path, const TreeFile& file) const;
  void note_entries(Discovery& discovery, const std::string& family,
                    const std::set<std::array<uint64_t, 2>>& used) const;

  std::vector<DiscoveredCase> cases_;
  std::vector<BrokenCase> broken_;
  std::vector<TreeFile> unknown_, nearly_;
  std::map<std::string, std::array<uint64_t, 2>> identity_of_;  // by path, of what cases use
  std::vector<std::string> second_ways_;                        // to files that a case has already
};

}  // namespace synerbench
