// Fresh weights, the same on every machine.
#pragma once

#include "harness/core/random.h"

namespace torch::nn {
class Module;
}

namespace synerbench::nn {

/// The initialization of the Pix2Pix family: convolution and linear weights N(0, std), their biases 0; batch
/// norm weights N(1, 0.02), biases 0, running averages reset. Drawn layer by layer in registration order.
void initialize_normal(torch::nn::Module& network, double std, Random& random);

/// What LibTorch gives fresh layers, but drawn from `random`: convolution and linear weights and biases
/// uniform in +-1/sqrt(fan in); normalization weights 1, biases 0, running averages reset. Parameters that
/// belong to none of these layers (position tables) stay as they are.
void initialize_fan_in(torch::nn::Module& network, Random& random);

}  // namespace synerbench::nn
