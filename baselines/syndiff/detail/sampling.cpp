#include "baselines/syndiff/detail/sampling.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include "harness/core/error.h"
#include "harness/nn/slices.h"
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

void DiffusionSynthesizer::synthesize(const Task& task, const SliceBatch& source,
                                      std::span<const uint64_t> seeds, std::span<float> prediction) {
  Generator& generator = network_[generator_for(config_, task)];
  nn::require_multiple_of(source, config_.synthesis_multiple(), "syndiff",
                          fmt::format("({} levels)", config_.mult.size()));
  nn::for_each_slice(source, seeds, prediction, device_, [&](const at::Tensor& slice, Random& random) {
    return sample(generator, diffusion_, slice,
                  draw_sample(config_, slice.sizes(), random, at::Device(device_)));
  });
}

ModelInfo DiffusionSynthesizer::info() const {
  ModelInfo info;
  info.name = "syndiff";
  info.label = "SynDiff";
  info.deterministic = false;
  info.parameters = nn::parameter_count(*network_[1]);  // one direction needs one generator
  info.network_evaluations = static_cast<int>(config_.steps);
  info.weights_sha256 = sha256_;
  info.switches = {{"preset", config_.preset}, {"image_size", config_.image_size}, {"nf", config_.nf},
                   {"mult", config_.mult},     {"steps", config_.steps},           {"pairing", "none"}};
  return info;
}

}  // namespace synerbench::syndiff
