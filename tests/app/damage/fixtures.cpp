#include "tests/app/damage/fixtures.h"

#include <fmt/format.h>

#include <fstream>
#include <stdexcept>

#include "harness/core/file.h"
#include "harness/core/json.h"
#include "harness/core/safetensors.h"
#include "tests/app/damage/edit.h"
#include "tests/data/dicom_builder.h"
#include "tests/data/image_builder.h"
#include "tests/support/make_store.h"

namespace synerbench::damage {
namespace {

namespace fs = std::filesystem;
using namespace testing;

void put(const fs::path& path, const std::string& bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

struct Pair {
  std::vector<float> ct, mr;
  std::vector<uint8_t> mask;
};
constexpr std::array<int64_t, 3> kSize{24, 28, 5};

Pair pair_of(const std::string& name, uint64_t seed) {
  testing_support::MakeStoreOptions options;
  options.size = kSize;
  options.seed = seed;
  Pair pair;
  pair.ct = testing_support::made_voxels(options, name, Modality::kCT, &pair.mask);
  pair.mr = testing_support::made_voxels(options, name, Modality::kMRI, &pair.mask);
  return pair;
}

std::string nifti_file(const std::vector<float>& values, bool whole_numbers) {
  Geometry grid{kSize, {1, 1, 3}, {0, 0, 0}, {1, 0, 0, 0, 1, 0, 0, 0, 1}};
  NiftiBuilder builder;
  builder.set_size(kSize[0], kSize[1], kSize[2]).set_sform(grid);
  if (whole_numbers) {
    builder.set_voxels(std::vector<int16_t>(values.begin(), values.end()));
  } else {
    builder.set_voxels(values);
  }
  return builder.bytes();
}

MetaImageBuilder meta_file(const std::vector<float>& values, bool whole_numbers, bool compressed) {
  Geometry grid{kSize, {1, 1, 3}, {0, 0, 0}, {1, 0, 0, 0, 1, 0, 0, 0, 1}};
  if (whole_numbers)
    return MetaImageBuilder::of(grid, std::vector<int16_t>(values.begin(), values.end()), compressed);
  return MetaImageBuilder::of(grid, values, compressed);
}

void make_images(const fs::path& folder, uint64_t seed) {
  Json list = Json::array();
  std::string csv = "case,patient,region,modality,path,split\n";
  const auto row = [&](const std::string& name, const std::string& modality, const std::string& path,
                       const std::string& split) {
    csv += fmt::format("{},{},brain,{},{},{}\n", name, name, modality, path, split);
    list.push_back({{"case", name},
                    {"patient", name},
                    {"region", "brain"},
                    {"modality", modality},
                    {"path", path},
                    {"split", split}});
  };
  for (const std::string name : {"p1", "p2", "p3", "p4"}) {
    const Pair pair = pair_of(name, seed);
    const bool nifti = name < "p3";
    const std::string ct = name + (nifti ? "_ct.nii" : "_ct.mha"),
                      mr = name + (nifti ? "_mr.nii.gz" : "_mr.mha");
    put(folder / "images" / ct, nifti ? nifti_file(pair.ct, true) : meta_file(pair.ct, true, false).bytes());
    put(folder / "images" / mr,
        nifti ? gzipped(nifti_file(pair.mr, false)) : meta_file(pair.mr, false, true).bytes());
    const std::string split = name == "p4" ? "test" : name == "p3" ? "validation" : "train";
    row(name, "MRI", mr, split);
    row(name, "CT", ct, split);
  }
  put(folder / "list.csv", csv);
  put(folder / "list.json", list.dump(1));
}

/// A series by name of file; a PET in Bq/ml, of which SUV is a thousandth.
std::vector<std::pair<std::string, std::string>> series_of(const std::vector<float>& values, bool pet) {
  Volume volume{{kSize, {1, 1, 3}, {0, 0, 0}, {1, 0, 0, 0, 1, 0, 0, 0, 1}}, values};
  testing_support::MadeDicom how;
  if (pet) {
    for (float& value : volume.voxels) value = std::round(1000 * value);
    how = testing_support::made_pet([](detail::DicomElements& e, detail::DicomElements& tracer) {
      e.text(0x00080031, "TM", "091000");  // of the injection, so that nothing has decayed
      e.text(0x00080032, "TM", "091000");
      tracer.text(0x00181074, "DS", "7e7");
    });
  }
  std::vector<std::pair<std::string, std::string>> files;
  for (int64_t k = 0; k < kSize[2]; ++k)
    files.emplace_back(how.name(k), testing_support::dicom_slice(volume, k, how));
  return files;
}

constexpr const char* kLab = R"({
 "schema": "synerbench/mapping", "schema_version": 1, "name": "lab", "region": "left-brain",
 "grid": ["MRI"],
 "files": [{"pattern": "{patient}/ct/", "dicom": true, "modality": "CT"},
           {"pattern": "{patient}/ct.zip", "dicom": true, "modality": "CT"},
           {"pattern": "{patient}/pet/", "dicom": true, "modality": "PET"},
           {"pattern": "{patient}/{kind}.nii.gz", "modality": "{kind}"},
           {"pattern": "**/*.txt", "ignore": true}],
 "translate": {"kind": {"mr": "MRI", "dwi": "DWI"}},
 "splits": {"train": "train.txt", "validation": ["p2"], "test": ["p3"]}
})";
constexpr const char* kWords = R"({
 "schema": "synerbench/vocabulary", "schema_version": 1, "regions": ["left-brain"],
 "modalities": [{"name": "DWI", "id": "dwi", "words": "diffusion-weighted MRI"}]
})";

