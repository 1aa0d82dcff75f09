#include "baselines/network_file/network_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/utils.h>

#include <stdexcept>

#include "baselines/network_file/side_file.h"
#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/nn/compute.h"
#include "harness/nn/one_thread.h"
#include "harness/nn/tensors.h"
#include "harness/suite/suite.h"

namespace synerbench {
namespace {

struct Options {
  bool batch = false;
};

const Schema<Options>& options_schema() {
  static const Schema<Options> table = [] {
    Schema<Options> s;
    s.boolean("batch", &Options::batch,
              "as many slices at once as --batch says; last digits may then depend on it");
    return s;
  }();
  return table;
}

class NetworkFile final : public Synthesizer {
 public:
  NetworkFile(const std::string& method, const std::filesystem::path& file, bool batch,
              const std::string& device, LoadedNetwork network)
      : method_(method),
        stated_(stated_beside(file, sha256_file(file))),
        batch_(batch),
        device_(device),
        network_(std::move(network)) {
    if (stated_.parameters == 0) stated_.parameters = network_.parameters;
    if (!stated_.canvas.empty()) try_out(file);
  }

  ModelInfo info() const override {
    ModelInfo info;
    info.name = method_;
    info.label = stated_.label;
    info.deterministic = stated_.deterministic;
    info.parameters = stated_.parameters;
    info.network_evaluations = static_cast<int>(stated_.network_evaluations);
    info.weights_sha256 = stated_.weights_sha256;
    info.switches = {
        {"version", stated_.version}, {"low", stated_.low}, {"high", stated_.high}, {"batch", batch_}};
    stated_.add_training(info.switches);
    info.input = stated_.input();
    if (!stated_.canvas.empty()) info.canvases = {{kEveryTask, to_json(parse_canvas(stated_.canvas))}};
    return info;
  }

  void synthesize(const Task&, const SliceBatch& source, std::span<const uint64_t> seeds,
                  std::span<float> prediction) override {
    const c10::InferenceMode no_gradients;
    const nn::OneThread one_thread;
    // A whole volume comes alone, and its slices have seeds of their own: the first stands for all.
    const int64_t together = batch_ && stated_.deterministic ? source.n : 1;
    const auto slab = static_cast<size_t>(source.sources * source.depth * source.height * source.width);
    const size_t wanted = prediction.size() / static_cast<size_t>(source.n);
    for (int64_t first = 0; first < source.n; first += together) {
      const int64_t n = std::min(together, source.n - first);
      const auto at = static_cast<size_t>(first), count = static_cast<size_t>(n);
      if (!stated_.deterministic) torch::manual_seed(seeds[at]);
      const at::Tensor answer = forward({source.pixels.subspan(at * slab, count * slab), n, source});
      const std::span<float> part = prediction.subspan(at * wanted, count * wanted);
      require_shape(answer, n, source, static_cast<int64_t>(part.size()));
      nn::copy_pixels(answer, part);
      stated_.from_its_range(part);
    }
  }

 private:
  struct Input {
    std::span<const float> pixels;
    int64_t n = 1;
    const SliceBatch& of;
  };

  at::Tensor forward(const Input& input) {
    std::vector<int64_t> shape{input.n, input.of.sources};
    if (stated_.volume || stated_.neighbors > 0) shape.push_back(input.of.depth);
    shape.insert(shape.end(), {input.of.height, input.of.width});
    at::Tensor x = at::empty(shape, at::kFloat);
    const std::span<float> values(x.data_ptr<float>(), input.pixels.size());
    std::copy(input.pixels.begin(), input.pixels.end(), values.begin());
    stated_.to_its_range(values);
    return network_.forward(x.to(at::Device(device_))).to(at::kCPU, at::kFloat).contiguous();
  }

  static void require_shape(const at::Tensor& answer, int64_t n, const SliceBatch& source, int64_t pixels) {
    const auto sizes = answer.sizes();
    const bool fits = answer.numel() == pixels && sizes.size() >= 2 &&
                      sizes[sizes.size() - 1] == source.width && sizes[sizes.size() - 2] == source.height;
    if (fits) return;
    const int64_t depth = pixels / (n * source.height * source.width);
    throw std::runtime_error(fmt::format("forward gave [{}], [{}, {}, {}, {}] is wanted",
                                         fmt::join(sizes, ", "), n, depth, source.height, source.width));
  }

  /// A model that states its canvas is refused before the run when it does not take it.
  void try_out(const std::filesystem::path& file) {
    if (stated_.volume || stated_.sources == ModelInput::kAnySources) return;  // how many is not known yet
    const int64_t side = parse_canvas(stated_.canvas).size, depth = 2 * stated_.neighbors + 1;
    // A slab larger than this is a slip of the pen in the side file, and no memory holds it.
    constexpr int64_t kMostPixels = int64_t{1} << 30;
    if (stated_.sources * depth * side * side > kMostPixels) {
      throw input_error(
          file.string() + ".json",
          fmt::format("{} sources of {} slices on a canvas of {} are {} pixels, at most {} are sent",
                      stated_.sources, depth, stated_.canvas, stated_.sources * depth * side * side,
                      kMostPixels),
          "correct sources, neighbors or canvas");
    }
    const std::vector<float> background(static_cast<size_t>(stated_.sources * depth * side * side), -1.0f);
    std::vector<float> out(static_cast<size_t>(side * side));
    const std::array<uint64_t, 1> seed{1};
    try {
      synthesize({}, {1, side, side, background, stated_.sources, depth}, seed, out);
    } catch (const std::exception& problem) {
      throw input_error(
          file.string(),
          fmt::format("does not take slices of its canvas, {}: {}", stated_.canvas, problem.what()),
          "correct the side file, or the model; docs/models.md says what a model file is sent");
    }
  }

  std::string method_;
  StatedModel stated_;
  bool batch_;
  std::string device_;
  LoadedNetwork network_;
};

}  // namespace

std::vector<FieldInfo> network_file_options() { return options_schema().fields(); }

std::unique_ptr<Synthesizer> load_network_file(const NetworkFormat& format, const LoadRequest& request,
                                               const NetworkLoader& load) {
  const Options options = options_schema().read(request.options, request.place);
  if (request.path.empty()) throw usage_error(request.place, "no file is named", format.example);
  if (!std::filesystem::is_regular_file(request.path))
    throw usage_error(request.path.string(), "is no file",
                      fmt::format("{}, as {} writes it", format.example, format.written_by));
  nn::check_device(request.device, request.place);
  return std::make_unique<NetworkFile>(format.method, request.path, options.batch, request.device,
                                       load(request.path, request.device));
}

std::string reason_of(const std::exception& problem) {
  const auto* error = dynamic_cast<const c10::Error*>(&problem);
  std::string text = error != nullptr ? error->what_without_backtrace() : problem.what();
  while (!text.empty() && text.back() == '\n') text.pop_back();
  const size_t last = text.rfind('\n');
  return printable(last == std::string::npos ? text : text.substr(last + 1));
}

}  // namespace synerbench
