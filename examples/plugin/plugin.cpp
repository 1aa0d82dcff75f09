// A model and a protocol of one's own: synerbench --plugin libmine.so run --model median ...
#include <algorithm>
#include <array>
#include <cmath>

#include "harness/core/schema.h"
#include "harness/method/plugin.h"

namespace {

using namespace synerbench;

struct Options {
  int64_t radius = 1;
};

const Schema<Options>& options() {
  static const Schema<Options> table = [] {
    Schema<Options> s;
    s.integer("radius", &Options::radius, 1, 8, "pixels on either side");
    return s;
  }();
  return table;
}

/// The source, with the median of its neighborhood in place of every pixel.
class Median final : public Synthesizer {
 public:
  explicit Median(const Options& options) : options_(options) {}
  ModelInfo info() const override {
    ModelInfo info;
    info.name = "median";
    info.label = "Median of the source";
    info.concurrent = true;
    info.switches = ::options().write(options_);
    return info;
  }
  void synthesize(const Task&, const SliceBatch& source, std::span<const uint64_t>,
                  std::span<float> prediction) override {
    std::vector<float> around;
    for (int64_t i = 0; i < source.n * source.height * source.width; ++i) {
      const int64_t x = i % source.width, y = i / source.width % source.height;
      around.clear();
      for (int64_t v = std::max<int64_t>(0, y - options_.radius);
           v <= std::min(source.height - 1, y + options_.radius); ++v)
        for (int64_t u = std::max<int64_t>(0, x - options_.radius);
             u <= std::min(source.width - 1, x + options_.radius); ++u)
          around.push_back(source.pixels[static_cast<size_t>(i + (v - y) * source.width + u - x)]);
      const auto middle = around.begin() + static_cast<long>(around.size() / 2);
      std::nth_element(around.begin(), middle, around.end());
      prediction[static_cast<size_t>(i)] = *middle;
    }
  }

 private:
  Options options_;
};

/// Mean absolute difference of the steps from one column to the next.
Score step_error(const ImagePair& pair) {
  const ImageView &a = pair.prediction, &b = pair.target;
  double sum = 0;
  int64_t count = 0;
  for (int64_t i = 0; i + 1 < a.count(); ++i) {
    if ((i + 1) % a.width == 0) continue;
    sum += std::abs((a.data[i + 1] - a.data[i]) - (b.data[i + 1] - b.data[i]));
    ++count;
  }
  return count == 0 ? Score(Undefined::kTooSmall) : Score(sum / static_cast<double>(count));
}

void add(Plugin& plugin) {
  plugin.methods.push_back({.name = "median",
                            .label = "Median of the source",
                            .summary = "An example of a plug-in's model",
                            .path = "",
                            .options = options().fields(),
                            .load = [](const LoadRequest& request) -> std::unique_ptr<Synthesizer> {
                              return std::make_unique<Median>(options().read(request.options, request.place));
                            }});
  plugin.protocols.push_back(make_protocol(
      {.id = "steps@1",
       .dimensions = 2,
       .source = "an example of a plug-in's protocol",
       .description = "horizontal steps of the normalized range, mean of slices, then of patients"},
      {{{.name = "step_mae",
         .label = "Step error",
         .direction = Direction::kLowerIsBetter,
         .upper = 2,
         .description = "mean absolute difference of horizontal steps"},
        step_error}}));
}

}  // namespace

SYNERBENCH_PLUGIN(add)