/// A lab's folders: CT as a DICOM series and as a zip of one, a PET as a series, and what a vocabulary names.
void make_lab(const fs::path& folder) {
  for (const std::string name : {"p1", "p2", "p3"}) {
    const fs::path at = folder / "lab" / name;
    const Pair pair = pair_of(name, 1);
    put(at / "mr.nii.gz", gzipped(nifti_file(pair.mr, false)));
    if (name == "p1") {
      put(at / "dwi.nii.gz", gzipped(nifti_file(pair_of("dwi", 1).mr, false)));
      for (const auto& [file, bytes] : series_of(pair.ct, false)) put(at / "ct" / file, bytes);
    } else if (name == "p2") {
      put(at / "ct.zip", testing_support::stored_zip(series_of(pair.ct, false)));
    } else {
      testing_support::MakeStoreOptions options;
      options.size = kSize;
      std::vector<uint8_t> mask;
      const auto suv = testing_support::made_voxels(options, name, Modality::kPET, &mask);
      for (const auto& [file, bytes] : series_of(suv, true)) put(at / "pet" / file, bytes);
    }
  }
  put(folder / "lab.json", kLab);
  put(folder / "train.txt", "p1\n");
  put(folder / "words.json", kWords);
}

constexpr const char* kJobs = R"([
 {"pk": "job-1", "status": "Succeeded",
  "inputs": [{"image": {"name": "p4.mha"}, "interface": {"slug": "mri", "relative_path": "images/mri"}}],
  "outputs": [{"image": {"name": "x.mha"}, "interface": {"slug": "ct", "relative_path": "images/ct"}}]}
])";
constexpr const char* kInfo = R"({"label": "Mine", "parameters": 12, "network_evaluations": 50,
 "seconds_per_slice": 0.25, "device": "H100", "deterministic": false, "settings": {"steps": 50}})";
constexpr const char* kSide =
    R"({"label": "Mine", "version": "2", "network_evaluations": 1, "canvas": "64:pad",
 "sources": 1, "neighbors": 0, "low": -1, "high": 1})";

