#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <cstring>

#include "harness/core/error.h"
#include "harness/core/progress.h"
#include "harness/nn/compute.h"
#include "harness/nn/tensors.h"
#include "reference/checkpoint/checkpoint.h"
#include "reference/manage/manage.h"
#include "reference/network/network.h"
#include "reference/stages/optimizer.h"
#include "reference/stages/train.h"

namespace synerbench::reference {
namespace {

constexpr int64_t kLatentSample = 64;  // crops whose latents give scale and shift

/// Random crops of random slices, sources and targets alike, three equal channels.
class Crops {
 public:
  Crops(const std::vector<TaskPairs>& tasks, int64_t side, int64_t slice_side)
      : tasks_(tasks), side_(side), slice_side_(slice_side) {
    for (const TaskPairs& task : tasks_) total_ += task.pairs->size();
    if (total_ == 0)
      throw usage_error("training data", "no task has any pair of slices",
                        "import a dataset, or choose another split");
  }

  at::Tensor batch(int64_t count, Random& random) const {
    at::Tensor out = at::empty({count, 1, side_, side_}, at::TensorOptions(at::kFloat));
    for (int64_t i = 0; i < count; ++i) crop(out.data_ptr<float>() + i * side_ * side_, random);
    return out.expand({count, 3, side_, side_});
  }

 private:
  void crop(float* out, Random& random) const {
    auto index = static_cast<int64_t>(random.below(static_cast<uint64_t>(total_)));
    size_t t = 0;
    while (index >= tasks_[t].pairs->size()) index -= tasks_[t++].pairs->size();
    const PairSource& pairs = *tasks_[t].pairs;
    const int64_t h = pairs.height(), w = pairs.width();
    std::vector<float> a(static_cast<size_t>(h * w)), b = a;
    pairs.read(index, a, b, {});
    const int64_t H = slice_side_ > 0 ? slice_side_ : h, W = slice_side_ > 0 ? slice_side_ : w;
    if (H < side_ || W < side_)
      throw usage_error("side", fmt::format("crops of {} pixels do not fit slices of {} x {}", side_, H, W),
                        "make them smaller");
    const std::vector<float>& chosen = random.below(2) ? a : b;
    const std::vector<float> slice = H == h && W == w ? chosen : resize_bicubic(chosen, {h, w}, {H, W});
    const auto y = static_cast<int64_t>(random.below(static_cast<uint64_t>(H - side_ + 1)));
    const auto x = static_cast<int64_t>(random.below(static_cast<uint64_t>(W - side_ + 1)));
    for (int64_t row = 0; row < side_; ++row) {
      std::memcpy(out + row * side_, &slice[static_cast<size_t>((y + row) * W + x)],
                  static_cast<size_t>(side_) * sizeof(float));
    }
  }

  const std::vector<TaskPairs>& tasks_;
  int64_t side_, slice_side_, total_ = 0;
};

}  // namespace

AutoencoderReport train_autoencoder(const AutoencoderOptions& options, const std::vector<TaskPairs>& tasks,
                                    const std::function<void(int64_t update, double loss)>& watch) {
  nn::check_device(options.device, "training");
  const auto start = std::chrono::steady_clock::now();
  const Checkpoint checkpoint = Checkpoint::open(options.from);
  if (std::filesystem::exists(options.to / "ae.safetensors"))
    throw usage_error(options.to.string(), "there is a model already", "name another folder");
  const auto network = load_network(checkpoint, {at::kFloat, at::kFloat, at::Device(options.device)});
  const VaeSizes sizes = checkpoint.sizes().vae;
  if (options.side % sizes.downsample() != 0)
    throw usage_error("side", fmt::format("{} is no multiple of {}", options.side, sizes.downsample()));
  network->vae_parameters.require_gradients([](Part) { return true; });
  OptimizerSettings settings;
  settings.lr = options.lr;
  settings.schedule = Schedule::kCosine;
  settings.warmup = std::min<int64_t>(100, options.updates / 10);
  settings.min_lr = options.lr / 100;
  settings.total = options.updates;
  settings.beta2 = 0.99;
  settings.eps = 1e-8;
  settings.ema_decay = 0;
  AdamW optimizer(network->vae_parameters, settings);
  // Scale and shift are found at the end; until then the network sees its latents as they are.
  VaeSizes plain = sizes;
  plain.scale = 1;
  plain.shift = 0;
  const Vae vae(&network->vae_parameters, plain);
  const Crops crops(tasks, options.side, options.slice_side);
  const int64_t z = sizes.latent_channels, latent_side = options.side / sizes.downsample();

  AutoencoderReport report;
  double sum = 0;
  for (int64_t update = 0; update < options.updates; ++update) {
    Random random(
        combine_seeds(combine_seeds(options.seed, seed_from("autoencoder")), static_cast<uint64_t>(update)));
    const at::Tensor images = crops.batch(options.batch, random).to(network->device());
    const at::Tensor noise =
        nn::random_normal({options.batch, z, latent_side, latent_side}, 0, 1, random, network->device());
    const at::Tensor moments = vae.moments(images);
    const at::Tensor mean = moments.narrow(1, 0, z), log_variance = moments.narrow(1, z, z).clamp(-30, 20);
    const at::Tensor kl = 0.5 * (mean.square() + log_variance.exp() - 1.0 - log_variance).mean();
    const at::Tensor error = (vae.decode(vae.latent(moments, noise)) - images).abs().mean();
    (error + options.kl_weight * kl).backward();
    const double loss = error.item<double>();
    if (!std::isfinite(loss))
      throw Error(ExitCode::kSomeFailed, options.to.string(),
                  fmt::format("the loss of update {} is not finite", update), "lower the learning rate");
    optimizer.step(optimizer.gradient_norm());
    sum += loss;
    if ((update + 1) % options.log_every == 0) {
      report.last_loss = sum / static_cast<double>(options.log_every);
      if (report.first_loss == 0) report.first_loss = report.last_loss;
      sum = 0;
      if (watch) watch(update + 1, report.last_loss);
    }
    throw_if_interrupted();
  }

  const at::NoGradGuard no_grad;
  Random random(combine_seeds(options.seed, seed_from("latent statistics")));
  std::vector<at::Tensor> latents;
  for (int64_t i = 0; i < kLatentSample; i += options.batch) {
    latents.push_back(vae.latent(vae.moments(crops.batch(options.batch, random).to(network->device())), {}));
  }
  const at::Tensor all = at::cat(latents, 0).to(at::kDouble);
  report.shift = all.mean().item<double>();
  report.scale = 1.0 / std::max(1e-6, all.std().item<double>());
  convert_checkpoint(options.from, options.to, {});
  const Parameters& p = network->vae_parameters;
  save_parameters(options.to / "ae.safetensors", p, DType::kF32,
                  [&](const std::string& key) { return p.value(key); });
  write_json(options.to / "vae_config.json",
             {{"scale_factor", report.scale}, {"shift_factor", report.shift}});
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

}  // namespace synerbench::reference
