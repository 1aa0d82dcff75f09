// HealthGPT in its last stage; a slice is written token by token. Fresh weights write as many tokens as
// trained ones.
#include "baselines/healthgpt/healthgpt.h"
#include "benchmarks/support/model_benchmark.h"

namespace synerbench {
namespace {

/// Before its last stage the model converts nothing; its last update is of that stage.
int64_t last_update(const Trainable& model) { return model.config().at("updates").get<int64_t>() - 1; }

std::unique_ptr<Trainable> nearly_trained(const Json& config) {
  auto model = model_benchmark::fresh_model(healthgpt_method, config);
  model->update_end(last_update(*model) - 1, {});
  return model;
}

void update(benchmark::State& state, const Json& config) {
  const auto model = nearly_trained(config);
  model_benchmark::update(state, *model, last_update(*model));
}
void synthesize(benchmark::State& state, const Json& config) {
  model_benchmark::synthesize(state, *nearly_trained(config));
}

const Json kTiny{{"preset", "tiny"}};

BENCHMARK_CAPTURE(update, tiny, kTiny)->Args({64, 1})->Args({64, 8})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(synthesize, tiny, kTiny)->Args({64})->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace synerbench
