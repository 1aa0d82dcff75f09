// The dataset layouts that importing understands, as a table, and what discovery makes of a tree.
// Discovery looks at names only; pixels come later (import_case.h).
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/modality.h"
#include "harness/data/import/tree.h"
#include "harness/data/slice_store.h"

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
  const DiscoveredVolume* find(Modality modality) const;
};

/// A case that cannot be imported, found out from names alone.
struct BrokenCase {
  std::string name, path, reason;
};

struct Discovery {
  std::vector<DiscoveredCase> cases;  // in name order, names unique
  std::vector<BrokenCase> broken;     // in name order
  std::vector<std::string> unknown;   // image and other files that no case uses, in path order
  std::vector<std::string> notes;     // for the person: missing targets, several studies, ...
};

/// Where to look. `list` is used by the layout "pairs" only.
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
};

const std::vector<Layout>& layouts();
/// Error(kUsage) with "did you mean" when unknown.
const Layout& layout_named(const std::string& name);
/// The table for people and for --json.
std::string layouts_text();
Json layouts_json();

/// Error(kUsage) that shows the layout's tree, and names the layouts that would find cases here.
[[noreturn]] void throw_nothing_found(const Layout& layout, const DatasetPlace& place);

// The discovery functions of the table; each is documented in its source file.
Discovery discover_synthrad2023(const DatasetPlace& place);
Discovery discover_synthrad2025(const DatasetPlace& place);
Discovery discover_autopet(const DatasetPlace& place);
Discovery discover_brats(const DatasetPlace& place);
Discovery discover_myops(const DatasetPlace& place);
Discovery discover_pairs(const DatasetPlace& place);
void check_brats_together(const std::vector<std::string>& names);

/// Collects files into cases while a discovery function walks the tree.
class CaseCollector {
 public:
  /// The case of this name, made when new.
  DiscoveredCase& at(const std::string& name);
  /// Adds a volume; a second file for the same modality marks the case as broken, naming both.
  void add(const std::string& name, Modality modality, const TreeFile& file);
  void add_mask(const std::string& name, const TreeFile& file);
  void unknown(const TreeFile& file);
  void mark_broken(const std::string& name, const std::string& path, const std::string& reason);
  /// Sorts volumes, sets each case's grid to the first of `grid_order` that it has (else its first volume),
  /// turns cases without volumes into broken ones.
  Discovery finish(const std::vector<Modality>& grid_order);

 private:
  std::vector<DiscoveredCase> cases_;
  std::vector<BrokenCase> broken_;
  std::vector<std::string> unknown_;
};

}  // namespace synerbench
