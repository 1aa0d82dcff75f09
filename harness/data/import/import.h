// From a dataset tree to a slice store: discovery, splits, pixel work, writing.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "harness/core/json.h"
#include "harness/data/gate.h"
#include "harness/data/import/import_case.h"
#include "harness/data/import/layouts.h"
#include "harness/data/import/split.h"

namespace synerbench {

struct ImportOptions {
  std::string layout;          // a name of layouts()
  std::filesystem::path root;  // the dataset; for "pairs" the folder its paths start from, or the list itself
  // of "pairs", empty: root is the list; of "mapping": the file that describes the tree
  std::filesystem::path list;
  std::filesystem::path out;  // the store; may hold other datasets, or a part of this one
  std::string dataset;    // name in the store, first half of the ids; empty: the mapping's or the layout's
  bool skip_bad = false;  // a damaged file costs its case, not the import
  // volumes whose values their modality cannot have are taken; the doubt stays with them in the store
  bool accept_odd = false;
  // one scan under two names is taken; recorded in the manifest's rules
  bool accept_duplicates = false;
  int threads = 1;  // cases at a time; the bytes do not depend on it
  SplitOptions split;
  PixelRules pixels;
  GateLimits limits;
  /// Called after a case's shard and record are durable, with its id; for tests. May be called from several
  /// threads.
  std::function<void(const std::string& id)> after_case;
};

struct ImportReport {
  size_t imported = 0;  // read and written by this run
  size_t reused = 0;    // finished before: sources and shard checked, not done again
  size_t in_store = 0;  // cases of all datasets in the store now
  /// With skip_bad; also in <out>/skipped-<dataset>.csv. Paths are below the root.
  std::vector<BrokenCase> skipped;
  std::vector<std::string> unknown;  // files that no case uses
  std::vector<std::string> notes;
  std::vector<std::string> remarks;  // odd values and masks, strangers, copies; of the whole data set
};
Json to_json(const ImportReport& report);
/// The same for people: what a line is about, and the line. Notes first, the counts last.
std::vector<std::pair<std::string, std::string>> lines_of(const ImportReport& report);

/// Changes with every change of what importing stores; part of the rules in the manifest.
inline constexpr int kImporterVersion = 2;

/// Imports a dataset. Without skip_bad the first bad file (in case order) is an Error(kBadInput), and what
/// was finished stays finished: run again after mending it. Error(kUsage): options, an empty tree, a list
/// with mistakes, a store of other rules. Error(kBadInput) also when two cases hold one scan (content.h) and
/// accept_duplicates is false: nothing is lost, run again after mending it. Error(kInterrupted) after an
/// interrupt; also resumable.
ImportReport import_dataset(const ImportOptions& options);

/// The rules as the manifest keeps them, consents included; with a list that fixes the splits, "split"
/// becomes {"rule": "as listed"}.
Json import_rules(const ImportOptions& options);

}  // namespace synerbench
