// A weights folder as training leaves it or a person makes it: configuration, what it says of its training
// and its data, and the files it names. Parts of an input end in byte 0x1e: config.json, then what lies under
// the names G.safetensors and, one folder deeper, b/config.json.
#include <memory>

#include "harness/core/json.h"
#include "harness/core/safetensors.h"
#include "harness/data/canvas.h"
#include "harness/train/per_task_model.h"
#include "harness/train/tensorboard.h"
#include "harness/train/weights.h"
#include "tests/fuzz/targets.h"

namespace synerbench::fuzz {
namespace {

constexpr char kMark = '\x1e';

/// Stands for a method: looks at every network that the configuration names.
class Looking final : public Synthesizer {
 public:
  explicit Looking(const std::filesystem::path& folder) : config_(read_weights_config(folder, "pix2pix")) {
    for (const NetworkFile& network : config_.networks) {
      const auto path = config_.checked_file(network.name);
      SB_CHECK(path.parent_path() == folder, "a network lies in its folder");
      SafetensorsFile{path}.names();
    }
  }
  ModelInfo info() const override {
    ModelInfo info;
    info.name = config_.method;
    info.weights_sha256 = config_.sha256();
    return info;
  }
  void synthesize(const Task&, const SliceBatch&, std::span<const uint64_t>, std::span<float>) override {}

 private:
  WeightsConfig config_;
};

class NoPairs final : public PairSource {
 public:
  int64_t size() const override { return 0; }
  int64_t height() const override { return 8; }
  int64_t width() const override { return 8; }
  void read(int64_t, std::span<float>, std::span<float>, std::span<uint8_t>) const override {}
  SliceKey key(int64_t) const override { return {}; }
};

void load(const std::filesystem::path& folder) {
  const auto model = load_per_task(
      folder, "pix2pix",
      [](const auto& at) -> std::unique_ptr<Synthesizer> { return std::make_unique<Looking>(at); }, "task");
  const ModelInfo before = model->info();
  to_text(before.switches);
  for (const auto& canvas : before.canvases.items()) {
    accepted([&] {
      canvas_from_json(
          JsonObject(before.canvases, "config.json", "", ExitCode::kBadInput).object(canvas.key()));
    });
  }
  for (const char* id : {"brain-mr-to-ct", "brain-ct-to-mr", "b"}) {
    Task task;
    task.id = id;
    if (accepted([&] { model->prepare(task, NoPairs()); })) to_text(model->info().switches);
  }
}

void weights_one(std::string_view input) {
  const auto folder = desk() / "weights";
  put("weights/config.json", take_until(&input, kMark));
  put("weights/G.safetensors", take_until(&input, kMark));
  accepted([&] { load(folder); });
  // The same as one of several trainings, each in a folder of its task.
  const std::string first = read_file(folder / "config.json");
  put("several/a/config.json", first);
  put("several/a/G.safetensors", read_file(folder / "G.safetensors"));
  put("several/b/config.json", input.empty() ? std::string_view(first) : input);
  put("several/b/G.safetensors", read_file(folder / "G.safetensors"));
  accepted([&] { load(desk() / "several"); });
}

std::string network_bytes() {
  const std::vector<float> values{1, 2, 3, 4};
  const auto path = desk() / "seed" / "G.safetensors";
  std::filesystem::create_directories(path.parent_path());
  write_safetensors(path, {{"conv.weight", DType::kF32, {2, 2}, std::as_bytes(std::span(values))}}, {});
  return read_file(path);
}

Seeds weights_seeds() {
  const std::string network = network_bytes();
  const Json trained{{"schema", "synerbench/weights"},
                     {"schema_version", 1},
                     {"method", "pix2pix"},
                     {"config", {{"preset", "tiny"}}},
                     {"task", "brain-mr-to-ct"},
                     {"networks",
                      {{"G",
                        {{"file", "G.safetensors"},
                         {"sha256", sha256_hex(network)},
                         {"parameters", 4},
                         {"inference", true}}}}},
                     {"training",
                      {{"recipe", {{"pairing", "paired"}, {"augmentation", "none"}, {"batch", 1}}},
                       {"updates", 6},
                       {"images_seen", 6},
                       {"seed", 1},
                       {"budget", {{"kind", "updates"}, {"value", 6}}}}},
                     {"selection", {{"update", 6}, {"score", 0.5}}},
                     {"data",
                      {{"canvas", {{"size", 64}, {"fit", "pad"}}},
                       {"content", {std::string(64, 'a'), std::string(64, 'b')}}}},
                     {"provenance", Json::object()}};
  Json several = trained, other = trained;
  several.erase("task");
  several["tasks"] = {"brain-mr-to-ct", "brain-ct-to-mr"};
  several["data"]["canvas"] = {{"brain-mr-to-ct", {{"size", 64}, {"fit", "pad"}}}};
  other["task"] = "brain-ct-to-mr";
  const Json by_hand{{"schema", "synerbench/weights"},
                     {"schema_version", 1},
                     {"method", "pix2pix"},
                     {"config", Json::object()},
                     {"networks", {{"G", {{"file", "G.safetensors"}}}}}};
  const std::string rest = kMark + network + kMark;
  return {{"trained", to_text(trained, -1) + rest},
          {"several", to_text(several, -1) + rest},
          {"two-folders", to_text(trained, -1) + rest + to_text(other, -1)},
          {"by-hand", to_text(by_hand, -1) + rest}};
}

/// A log as training leaves it, finished or killed, on its way to TensorBoard.
void training_log_one(std::string_view input) {
  const auto path = put("trained/log.jsonl", input);
  accepted([&] {
    const std::vector<LoggedScalar> scalars = read_training_log(path);
    const std::string file = to_event_file(scalars);
    SB_CHECK(file.size() >= scalars.size(), "no number is lost");
    SB_CHECK(to_event_file(read_training_log(path)) == file, "equal logs, equal bytes");
  });
}

Seeds training_log_seeds() {
  const std::string start = R"({"event":"start","identity":{"method":"m"},"updates":4})"
                            "\n";
  const std::string losses =
      R"({"event":"losses","update":2,"epoch":0,"over":2,"lr_factor":0.5,"losses":{"l1":0.25,"gan":null}})"
      "\n";
  const std::string validation =
      R"({"event":"validation","update":4,"tasks":{"t":0.5,"u":null},"score":0.5,"slices":4,"best":true})"
      "\n";
  return {{"finished", start + losses + validation}, {"killed", start + losses + validation.substr(0, 40)}};
}

}  // namespace

Target training_log() { return {"training_log", training_log_one, training_log_seeds, 2000}; }
Target weights() { return {"weights", weights_one, weights_seeds, 4000}; }

}  // namespace synerbench::fuzz
