// RCD's parts: sizes, identities of the registration, axis order, the reconstruction's wiring. Nothing is
// read from disk.
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include <cmath>

#include "baselines/rcd/detail/trainer.h"
#include "harness/nn/compute.h"
#include "harness/nn/state.h"
#include "harness/nn/tensors.h"

namespace synerbench {
namespace {

using namespace rcd;

at::Tensor noise(at::IntArrayRef shape, uint64_t seed) {
  Random random(seed);
  return nn::random_normal(shape, 0, 1, random, at::kCPU);
}

double worst(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>(); }

/// Without `margin` voxels at both ends of every image axis.
at::Tensor inner(at::Tensor x, int64_t margin) {
  for (int64_t axis = 2; axis < x.dim(); ++axis) x = x.slice(axis, margin, x.size(axis) - margin);
  return x;
}

class RcdParts : public testing::Test {
 protected:
  static void SetUpTestSuite() { nn::set_compute_threads(1); }
};

TEST_F(RcdParts, HasThePublishedNumbersOfParameters) {
  const Config released = fields().read({{"preset", "released"}}, "test");
  ReleasedTrainer trainer(released, "cpu");
  EXPECT_EQ(nn::parameter_count(*trainer.synthesis_.G), 1'059'857);
  EXPECT_EQ(nn::parameter_count(*trainer.R), 1'075'331);
  EXPECT_EQ(nn::parameter_count(*trainer.D), 71'825);
}

TEST_F(RcdParts, DiscriminatorJudgesPatchesOfVolumes) {
  c10::NoGradGuard no_grad;
  Discriminator volumes(DiscriminatorOptions{.dimensions = 3, .ndf = 2});
  EXPECT_EQ(volumes->forward(noise({1, 2, 8, 64, 64}, 1)).sizes(), at::IntArrayRef({1, 1, 2, 16, 16}));
  Discriminator slices(DiscriminatorOptions{.dimensions = 2, .ndf = 2});
  EXPECT_EQ(slices->forward(noise({2, 2, 64, 48}, 1)).sizes(), at::IntArrayRef({2, 1, 16, 12}));
}

TEST_F(RcdParts, GeneratorsKeepTheShape) {
  c10::NoGradGuard no_grad;
  Unet slices(UnetOptions{.ngf = 2, .halvings = 3});
  EXPECT_EQ(slices->forward(noise({2, 1, 32, 48}, 1)).sizes(), at::IntArrayRef({2, 1, 32, 48}));
  Unet volumes(UnetOptions{.dimensions = 3, .ngf = 2, .halvings = 3});
  EXPECT_EQ(volumes->forward(noise({1, 1, 8, 16, 24}, 1)).sizes(), at::IntArrayRef({1, 1, 8, 16, 24}));
}

TEST_F(RcdParts, ZeroVelocityIsTheIdentity) {
  for (const std::vector<int64_t>& size : {std::vector<int64_t>{12, 10}, {4, 12, 10}}) {
    std::vector<int64_t> image{2, 3}, field{2, static_cast<int64_t>(size.size())};
    image.insert(image.end(), size.begin(), size.end());
    field.insert(field.end(), size.begin(), size.end());
    const at::Tensor zero = at::zeros(field), picture = noise(image, 1);
    EXPECT_LT(worst(integrate(zero, 7), zero), 1e-6);
    EXPECT_LT(worst(warp(picture, zero), picture), 1e-5);  // sampling computes the place in float32
    EXPECT_EQ(smoothness(zero).item<double>(), 0);
  }
}

TEST_F(RcdParts, ConstantVelocityIsItsOwnDisplacement) {
  at::Tensor velocity = at::zeros({1, 2, 24, 20});
  velocity.select(1, 0).fill_(1.5);
  velocity.select(1, 1).fill_(-0.75);
  EXPECT_LT(worst(inner(integrate(velocity, 7), 4), inner(velocity, 4)), 1e-4);  // float32 places
  at::Tensor volume = at::full({1, 3, 12, 14, 16}, 0.5);
  EXPECT_LT(worst(inner(integrate(volume, 7), 3), inner(volume, 3)), 1e-4);
}

TEST_F(RcdParts, ChannelsAreInTheOrderOfTheAxes) {  // Note [RCD's axis order]
  const at::Tensor image = noise({1, 1, 8, 6}, 2);
  at::Tensor down = at::zeros({1, 2, 8, 6});
  down.select(1, 0).fill_(1.0);  // y
  const at::Tensor moved = warp(image, down);
  EXPECT_LT(worst(moved.slice(2, 0, 7), image.slice(2, 1, 8)), 1e-5);
  EXPECT_LT(moved.slice(2, 7, 8).abs().max().item<double>(), 1e-4) << "zero beyond the border";
  at::Tensor right = at::zeros({1, 2, 8, 6});
  right.select(1, 1).fill_(2.0);  // x
  EXPECT_LT(worst(warp(image, right).slice(3, 0, 4), image.slice(3, 2, 6)), 1e-5);
  const at::Tensor volume = noise({1, 1, 5, 6, 7}, 3);
  at::Tensor up = at::zeros({1, 3, 5, 6, 7});
  up.select(1, 0).fill_(-1.0);  // z
  EXPECT_LT(worst(warp(volume, up).slice(2, 1, 5), volume.slice(2, 0, 4)), 1e-5);
}

TEST_F(RcdParts, OppositeVelocitiesUndoEachOther) {
  const at::Tensor y = at::arange(32, at::kFloat).view({1, 32, 1}),
                   x = at::arange(32, at::kFloat).view({1, 1, 32});
  const at::Tensor bump = at::exp(-((y - 16).square() + (x - 16).square()) / 40.0);
  const at::Tensor velocity = at::stack({2.0 * bump, -1.5 * bump}, 1);
  const at::Tensor there = integrate(velocity, 7), back = integrate(-velocity, 7);
  EXPECT_GT(there.abs().max().item<double>(), 1.0);
  EXPECT_LT(worst(there + warp(back, there), at::zeros_like(there)), 0.05) << "voxels";
}

TEST_F(RcdParts, ResizingAFieldKeepsWhatItMeans) {
  const at::Tensor field = at::full({1, 2, 16, 12}, 3.0);
  EXPECT_LT(worst(half_size(field), at::full({1, 2, 8, 6}, 1.5)), 1e-6);
  EXPECT_LT(worst(double_size(half_size(field)), field), 1e-5);
}

TEST_F(RcdParts, SmoothnessIsTwiceTheMeanSquaredDifference) {
  const at::Tensor v = noise({1, 2, 4, 5}, 5);
  double rows = 0, columns = 0;
  for (int64_t c = 0; c < 2; ++c) {
    for (int64_t h = 0; h < 4; ++h) {
      for (int64_t w = 0; w < 5; ++w) {
        const double here = v[0][c][h][w].item<double>();
        if (h + 1 < 4) rows += std::pow(v[0][c][h + 1][w].item<double>() - here, 2) / (2 * 3 * 5);
        if (w + 1 < 5) columns += std::pow(v[0][c][h][w + 1].item<double>() - here, 2) / (2 * 4 * 4);
      }
    }
  }
  EXPECT_NEAR(smoothness(v).item<double>(), rows + columns, 1e-5);
}

TEST_F(RcdParts, FreshRegistrationHardlyMovesAnything) {
  Registration R(2, 8, 2, 7);
  Random random(1);
  R->initialize(1e-5, random);
  const Deformation deformation = R->forward(noise({2, 1, 32, 32}, 1), noise({2, 1, 32, 32}, 2));
  EXPECT_EQ(deformation.velocity.sizes(), at::IntArrayRef({2, 2, 16, 16}));
  EXPECT_EQ(deformation.displacement.sizes(), at::IntArrayRef({2, 2, 32, 32}));
  const double moved = deformation.displacement.abs().max().item<double>();
  EXPECT_LT(moved, 1e-2);
  EXPECT_GT(moved, 0);
}

TEST_F(RcdParts, ReconstructionWorksInTwoAndThreeDimensions) {
  c10::NoGradGuard no_grad;
  for (const int dimensions : {2, 3}) {
    const AcdsOptions options{.dimensions = dimensions, .n = 2, .blocks = 1};
    ContentEncoder encoder(options);
    StyleEncoder style(options, 1);
    StyledGenerator generator(options);
    Random random(1);
    for (torch::nn::Module* network :
         {static_cast<torch::nn::Module*>(encoder.get()), static_cast<torch::nn::Module*>(style.get()),
          static_cast<torch::nn::Module*>(generator.get())})
      initialize_all(*network, 0.1, random);
    const std::vector<int64_t> image =
        dimensions == 2 ? std::vector<int64_t>{2, 1, 24, 16} : std::vector<int64_t>{2, 1, 8, 24, 16};
    const std::vector<int64_t> code =
        dimensions == 2 ? std::vector<int64_t>{2, 8, 6, 4} : std::vector<int64_t>{2, 8, 4, 6, 4};
    const at::Tensor content = encoder->forward(noise(image, 1));
    EXPECT_EQ(content.sizes(), at::IntArrayRef(code));
    EXPECT_EQ(generator->forward(content, style->forward()).sizes(), at::IntArrayRef(image));
  }
}

TEST_F(RcdParts, StylesOfTheDomainsDiffer) {
  c10::NoGradGuard no_grad;
  const AcdsOptions options{.n = 2, .blocks = 1};
  StyleEncoder source(options, 0), target(options, 1);
  Random random(1), same(1);
  initialize_all(*source, 0.3, random);
  initialize_all(*target, 0.3, same);  // equal weights: only the code differs
  EXPECT_GT(worst(source->forward(), target->forward()), 1e-4);
  ContentEncoder encoder(options);
  StyledGenerator generator(options);
  initialize_all(*encoder, 0.1, random);
  initialize_all(*generator, 0.3, random);
  const at::Tensor content = encoder->forward(noise({1, 1, 16, 16}, 1));
  EXPECT_GT(worst(generator->forward(content, 5 * source->forward()),
                  generator->forward(content, 5 * target->forward())),
            1e-4)
      << "the style has no effect";
}

TEST_F(RcdParts, EveryNetworkOfTheReconstructionLearns) {
  Config config = fields().read({{"preset", "tiny"}, {"ngf", 4}, {"ndf", 4}, {"acds_blocks", 1}}, "test");
  AcdsTrainer trainer(config, "cpu");
  Random random(1);
  trainer.initialize(random);
  std::map<std::string, at::Tensor> before;
  for (const NetworkHandle& handle : trainer.networks())
    for (const nn::NamedTensor& named : nn::parameters_of(*handle.network))
      before[handle.name + "." + named.name] = named.tensor.detach().clone();
  const at::Tensor A = at::tanh(noise({2, 1, 32, 32}, 1)), B = at::tanh(noise({2, 1, 32, 32}, 2));
  StepImages images;
  trainer.step(A, B, &images);
  for (const NetworkHandle& handle : trainer.networks()) {
    bool moved = false;
    for (const nn::NamedTensor& named : nn::parameters_of(*handle.network)) {
      ASSERT_TRUE(named.tensor.grad().defined()) << handle.name << "." << named.name;
      moved = moved || !at::equal(named.tensor, before.at(handle.name + "." + named.name));
    }
    EXPECT_TRUE(moved) << handle.name;
  }
  EXPECT_TRUE(at::equal(images.fake_after_update,
                        [&] {
                          c10::NoGradGuard no_grad;
                          return trainer.synthesis()->forward(A);
                        }()))
      << "the discriminators see images of the updated networks";
}

}  // namespace
}  // namespace synerbench
