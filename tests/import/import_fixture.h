// A whole import into a store of its own, for the tests of imports.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "harness/core/error.h"
#include "harness/data/import/import.h"
#include "tests/import/made_trees.h"
#include "tests/support/make_store.h"

namespace synerbench::testing_support {

class ImportFixture : public testing::Test {
 protected:
  ImportFixture() {
    options_.root = folder_.path() / "tree";
    options_.out = folder_.path() / "store";
  }
  ImportReport import(const std::string& layout) {
    options_.layout = layout;
    return import_dataset(options_);
  }
  SliceStore store() const { return SliceStore(options_.out); }
  std::filesystem::path tree(const std::string& path) const { return options_.root / path; }
  void write_list(const std::string& text) {
    options_.list = tree("list.csv");
    write_file(options_.list, text);
  }
  std::string error_of(const std::string& layout, ExitCode code = ExitCode::kBadInput) {
    try {
      import(layout);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code) << error.what();
      return error.what();
    }
    ADD_FAILURE() << "no error";
    return "";
  }
  TempFolder folder_;
  ImportOptions options_;
};

// The stored values in the canonical order, so that they can be compared with to_canonical of the source.
inline std::vector<float> stored_voxels(const SliceStore& store, const StoredCase& stored,
                                        Modality modality) {
  const auto values = store.volume(stored, modality).read_all();
  const auto voxels = from_plane<double>(values, stored.geometry, stored.plane);
  return {voxels.begin(), voxels.end()};
}

}  // namespace synerbench::testing_support
