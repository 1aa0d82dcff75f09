// What Python's tests compare with:
//   python_reference store FOLDER          writes FOLDER/store and FOLDER/suite.json, as the tests of the
//                                          runner make them
//   python_reference compare FOLDER        compares FOLDER/{prediction,target}.f64 and mask.u8 of
//                                          FOLDER/shape.txt (D H W) under every protocol; a protocol of
//                                          slices sees the first. Prints "protocol metric value", the value
//                                          as a hexadecimal float or as a reason
//   python_reference pairs FOLDER TASK     prints number, side, and SHA-256 of all training pairs of the task
#include <fmt/format.h>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>

#include "harness/core/file.h"
#include "harness/run/pair_source.h"
#include "harness/suite/suite.h"
#include "metrics/protocol.h"
#include "tests/support/make_store.h"

namespace synerbench {
namespace {

void make_test_store(const std::filesystem::path& folder) {
  testing_support::MakeStoreOptions made;
  made.regions = {{"brain", {Modality::kMRI, Modality::kCT, Modality::kCBCT}}};
  made.patients = 12;
  made.size = {24, 28, 9};
  testing_support::make_store(folder / "store", made);
  write_file(folder / "suite.json", R"({
    "schema": "synerbench/suite", "schema_version": 1, "name": "test", "title": "Test",
    "canvas": {"size": 32, "fit": "pad"}, "protocols": ["synermed-2d@2", "synthrad2023@1"],
    "tasks": [{"region": "brain", "source": "MRI", "target": "CT", "group": "g"},
              {"region": "brain", "source": "CBCT", "target": "CT", "group": "g"},
              {"region": "brain", "source": ["MRI", "CBCT"], "target": "CT", "group": "h"}]})");
}

template <class T>
std::vector<T> values_of(const std::filesystem::path& file) {
  const std::string bytes = read_file(file);
  std::vector<T> values(bytes.size() / sizeof(T));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
  return values;
}

void compare_all(const std::filesystem::path& folder) {
  int64_t depth = 0, height = 0, width = 0;
  std::ifstream(folder / "shape.txt") >> depth >> height >> width;
  const auto prediction = values_of<double>(folder / "prediction.f64");
  const auto target = values_of<double>(folder / "target.f64");
  const auto mask = values_of<uint8_t>(folder / "mask.u8");
  for (const Protocol& protocol : builtin_protocols().rows()) {
    const int64_t slices = protocol.info.dimensions == 2 ? 1 : depth;
    for (const bool masked : {false, true}) {
      const auto scores = compare(protocol, {prediction.data(), slices, height, width},
                                  {target.data(), slices, height, width},
                                  masked ? MaskView{mask.data(), slices, height, width} : MaskView{});
      for (size_t i = 0; i < scores.size(); ++i) {
        std::printf("%s %s %s ", protocol.info.id.c_str(), masked ? "mask" : "all",
                    protocol.info.metrics[i].name.c_str());
        if (scores[i].defined()) {
          std::printf("%a\n", scores[i].value());
        } else {
          std::printf("%s\n", name_of(scores[i].reason()).c_str());
        }
      }
    }
  }
}

void hash_pairs(const std::filesystem::path& folder, const std::string& id) {
  const SliceStore store(folder / "store");
  const Suite suite = load_suite((folder / "suite.json").string());
  for (const SuiteTask& task : suite.tasks) {
    if (task.task.id != id) continue;
    StorePairsOptions options;
    options.min_foreground = suite.min_foreground;
    options.input.sources = ModelInput::kAnySources;
    const StorePairs pairs(store, task.task, Split::kTrain, task.canvas, options);
    const auto pixels = static_cast<size_t>(pairs.height() * pairs.width());
    std::vector<float> source(static_cast<size_t>(pairs.sources()) * pixels), target(pixels);
    std::vector<uint8_t> mask(pixels);
    Sha256 hash;
    for (int64_t i = 0; i < pairs.size(); ++i) {
      pairs.read(i, source, target, mask);
      hash.update(std::as_bytes(std::span(source)));
      hash.update(std::as_bytes(std::span(target)));
      hash.update(std::as_bytes(std::span(mask)));
    }
    std::cout << pairs.size() << " " << pairs.height() << " " << hash.hex() << "\n";
  }
}

}  // namespace
}  // namespace synerbench

int main(int argc, char** argv) {
  const std::string what = argc > 2 ? argv[1] : "";
  if (what == "store") {
    synerbench::make_test_store(argv[2]);
  } else if (what == "compare") {
    synerbench::compare_all(argv[2]);
  } else if (what == "pairs" && argc > 3) {
    synerbench::hash_pairs(argv[2], argv[3]);
  } else {
    return 1;
  }
}
