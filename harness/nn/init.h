// Fresh weights, the same on every machine.
#pragma once

#include "harness/core/random.h"

namespace torch::nn {
class Module;
}

namespace synerbench::nn {

/// The initialisation of the Pix2Pix family: convolution and linear weights N(0, std), their biases 0; batch norm
/// weights N(1, 0.02), biases 0, running averages reset. Drawn layer by layer in registration order.
void initialise_normal(torch::nn::Module& network, double std, Random& random);

}  // namespace synerbench::nn