constexpr const char* kSuite = R"({
 "schema": "synerbench/suite", "schema_version": 1, "name": "small", "title": "Small",
 "canvas": {"size": 64, "fit": "pad"}, "protocols": ["synermed-2d@1"],
 "tasks": [{"region": "brain", "source": "MRI", "target": "CT", "group": "g"}]
})";
constexpr const char* kStudy = R"({
 "schema": "synerbench/study", "schema_version": 1, "name": "small", "title": "Small", "note": "",
 "store": {"folder": "store"}, "suite": "suite.json",
 "evaluations": [{"name": "main", "models": ["mean", "line"]}],
 "contrasts": [{"name": "c", "evaluation": "main", "candidate": "line", "baseline": "mean", "metric": "ssim"}]
})";
constexpr const char* kRecipe = R"({"unit": "updates", "constant": 6, "decay": 6, "validate_every": 6})";

constexpr const char* kCohort = R"({"schema": "synerbench/phantom-cohort", "schema_version": 2,
 "cohort": "bench@1", "size": "tiny", "seed": 2601})";

/// One answer of an oracle: what the test case's CT would be without its noise.
void make_oracle(const fs::path& folder, const fs::path& image, const std::vector<float>& values) {
  std::string sha256;
  fs::create_directories(folder);
  write_safetensors(folder / "case-0.safetensors",
                    {{"CT", DType::kF32, {kSize[2], kSize[1], kSize[0]}, std::as_bytes(std::span(values))}},
                    {}, &sha256);
  write_json(folder / "index.json", {{"schema", "synerbench/oracle"},
                                     {"schema_version", 1},
                                     {"cohort", "bench@1"},
                                     {"seed", 2601},
                                     {"volumes",
                                      {{{"of", sha256_file(image)},
                                        {"image", image.filename().string()},
                                        {"file", "case-0.safetensors"},
                                        {"tensor", "CT"},
                                        {"sha256", sha256}}}}});
}

/// A study that is done. Its steps are known by where the store lies, so it is made where cells are tried.
void make_study(const Program& program) {
  const fs::path sound = program.desk / "sound/study", cell = program.desk / "cell";
  std::string study = replaced(kStudy, "\"suite.json\"", "\"quick\", \"canvas\": \"64:pad\"");
  study = replaced(study, "\"store\"}", Json((cell / "store").string()).dump() + "}");
  study = replaced(study, "\"models\"", "\"tasks\": [\"brain-mr-to-ct\"], \"models\"");
  put(sound / "small.json", replaced(study, "\"ssim\"", "\"ssim_body\""));
  copy_all(sound, cell);
  program.must({"study", "run", "small.json", "--work", "work", "-q"}, cell);
  copy_all(cell, sound);
  fs::remove_all(cell);
}

std::string mask_file(const std::vector<uint8_t>& mask) {
  Geometry grid{kSize, {1, 1, 3}, {0, 0, 0}, {1, 0, 0, 0, 1, 0, 0, 0, 1}};
  NiftiBuilder builder;
  builder.set_size(kSize[0], kSize[1], kSize[2]).set_sform(grid).set_voxels(mask);
  return builder.bytes();
}

/// The run with only the first of its items in the journal, and no results yet.
void make_unfinished(const fs::path& run) {
  const std::string journal = read_file(run / "journal.jsonl");
  const size_t end = journal.find("{\"end\":");
  put(run / "journal.jsonl", journal.substr(0, journal.find('\n', end) + 1));
  for (const char* name : {"results.json", "slices.csv", "failures.csv", "timing.json"})
    fs::remove(run / name);
}

}  // namespace

void copy_all(const fs::path& from, const fs::path& to) {
  fs::create_directories(to.parent_path());
  fs::copy(from, to, fs::copy_options::recursive | fs::copy_options::overwrite_existing);
}

