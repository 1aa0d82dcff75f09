// One training step and one guided sampling step of the reference model. The Python one,
// benchmarks/python/reference_pytorch.py, does the same on the same weights and inputs and prints the same
// losses.
//
//   reference_benchmark --make small FOLDER            a new model to measure with
//   reference_benchmark FOLDER [--threads N] [--repetitions N] [--what train|sample|both] [--recompute]
//     [--bf16] [--device cuda]
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "harness/core/error.h"
#include "reference/flow/sampler.h"
#include "reference/manage/manage.h"
#include "reference/mot/context.h"
#include "reference/network/forward.h"
#include "reference/network/network.h"
#include "reference/shape/tables.h"
#include "reference/stages/optimizer.h"

namespace synerbench {
namespace {

using namespace reference;

constexpr int64_t kText = 24, kAnswer = 1;   // ids of an instruction, of an answer
constexpr SpecialTokens kMarks{1, 2, 3, 4};  // any ids will do for measuring

struct Options {
  std::string folder, device = "cpu";
  int threads = 2, repetitions = 5;
  bool train = true, sample = true, recompute = false, half = false;
};

/// Numbers in [-1, 1) that both programs make alike.
at::Tensor pattern(at::IntArrayRef shape, int64_t seed, const at::Device& device) {
  at::Tensor out = at::empty(shape, at::TensorOptions(at::kFloat));
  float* values = out.data_ptr<float>();
  for (int64_t i = 0; i < out.numel(); ++i) {
    values[i] = static_cast<float>(
        2.0 * std::fmod(static_cast<double>(i) * 0.6180339887498949 + 0.1 * static_cast<double>(seed), 1.0) -
        1.0);
  }
  return out.to(device);
}

double peak_mebibytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024.0;
}

/// Milliseconds that all threads of this process computed: what remains comparable on a machine with other
/// work.
double cpu_milliseconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto of = [](const timeval& t) {
    return 1e3 * static_cast<double>(t.tv_sec) + 1e-3 * static_cast<double>(t.tv_usec);
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

double median(std::vector<double>& values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void measure(const char* name, const Options& options, const std::function<std::string()>& work) {
  work();
  std::vector<double> wall, cpu;
  std::string said;
  for (int i = 0; i < options.repetitions; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const double before = cpu_milliseconds();
    said = work();
    cpu.push_back(cpu_milliseconds() - before);
    wall.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  fmt::print("{}: {:.1f} ms wall, {:.1f} ms CPU (medians of {}; least {:.1f}, {:.1f}), peak {:.0f} MiB, {}\n",
             name, median(wall), median(cpu), options.repetitions, wall.front(), cpu.front(),
             peak_mebibytes(), said);
}

PlanItem text(int64_t count, bool learned = false) {
  PlanItem item;
  item.learned = learned;
  for (int64_t i = 0; i < count; ++i) item.ids.push_back(static_cast<TokenId>(5 + i));
  return item;
}
PlanItem image(PlanItem::Kind kind, int64_t side, bool learned = false) {
  PlanItem item;
  item.kind = kind;
  item.learned = learned;
  item.height = item.width = side;
  return item;
}

/// A synthesis sample and a question with five images.
PackedSequence make_pack(const ModelSizes& sizes, int64_t vit_side, int64_t latent_side) {
  const int64_t vit = vit_side * sizes.vit.patch, vae = latent_side * sizes.pixels_per_token();
  SamplePlan synthesis{{image(PlanItem::Kind::kVae, vae), image(PlanItem::Kind::kVit, vit), text(kText),
                        image(PlanItem::Kind::kVae, vae, true)}};
  SamplePlan question;
  for (int i = 0; i < 5; ++i) {
    question.items.push_back(text(4));
    question.items.push_back(image(PlanItem::Kind::kVit, vit));
  }
  question.items.push_back(text(kText));
  question.items.push_back(text(kAnswer, true));
  Packer packer(sizes, kMarks);
  const PackingDraws draws{[] { return 1.0; }, [] { return 0.0; }};  // nothing dropped, t = 0.5
  packer.add(synthesis, {}, draws);
  packer.add(question, {}, draws);
  return packer.take();
}

void train(Network& network, const Options& options, int64_t vit_side, int64_t latent_side) {
  const PackedSequence pack = make_pack(network.sizes, vit_side, latent_side);
  const at::Device device = network.device();
  const auto vae_tokens = static_cast<int64_t>(pack.vae_token_indexes.size());
  const PackedInputs inputs{pattern({static_cast<int64_t>(pack.vit_token_indexes.size()),
                                     3 * network.sizes.vit.patch * network.sizes.vit.patch},
                                    1, device),
                            pattern({vae_tokens, network.sizes.token_channels()}, 2, device),
                            pattern({vae_tokens, network.sizes.token_channels()}, 3, device)};
  network.parameters.require_gradients([](Part) { return true; });
  OptimizerSettings settings;
  settings.lr = 1e-6;
  AdamW optimizer("adamw", network.parameters, settings);
  ForwardSettings forward{{options.half ? at::kBFloat16 : at::kFloat}};
  forward.decoder.checkpoint_layers = options.recompute;
  {
    const at::NoGradGuard no_grad;
    const ForwardResult result = training_forward(pack, inputs, network, forward);
    fmt::print("pack of {} tokens; before training: mse {:.5f}, ce {:.5f}\n", pack.length(),
               mse_loss(result).item<double>(), ce_loss(result).item<double>());
  }
  measure("training step", options, [&] {
    const ForwardResult result = training_forward(pack, inputs, network, forward);
    const at::Tensor mse = mse_loss(result), ce = ce_loss(result);
    (mse + ce).backward();
    optimizer.step(optimizer.gradient_norm());
    return fmt::format("mse {:.5f} ce {:.5f}", mse.item<double>(), ce.item<double>());
  });
}

void sample(const Network& network, const Options& options, int64_t vit_side, int64_t latent_side) {
  const at::NoGradGuard no_grad;
  const at::ScalarType compute = options.half ? at::kBFloat16 : at::kFloat;
  const int64_t tokens = latent_side * latent_side, images = tokens + 2 + vit_side * vit_side + 2,
                words = kText + 2;
  const auto cached = [&](int64_t rows, int64_t seed, int64_t rope) {
    Context context(network.decoder, compute);
    context.reserve(rows + tokens + 2);
    const at::Tensor k =
        pattern({rows, network.sizes.llm.kv_heads, network.sizes.llm.head_size()}, seed, network.device());
    const at::Tensor v = pattern({rows, network.sizes.llm.kv_heads, network.sizes.llm.head_size()}, seed + 20,
                                 network.device());
    for (size_t layer = 0; layer < network.decoder.layers.size(); ++layer) {
      context.keys_with(layer, rows).copy_(k.transpose(0, 1));
      context.values_with(layer, rows).copy_(v.transpose(0, 1));
    }
    context.keep(rows);
    context.advance_rope(rope);
    return context;
  };
  Context main = cached(images + words, 10, 2 + words), text_free = cached(images, 11, 2),
          image_free = cached(words, 12, words);
  Context* const contexts[] = {&main, &text_free, &image_free};
  const at::Tensor x = pattern({tokens, network.sizes.token_channels()}, 5, network.device());
  const Guidance guidance{4.0, 1.5, Renorm::kTextChannel};
  measure("guided sampling step", options, [&] {
    const auto v = velocities(x, 0.7f, {latent_side, latent_side, kMarks.start_of_image, kMarks.end_of_image},
                              contexts, network, {compute});
    return fmt::format("velocity norm {:.5f}", guide(v[0], v[1], v[2], guidance).norm().item<double>());
  });
}

int run(int argc, char** argv) {
  if (argc == 4 && std::string(argv[1]) == "--make") {
    init_checkpoint(argv[3], {argv[2]});
    return 0;
  }
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto next = [&] {
      SB_CHECK(i + 1 < argc, word + " wants a value");
      return std::string(argv[++i]);
    };
    if (word == "--threads") {
      options.threads = std::stoi(next());
    } else if (word == "--repetitions") {
      options.repetitions = std::stoi(next());
    } else if (word == "--what") {
      const std::string what = next();
      options.train = what != "sample";
      options.sample = what != "train";
    } else if (word == "--recompute") {
      options.recompute = true;
    } else if (word == "--bf16") {
      options.half = true;
    } else if (word == "--device") {
      options.device = next();
    } else {
      options.folder = word;
    }
  }
  at::set_num_threads(options.threads);
  const auto network =
      load_network(Checkpoint::open(options.folder), {at::kFloat, at::kFloat, at::Device(options.device)});
  // A new model's velocities are zero: give them values, so that equal norms mean equal work.
  network->parameters.value("llm2vae.weight")
      .copy_(0.05 *
             pattern({network->sizes.token_channels(), network->sizes.llm.hidden}, 7, network->device()));
  const int64_t latent_side = std::min<int64_t>(16, network->sizes.latent_grid),
                vit_side = std::min<int64_t>(18, network->sizes.vit.grid);
  fmt::print("{} threads, {} parameters\n", options.threads, network->parameters.count());
  if (options.train) train(*network, options, vit_side, latent_side);
  network->parameters.require_gradients([](Part) { return false; });
  if (options.sample) sample(*network, options, vit_side, latent_side);
  return 0;
}

}  // namespace
}  // namespace synerbench

int main(int argc, char** argv) {
  try {
    return synerbench::run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
