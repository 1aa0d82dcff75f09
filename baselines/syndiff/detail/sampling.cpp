#include "baselines/syndiff/detail/sampling.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include "harness/core/error.h"
#include "harness/nn/state.h"
#include "harness/nn/tensors.h"

namespace synerbench::syndiff {

SampleDraws draw_sample(const Config& config, at::IntArrayRef shape, Random& random,
                        const at::Device& device) {
  SampleDraws draws;
  draws.start = nn::random_normal(shape, 0, 1, random, device);
  for (int64_t call = 0; call < config.steps; ++call) {
    draws.z.push_back(nn::random_normal({shape[0], config.nz}, 0, 1, random, device));
    const bool last = call + 1 == config.steps;
    draws.noise.push_back(last ? at::Tensor() : nn::random_normal(shape, 0, 1, random, device));
  }
  return draws;
}

at::Tensor sample(Generator& generator, const Diffusion& diffusion, const at::Tensor& source,
                  const SampleDraws& draws, const SampleObserver& observe) {
  c10::NoGradGuard no_grad;
  at::Tensor x = draws.start;
  for (int64_t call = 0; call < diffusion.steps; ++call) {
    const auto i = static_cast<size_t>(call);
    const at::Tensor t = at::full({x.size(0)}, diffusion.steps - 1 - call, source.options().dtype(at::kLong));
    const at::Tensor x0 = generator->forward(at::cat({x, source}, 1), t, draws.z[i]).slice(1, 0, 1);
    const at::Tensor noise = draws.noise[i].defined() ? draws.noise[i] : at::zeros_like(x);
    x = diffusion.posterior(x0, x, t, noise);
    if (observe) observe(call, x0, x);
  }
  return x;
}

size_t generator_for(const Config& config, const Task& task) {
  if (!config.pair) {
    throw usage_error(
        "syndiff configuration: /pair", "is missing, so the direction of a task is unknown",
        fmt::format("add \"pair\": the modality that gen1 makes, then the one that gen2 makes, as in "
                    "[\"{}\", \"{}\"]",
                    name_of(task.source), name_of(task.target)));
  }
  const auto& [first, second] = *config.pair;
  if (task.target == first && task.source == second) return 0;
  if (task.target == second && task.source == first) return 1;
  throw usage_error("syndiff",
                    fmt::format("these weights are of {} and {}, not of {} and {}", name_of(first),
                                name_of(second), name_of(task.source), name_of(task.target)),
                    "choose the weights of this task's pair");
}

void synthesize_slices(Generator& generator, const Diffusion& diffusion, const Config& config,
                       const std::string& device, const SliceBatch& source, std::span<const uint64_t> seeds,
                       std::span<float> prediction) {
  const int64_t multiple = config.synthesis_multiple();
  if (source.height % multiple != 0 || source.width % multiple != 0) {
    throw usage_error(
        "syndiff", fmt::format("slices of {} x {}", source.height, source.width),
        fmt::format("height and width must be multiples of {} ({} levels): choose another canvas or "
                    "train with fewer levels",
                    multiple, config.mult.size()));
  }
  const auto pixels = static_cast<size_t>(source.height * source.width);
  SB_CHECK(seeds.size() == static_cast<size_t>(source.n) && prediction.size() == source.pixels.size(),
           "one seed per slice, a prediction of the source's shape");
  for (size_t i = 0; i < seeds.size(); ++i) {
    Random random(seeds[i]);
    const at::Tensor slice = nn::image_batch(source.pixels.subspan(i * pixels, pixels), 1, source.height,
                                             source.width, at::Device(device));
    const SampleDraws draws = draw_sample(config, slice.sizes(), random, at::Device(device));
    nn::copy_pixels(sample(generator, diffusion, slice, draws), prediction.subspan(i * pixels, pixels));
  }
}

ModelInfo describe(Generator& generator, const Config& config, const std::string& weights_sha256) {
  ModelInfo info;
  info.name = "syndiff";
  info.label = "SynDiff";
  info.deterministic = false;
  info.parameters = nn::parameter_count(*generator);  // one direction needs one generator
  info.network_evaluations = static_cast<int>(config.steps);
  info.weights_sha256 = weights_sha256;
  info.switches = {{"preset", config.preset}, {"image_size", config.image_size}, {"nf", config.nf},
                   {"mult", config.mult},     {"steps", config.steps},           {"pairing", "none"}};
  return info;
}

}  // namespace synerbench::syndiff
