#include "tests/train/tiny_model.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>

#include "harness/nn/adam.h"
#include "harness/nn/init.h"
#include "harness/nn/layers.h"
#include "harness/nn/state.h"

namespace synerbench::testing_support {
namespace {

struct Net : torch::nn::Module {
  Net()
      : conv(register_module("conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(1, 4, 3).padding(1)))),
        norm(register_module("norm", torch::nn::BatchNorm2d(4))),
        out(register_module("out", torch::nn::Conv2d(torch::nn::Conv2dOptions(4, 1, 1)))) {}
  at::Tensor forward(const at::Tensor& x, nn::NormMode mode) {
    nn::LayerContext context;
    context.norm = mode;
    const at::Tensor h = at::relu(nn::run_layer(*norm, conv->forward(x), context, "norm"));
    return at::tanh(out->forward(h));
  }
  torch::nn::Conv2d conv;
  torch::nn::BatchNorm2d norm;
  torch::nn::Conv2d out;
};

class TinyModel final : public Trainable, private Synthesizer {
 public:
  explicit TinyModel(const TinyModelHooks& hooks)
      : hooks_(hooks), adam_("A", nn::parameters_of(net_), {.lr = hooks.lr}) {}

  std::string method() const override { return "tiny-test"; }
  Json config() const override {
    Json json{{"lr", hooks_.lr}};
    for (const StartingWeights& weights : hooks_.learns.weights) json["from"] = weights.path.string();
    return json;
  }
  Recipe recipe() const override { return {}; }
  LearnsFrom learns_from() const override { return hooks_.learns; }
  Schedule schedule() const override { return hooks_.schedule; }
  std::vector<Phase> phases(int64_t) const override { return hooks_.phases; }
  void begin_phase(size_t phase) override {
    if (hooks_.calls) hooks_.calls->push_back("phase " + std::to_string(phase));
  }
  void initialize(Random& random) override {
    nn::initialize_normal(net_, 0.3, random);
    nn::initialize_normal(helper_, 0.3, random);
  }
  std::vector<NetworkHandle> networks() override { return {{"N", &net_, true}, {"H", &helper_, false}}; }
  std::vector<nn::Optimizer*> optimizers() override { return {&adam_}; }

  Losses train_step(const Task&, const PairBatch& batch, Random& random) override {
    if (hooks_.before_update) hooks_.before_update(counter_.item<int64_t>());
    if (hooks_.learning_rates) hooks_.learning_rates->push_back(adam_.lr());
    counter_.add_(1);
    const at::Tensor source = nn::image_batch(batch.source, batch.n, batch.height, batch.width, at::kCPU);
    const at::Tensor target = nn::image_batch(batch.target, batch.n, batch.height, batch.width, at::kCPU);
    adam_.zero_grad();
    const at::Tensor noise = nn::random_normal(source.sizes(), 0, 0.01, random, at::kCPU);
    const at::Tensor loss = at::l1_loss(net_.forward(source + noise, nn::NormMode::kTraining), target);
    loss.backward();
    adam_.step();
    c10::NoGradGuard no_grad;
    helper_.conv->weight.mul_(0.99);  // a network without an optimizer that still changes
    Losses losses{{"L1", loss.item<double>()}, {"counter", static_cast<double>(counter_.item<int64_t>())}};
    if (hooks_.change_losses) hooks_.change_losses(losses);
    return losses;
  }
  void update_end(int64_t update, const Losses&) override {
    if (hooks_.calls) hooks_.calls->push_back("update " + std::to_string(update));
  }
  void epoch_end(int64_t epoch) override {
    if (hooks_.calls) hooks_.calls->push_back("epoch " + std::to_string(epoch));
  }
  void save_extra(std::vector<nn::NamedTensor>& tensors) const override {
    tensors.push_back({"counter", counter_});
  }
  void load_extra(const SafetensorsFile& file, const std::string& prefix) override {
    nn::load_tensors({{"counter", counter_}}, file, prefix, "the counter");
  }
  Synthesizer& synthesizer() override { return *this; }

 private:
  ModelInfo info() const override {
    ModelInfo info;
    info.name = "tiny-test";
    info.label = "Tiny";
    return info;
  }
  void synthesize(const Task&, const SliceBatch& source, std::span<const uint64_t>,
                  std::span<float> prediction) override {
    c10::NoGradGuard no_grad;
    const at::Tensor x = nn::image_batch(source.pixels, source.n, source.height, source.width, at::kCPU);
    nn::copy_pixels(net_.forward(x, nn::NormMode::kRunningStats), prediction);
  }

  TinyModelHooks hooks_;
  Net net_, helper_;
  nn::Adam adam_;
  at::Tensor counter_ = at::zeros({1}, at::kLong);
};

}  // namespace

std::unique_ptr<Trainable> make_tiny_model(const TinyModelHooks& hooks) {
  return std::make_unique<TinyModel>(hooks);
}

}  // namespace synerbench::testing_support