bool make_fixtures(const Program& program) {
  const fs::path sound = program.desk / "sound", stale = program.desk / "stale";
  make_images(sound / "import", 1);
  copy_all(sound / "import", sound / "import-mhd");
  const Pair first = pair_of("p1", 1);
  put(
      sound / "import-mhd/images/p1_ct.mhd",
      meta_file(first.ct, true, false).set("ElementDataFile", "p1_ct.raw").bytes().substr(0, 0) + [&] {
        auto header = meta_file(first.ct, true, false);
        header.voxels.clear();
        return header.set("ElementDataFile", "p1_ct.raw").bytes();
      }());
  put(sound / "import-mhd/images/p1_ct.raw", meta_file(first.ct, true, false).voxels);
  put(sound / "import-mhd/list.csv", every(read_file(sound / "import/list.csv"), "p1_ct.nii", "p1_ct.mhd"));

  make_lab(sound / "lab");
  const fs::path work = program.desk / "work";
  make_images(work, 1);
  make_images(work / "other", 2);
  put(work / "suite.json", kSuite);
  const Words import{"import", "pairs", "images",    "--list", "list.csv",
                     "--out",  "store", "--threads", "1",      "-q"};
  program.must(import, work);
  program.must(import, work / "other");
  const auto run = [&](const std::string& store, const std::string& out, Words more) {
    Words words{"run",       "--suite", "suite.json", "--store",  store,
                "--model",   "mean",    "--model",    "identity", "--keep-predictions",
                "--threads", "1",       "--out",      out,        "-q"};
    words.insert(words.end(), more.begin(), more.end());
    program.must(words, work);
  };
  run("store", "whole", {});
  run("other/store", "other/whole", {});
  run("store", "shard-1", {"--shard", "1/2"});
  run("store", "shard-2", {"--shard", "2/2"});
  program.must({"gate", "--bless", "main", "whole", "-q"}, work);

  for (const char* fixture : {"run", "score", "score-nifti", "score-meta", "score-dicom", "score-zip",
                              "grand", "grand-zip", "script", "oracle", "replay", "study"}) {
    copy_all(work / "store", sound / fixture / "store");
    put(sound / fixture / "suite.json", kSuite);
  }
  copy_all(sound / "import", sound / "cohort");
  put(sound / "cohort/cohort.json", kCohort);
  make_oracle(sound / "oracle/oracle", work / "images/p4_ct.mha", pair_of("p4", 1).ct);
  Words recording{"run",       "--suite", "suite.json", "--store",  "store", "--model", "record(mean, kept)",
                  "--threads", "1",       "--out",      "recorded", "-q"};
  program.must(recording, sound / "replay");
  put(sound / "run/small.json", kStudy);
  make_study(program);
  program.must({"understanding", "export", "--suite", "suite.json", "--store", "store", "--split", "train",
                "--kind", "mi", "--questions", "3", "--out", "questions", "-q"},
               work);
  copy_all(work / "questions", sound / "questions/q");
  // Only a program that was built with Parquet makes them; their row is left out without.
  const Outcome transitions =
      program.start({"understanding", "export", "--suite", "suite.json", "--store", "store", "--split",
                     "train", "--parquet", "transitions.parquet", "-q"},
                    work);
  if (transitions.code == 0)
    put(sound / "parquet/transitions.parquet", read_file(work / "transitions.parquet"));
  copy_all(work / "other/store", stale / "other-store");
  copy_all(work / "other/whole", stale / "other");
  copy_all(work / "whole", stale / "whole");
  put(stale / "whole/settings.json",
      every(read_file(work / "other/whole/settings.json"), "other/whole", "whole"));
  copy_all(work / "whole", sound / "whole/whole");
  copy_all(work / "whole", sound / "whole/later");
  copy_all(fs::path(SYNERBENCH_SOURCE_DIR) / "suites/published", work / "published");
  put(sound / "whole/published/x.json", read_file(fs::directory_iterator(work / "published")->path()));
  copy_all(work / "whole", sound / "resume/part");
  make_unfinished(sound / "resume/part");
  copy_all(work / "whole", sound / "gate/whole");
  copy_all(work / "gate-baselines", sound / "gate/gate-baselines");
  copy_all(work / "shard-1", sound / "merge/shard-1");
  copy_all(work / "shard-2", sound / "merge/shard-2");
  const fs::path kept = work / "whole/predictions/identity/brain-mr-to-ct/pairs/p4.safetensors";
  const fs::path prediction = fs::exists(kept) ? kept : [&] {
    for (const auto& entry : fs::recursive_directory_iterator(work / "whole/predictions/mean")) {
      if (entry.is_regular_file()) return entry.path();
    }
    throw std::runtime_error("no kept prediction");
  }();
  fs::create_directories(sound / "score/predictions");
  fs::copy_file(prediction, sound / "score/predictions/p4.safetensors");
  put(sound / "score-nifti/predictions/p4.nii.gz", gzipped(nifti_file(pair_of("p4", 1).ct, false)));

  put(sound / "grand/predictions/job-1/output/images/ct/x.nii.gz",
      gzipped(nifti_file(pair_of("p4", 1).ct, false)));
  put(sound / "grand/predictions/predictions.json", kJobs);
  put(sound / "grand/model.json", kInfo);
  const Volume answer{{kSize, {1, 1, 3}, {0, 0, 0}, {1, 0, 0, 0, 1, 0, 0, 0, 1}}, pair_of("p4", 1).ct};
  put(sound / "score-meta/predictions/p4.mha", meta_file(answer.voxels, true, false).bytes());
  for (const auto& [file, bytes] : series_of(answer.voxels, false))
    put(sound / "score-dicom/predictions/p4" / file, bytes);
  put(sound / "score-zip/predictions/p4.zip", testing_support::stored_zip(series_of(answer.voxels, false)));
  put(sound / "grand-zip/predictions.zip",
      testing_support::stored_zip(
          {{"predictions.json", kJobs},
           {"job-1/output/images/ct/x.nii.gz", gzipped(nifti_file(answer.voxels, false))}}));

  const Outcome probe =
      program.start({"train", "--model", "pix2pix", "--store", "none", "--out", "none"}, work);
  if (probe.text.find("without LibTorch") != std::string::npos) return false;
#ifdef DAMAGE_MAKE_SCRIPT
  Program{DAMAGE_MAKE_SCRIPT, program.desk}.must({(sound / "script/mine.pt").string()}, sound);
  put(sound / "script/mine.pt.json", kSide);
#endif
  put(work / "recipe.json", kRecipe);
  Words train{"train",    "--model",     "pix2pix",
              "--suite",  "suite.json",  "--store",
              "store",    "--config",    "{\"preset\": \"tiny\"}",
              "--recipe", "recipe.json", "-q",
              "--out",    "weights"};
  program.must(train, work);
  copy_all(work / "store", sound / "weights/store");
  put(sound / "weights/suite.json", kSuite);
  copy_all(work / "weights", sound / "weights/weights");
  copy_all(sound / "weights", sound / "synth");
  put(sound / "synth/mr.nii.gz", gzipped(nifti_file(pair_of("p4", 1).mr, false)));
  put(sound / "synth/mask.nii", mask_file(pair_of("p4", 1).mask));
  copy_all(sound / "weights", sound / "card");
  program.must({"run", "--suite", "suite.json", "--store", "store", "--model", "pix2pix:weights", "--threads",
                "1", "--out", "scored", "-q"},
               sound / "card");
  program.must({"weights", "card", "weights", "--run", "scored", "--name", "mine", "-q"}, sound / "card");
  copy_all(sound / "run", sound / "reference");
  program.must({"checkpoint", "init", "--config", "tiny", "model", "-q"}, sound / "reference");
  copy_all(work / "store", sound / "recipe/store");
  put(sound / "recipe/suite.json", kSuite);
  put(sound / "recipe/recipe.json", kRecipe);
  train.back() = "other-weights";
  train.insert(train.end(), {"--seed", "2"});
  program.must(train, work);
  for (const auto& entry : fs::recursive_directory_iterator(work / "other-weights")) {
    if (entry.path().filename() == "G.safetensors")
      fs::copy_file(entry.path(), stale / "other-G.safetensors");
  }
  copy_all(sound / "recipe", sound / "train");
  train = {"train",
           "--model",
           "pix2pix",
           "--suite",
           "suite.json",
           "--store",
           "store",
           "--config",
           "{\"preset\": \"tiny\"}",
           "--recipe",
           "recipe.json",
           "-q",
           "--checkpoint-every",
           "1",
           "--out",
           "weights"};
  program.start(train, sound / "train", sound / "train/weights/brain-mr-to-ct/checkpoint.safetensors");
  return true;
}

}  // namespace synerbench::damage
