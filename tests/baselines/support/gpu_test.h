// What the GPU tests of learned models share: a short training of every kind of state, and the comparison
// with the CPU.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <memory>

#include "tests/baselines/support/promises.h"
#include "tests/baselines/support/tested_method.h"
#include "tests/support/temp_folder.h"
#include "tests/train/synthetic_pairs.h"

namespace synerbench::testing_support {

/// Skipped without a GPU.
class GpuTest : public testing::Test {
 protected:
  void SetUp() override;
  /// Forty updates of two 64 x 64 slices with mirror images, decay, averaging and four validations. `make`
  /// builds on "cuda".
  Training training(std::function<std::unique_ptr<Trainable>()> make) const;
  /// Weights of such a training give the same slice on the GPU and on the CPU, within `tolerance` (in [-1,
  /// 1]).
  void expect_synthesizes_what_the_cpu_does(const Training& training, const TestedMethod& method,
                                            double tolerance) const;

  const Task task_{"brain-mr-to-ct", "brain", Modality::kMRI, Modality::kCT};
  const SyntheticPairs pairs_{8, 64, 1}, validation_{2, 64, 2};
  TempFolder folder_;
};

}  // namespace synerbench::testing_support
