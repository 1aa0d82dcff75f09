// Fast kernels against their reference implementations: values and gradients.
#include "reference/mot/kernels.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "reference/mot/attention.h"
#include "reference/mot/gradient.h"
#include "reference/mot/softmax.h"

namespace synerbench::reference {
namespace {

at::Tensor random(at::IntArrayRef shape, uint64_t seed) {
  static at::Generator generator = at::globalContext().defaultGenerator(at::kCPU);
  generator.set_current_seed(seed);
  return at::randn(shape, generator);
}

double distance(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>(); }

/// Runs both forms on the same inputs; compares the result and the gradient of every input.
template <class Fast, class Plain>
void expect_equal_to_plain(std::vector<at::Tensor> inputs, Fast fast, Plain plain, double tolerance) {
  std::vector<at::Tensor> a, b;
  for (const at::Tensor& input : inputs) {
    a.push_back(input.clone().requires_grad_());
    b.push_back(input.clone().requires_grad_());
  }
  const at::Tensor x = fast(a), y = plain(b);
  ASSERT_EQ(x.sizes(), y.sizes());
  EXPECT_LT(distance(x.detach(), y.detach()), tolerance);
  const at::Tensor weights = random(x.sizes(), 99);
  (x * weights).sum().backward();
  (y * weights).sum().backward();
  for (size_t i = 0; i < inputs.size(); ++i) {
    ASSERT_TRUE(a[i].grad().defined() && b[i].grad().defined());
    EXPECT_LT(distance(a[i].grad(), b[i].grad()), tolerance * 10) << "gradient of input " << i;
  }
}

TEST(Kernels, RmsNormEqualsItsPlainForm) {
  for (const int64_t width : {4, 64, 100, 384}) {
    expect_equal_to_plain(
        {random({37, width}, 1), random({width}, 2)},
        [](auto& in) { return kernels::rms_norm(in[0], in[1], 1e-6); },
        [](auto& in) { return plain::rms_norm(in[0], in[1], 1e-6); }, 1e-5);
  }
}

TEST(Kernels, GatedSiluEqualsItsPlainForm) {
  expect_equal_to_plain(
      {random({23, 150}, 3) * 8}, [](auto& in) { return kernels::gated_silu(in[0]); },
      [](auto& in) { return plain::gated_silu(in[0]); }, 2e-5);
  const at::Tensor far = at::tensor({-200.0f, -88.0f, 88.0f, 200.0f, 1.0f, 1.0f, 1.0f, 1.0f});
  EXPECT_LT(distance(kernels::gated_silu(far), plain::gated_silu(far)), 1e-4);
}

TEST(Kernels, NormedRotatedEqualsItsPlainFormOnSlices) {
  const at::Tensor angles = random({19, 1, 8}, 4);
  const RotaryTable table{angles.cos(), angles.sin()};
  // q is a slice of a wider product: its rows are far apart in memory.
  const auto q_of = [](const at::Tensor& qkv) { return qkv.narrow(1, 16, 3 * 16).view({19, 3, 16}); };
  expect_equal_to_plain(
      {random({19, 100}, 5), random({16}, 6)},
      [&](auto& in) { return kernels::normed_rotated(q_of(in[0]), in[1], 1e-6, table); },
      [&](auto& in) { return rotate(plain::rms_norm(q_of(in[0]), in[1], 1e-6), table); }, 1e-5);
}

TEST(Kernels, FewRowsTimesAWeightEqualTheProductOfMany) {
  for (const int64_t rows : {1, 2, 4, 6, 8}) {
    const at::Tensor x = random({rows, 100}, 11), w = random({37, 100}, 12), b = random({37}, 13);
    ASSERT_TRUE(kernels::few_rows(x));
    EXPECT_LT(distance(kernels::few_rows_linear(x, w, b), at::linear(x, w, b)), 2e-5) << rows;
    EXPECT_LT(distance(kernels::few_rows_linear(x, w, {}), at::linear(x, w)), 2e-5) << rows;
  }
  EXPECT_FALSE(kernels::few_rows(random({9, 4}, 1)));
  EXPECT_FALSE(kernels::few_rows(random({2, 4}, 1).to(at::kDouble)));
}

TEST(Kernels, SoftmaxInPlaceEqualsItsPlainForm) {
  for (const int64_t width : {1, 7, 64, 1000}) {
    at::Tensor x = random({21, width}, 14) * 20;
    if (width > 1) x.select(1, 0).fill_(-INFINITY);
    const at::Tensor plain = at::softmax(x * 0.3, -1), gradient = random(x.sizes(), 15);
    const at::Tensor weights = x.clone();
    kernels::softmax_(weights, 0.3);
    EXPECT_LT(distance(weights, plain), 1e-6) << width;
    if (width > 1) {
      EXPECT_EQ(weights.select(1, 0).abs().max().item<float>(), 0.0f);
    }
    const at::Tensor wanted = 0.3 * plain * (gradient - (gradient * plain).sum(-1, true));
    const at::Tensor seen = gradient.clone();
    kernels::softmax_backward_(seen, weights, (gradient * plain).sum(-1, true), 0.3);
    EXPECT_LT(distance(seen, wanted), 1e-6) << width;
  }
}

TEST(Attention, ChunksAndRecomputedWeightsEqualPlainAutograd) {
  const std::vector<int64_t> lens = {9, 5, 30, 7, 12}, samples = {44, 19};
  const std::vector<SplitMode> modes = {SplitMode::kFull, SplitMode::kCausal, SplitMode::kNoise,
                                        SplitMode::kCausal, SplitMode::kNoise};
  const VisibilityRule rule(lens, modes, samples);
  at::Tensor mask = at::full({63, 63}, -INFINITY);
  for (int64_t q = 0; q < 63; ++q) {
    for (int64_t k = 0; k < 63; ++k) {
      if (rule.sees(q, k)) mask[q][k] = 0;
    }
  }
  for (const int64_t join_rows : {0, 16, 256}) {
    const PlannedAttention plan = to_tensors(plan_attention(lens, modes, samples, join_rows), at::kCPU);
    expect_equal_to_plain(
        {random({6, 63, 8}, 7), random({2, 63, 8}, 8), random({2, 63, 8}, 9)},
        [&](auto& in) { return attend(in[0], in[1], in[2], plan, AttentionKernel::kExplicit); },
        [&](auto& in) {
          const auto spread = [](const at::Tensor& x) { return x.repeat_interleave(3, 0); };
          return at::softmax(at::bmm(in[0], spread(in[1]).transpose(1, 2)) / std::sqrt(8.0) + mask, -1)
              .bmm(spread(in[2]));
        },
        1e-5);
    if (!has_fused_attention()) continue;
    expect_equal_to_plain(
        {random({6, 63, 8}, 7), random({2, 63, 8}, 8), random({2, 63, 8}, 9)},
        [&](auto& in) { return attend(in[0], in[1], in[2], plan, AttentionKernel::kFused); },
        [&](auto& in) { return attend(in[0], in[1], in[2], plan, AttentionKernel::kExplicit); }, 1e-5);
  }
}

TEST(Attention, LongBlocksAreCutIntoChunksWithoutAChange) {
  // 4 heads x 700 x 700 scores are above one chunk.
  const at::Tensor q = random({4, 700, 8}, 1), k = random({2, 700, 8}, 2), v = random({2, 700, 8}, 3);
  for (const bool causal : {false, true}) {
    at::Tensor mask = at::zeros({700, 700});
    if (causal) mask = at::full({700, 700}, -INFINITY).triu(1);
    const at::Tensor plain =
        at::softmax(at::bmm(q, k.repeat_interleave(2, 0).transpose(1, 2)) / std::sqrt(8.0) + mask, -1)
            .bmm(v.repeat_interleave(2, 0));
    EXPECT_LT(distance(attend_block(q, k, v, causal, AttentionKernel::kExplicit), plain), 1e-5);
  }
}

TEST(Gradient, ReleasesWhatItKeepsAndRunsOnce) {
  at::Tensor x = at::ones({3}).requires_grad_();
  auto token = std::make_shared<int>(1);
  const std::weak_ptr<int> watch = token;
  const at::Tensor y = with_gradient(x.detach() * 2, {x},
                                     [token](const at::Tensor& g) { return std::vector<at::Tensor>{g * 2}; });
  token.reset();
  EXPECT_FALSE(watch.expired());
  y.sum().backward();
  EXPECT_TRUE(watch.expired());
  EXPECT_TRUE(at::equal(x.grad(), at::full({3}, 2.0f)));
  const at::NoGradGuard no_grad;
  EXPECT_FALSE(with_gradient(x.detach() * 2, {x}, {}).requires_grad());
}

}  // namespace
}  // namespace synerbench::reference
