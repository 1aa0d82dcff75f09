// Where the parity fixtures are and what is in them: by their manifests, never by the names of folders and
// files.
//
// Note [Finding fixtures] A fixture is a folder with a manifest.json. SYNERBENCH_PARITY_DIR names a folder
// that holds fixtures at any depth, or is one; without it ../shared/data/parity is searched, then the copies
// in tests/fixtures. The manifest says whose fixture it is ("method"; that of the reference model has
// "reference" instead) and lists the files with their SHA-256 and their tensors. What a file is for follows
// from what the manifest says of it: its "kind", or else its "id" and its tensors (kinds.cpp). So a file may
// have any name.
//   Set, and nothing there to compare, or a file that the manifest lists is missing or changed: the test
//     fails and says so.
//   Not set, and no fixture anywhere: the test is skipped and says so.
//   A file, or a whole fixture, that no test compares is named in the output.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "harness/core/json.h"

namespace synerbench::testing_support {

/// What a file of a fixture is for, and the signs by which it is known.
struct FileKind {
  std::string name;     // "forward"
  std::string id = {};  // the "id" that the manifest gives such a file; empty: any
  /// What the names of its tensors begin with: "in.A" occurs, "after.|loss." one of them occurs, "!in." does
  /// not. All must hold.
  std::vector<std::string> signs = {};
};

/// The kinds of file that tests compare, by method ("pix2pix", ..., "reference"). Kinds with equal signs (the
/// two generators of CycleGAN) are told apart by "kind", by the file's name, or else by the order in the
/// manifest.
const std::map<std::string, std::vector<FileKind>>& compared_kinds();

/// The folder named by SYNERBENCH_PARITY_DIR; empty: not set.
std::filesystem::path requested_parity_folder();
/// Folders with a manifest.json at or below `folder`, sorted. Links to folders are followed.
std::vector<std::filesystem::path> fixtures_below(const std::filesystem::path& folder);

/// Whose fixture it is, as its manifest says; empty: it does not say.
std::string fixture_method(const std::filesystem::path& folder);

class ParityManifest {
 public:
  /// Reads `folder`/manifest.json. Error when a file that it lists is missing or has another SHA-256 than it
  /// says. Prints the files that are of no kind in `kinds`.
  ParityManifest(std::filesystem::path folder, const std::vector<FileKind>& kinds);
  /// The fixture of a method, see Note [Finding fixtures]; null: nowhere. Two of one method below the same
  /// folder are an Error.
  static std::shared_ptr<const ParityManifest> find(const std::string& method);

  const std::filesystem::path& folder() const { return folder_; }
  const Json& json() const { return json_; }
  bool has(const std::string& kind) const { return by_kind_.contains(kind); }
  /// The file of a kind; Error when there is none.
  std::filesystem::path file(const std::string& kind) const;
  /// What the manifest says of that file.
  const Json& entry(const std::string& kind) const;
  /// Whether there is a file of this name with this id, in any folder.
  bool has(const std::string& id, const std::string& name) const;
  /// For files in the layout of a checkpoint, whose names are the format's: the folder of the one with this
  /// id that is named `name`. Error when there is none.
  std::filesystem::path folder_of(const std::string& id, const std::string& name) const;
  const std::vector<std::string>& unknown_files() const { return unknown_; }

 private:
  struct Entry {
    std::string file, id;
    Json json;
  };
  void require_whole(const Entry& entry) const;
  bool is_of(const Entry& entry, const FileKind& kind) const;
  std::vector<std::string> names_in(const Entry& entry) const;

  std::filesystem::path folder_;
  Json json_;
  std::vector<Entry> entries_;
  std::map<std::string, size_t> by_kind_;
  std::vector<std::string> unknown_;
};

/// Why there is nothing to compare, and what to do about it.
std::string no_fixture_text(const std::string& what);

/// Ends a test (or its SetUp) that has nothing to compare: a failure where SYNERBENCH_PARITY_DIR is set, else
/// skipped.
#define SYNERBENCH_NEEDS_FIXTURE(is_there, what)                           \
  if (!(is_there)) {                                                       \
    if (!::synerbench::testing_support::requested_parity_folder().empty()) \
      FAIL() << ::synerbench::testing_support::no_fixture_text(what);      \
    GTEST_SKIP() << ::synerbench::testing_support::no_fixture_text(what);  \
  }

}  // namespace synerbench::testing_support
