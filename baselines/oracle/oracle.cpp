#include "baselines/oracle/oracle.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/safetensors.h"
#include "harness/data/case_answers.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;

constexpr const char* kHowToMake =
    "oracle:FOLDER wants the folder that synerbench phantom --cohort wrote: OUT/oracle";

struct Answer {
  std::string file, sha256, tensor;
};

/// What to add to the file's values to get the store's; importing may have moved a CBCT to HU.
double added_by_import(const StoredCase& stored_case, const StoredVolume& volume) {
  double sum = 0;
  for (const Json& transform : volume.source.at("transforms")) {
    const std::string kind = transform.value("kind", "");
    if (kind != "cbct-offset") {
      throw usage_error(stored_case.id.text(),
                        fmt::format("its {} was changed by importing ({}), the oracle was not",
                                    name_of(volume.modality), kind),
                        "import the cohort without --resample and with its own plane");
    }
    sum += transform.at("add").get<double>();
  }
  return sum;
}

class Oracle final : public Synthesizer, public CaseAnswers {
 public:
  explicit Oracle(const LoadRequest& request) : place_(request.place), folder_(request.path) {
    if (folder_.empty()) throw usage_error(place_, "has no folder", kHowToMake);
    if (!path_exists(folder_ / "index.json") && path_exists(folder_ / "oracle/index.json"))
      folder_ /= "oracle";
    const fs::path index = folder_ / "index.json";
    if (!path_exists(index))
      throw usage_error(place_, fmt::format("no index.json in {}", folder_.string()), kHowToMake);
    read_index(index);
  }

  ModelInfo info() const override {
    ModelInfo info;
    info.name = "oracle";
    info.label = "Oracle";
    info.concurrent = true;
    info.network_evaluations = 0;
    info.weights_sha256 = sha256_;
    info.switches = {{"cohort", cohort_}};
    info.input.sources = ModelInput::kAnySources;
    info.fits = FitsOn::kTruth;
    return info;
  }

  void synthesize(const Task&, const SliceBatch&, std::span<const uint64_t>, std::span<float>) override {
    throw usage_error(place_, "answers for cases, not for pixels",
                      "name it in run by itself, not inside a wrapper and not in synth");
  }

  void check(const StoredCase& stored_case, Modality target) const override {
    find(stored_case, target);
    added_by_import(stored_case, *stored_case.find(target));
  }

  std::vector<float> answer(const StoredCase& stored_case, Modality target) const override {
    const Answer& answer = find(stored_case, target);
    const SafetensorsFile file = SafetensorsFile::read_whole(folder_ / answer.file);
    const std::string place = (folder_ / answer.file).string();
    if (file.sha256() != answer.sha256)
      throw input_error(place, "is not what index.json says", "write the cohort again");
    const TensorView tensor = file.at(answer.tensor);
    const auto& size = stored_case.geometry.size;
    if (tensor.shape != std::vector<int64_t>{size[2], size[1], size[0]})
      throw input_error(place, "has another shape than the case", "write the cohort again");
    std::vector<float> values(static_cast<size_t>(tensor.count()));
    if (tensor.dtype == DType::kI16)
      std::ranges::copy(tensor.as<int16_t>(), values.begin());
    else if (tensor.dtype == DType::kF32)
      std::ranges::copy(tensor.as<float>(), values.begin());
    else
      throw input_error(place, fmt::format("values are {}, I16 or F32 is wanted", name_of(tensor.dtype)),
                        "write the cohort again");
    const auto add = static_cast<float>(added_by_import(stored_case, *stored_case.find(target)));
    for (float& value : values) value += add;
    return to_plane<float>(values, stored_case.geometry, stored_case.plane);
  }

 private:
  void read_index(const fs::path& path) {
    const Json value = read_json(path);
    sha256_ = sha256_file(path);
    constexpr const char* hint = "the file is damaged or of another version; write the cohort again";
    JsonObject json(value, path.string(), "", ExitCode::kBadInput, hint);
    json.choice("schema", {"synerbench/oracle"});
    json.integer("schema_version", 1, 1);
    cohort_ = json.text("cohort");
    json.integer("seed", 0);
    const Json& volumes = json.raw("volumes");
    if (!volumes.is_array()) throw json.error("volumes", "a list is wanted");
    for (size_t i = 0; i < volumes.size(); ++i) {
      JsonObject entry(volumes[i], path.string(), fmt::format("/volumes/{}", i), ExitCode::kBadInput, hint);
      const std::string of = entry.text("of");
      entry.text("image");
      Answer answer{entry.text("file"), entry.text("sha256"), entry.text("tensor")};
      if (fs::path(answer.file).filename() != answer.file)
        throw entry.error("file", "the name of a file in the same folder is wanted");
      answers_[of] = std::move(answer);
      entry.done();
    }
    json.done();
  }

  const Answer& find(const StoredCase& stored_case, Modality target) const {
    const StoredVolume* volume = stored_case.find(target);
    SB_CHECK(volume != nullptr, stored_case.id.text());
    const auto found = answers_.find(volume->source.value("sha256", ""));
    if (found != answers_.end()) return found->second;
    throw usage_error(
        place_,
        fmt::format("{} has no answer for the {} of {} ({})", folder_.string(), name_of(target),
                    stored_case.id.text(), volume->source.value("path", "")),
        "the oracle is known for the simulated test patients of its own cohort only: import that "
        "cohort, with the usual split");
  }

  std::string place_;
  fs::path folder_;
  std::string sha256_, cohort_;
  std::map<std::string, Answer> answers_;  // by the SHA-256 of the image file
};

}  // namespace

Method oracle_method() {
  Method row;
  row.name = "oracle";
  row.label = "Oracle";
  row.summary = "the target without its noise, known for simulated patients only";
  row.path = "folder \"oracle\" that phantom --cohort wrote";
  row.load = [](const LoadRequest& request) { return std::make_unique<Oracle>(request); };
  return row;
}

}  // namespace synerbench
