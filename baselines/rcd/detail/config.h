// RCD's settings.
#pragma once

#include <string>

#include "harness/core/schema.h"
#include "harness/nn/gan_loss.h"
#include "harness/train/schedule.h"

namespace synerbench::rcd {

enum class Core {
  kUnet,  // the generator of the released code
  kAcds,  // RECONSTRUCTION of the disentanglement module, whose source is not public
};

struct Config {
  std::string preset = "official";
  Core core = Core::kAcds;
  int dimensions = 2;
  int64_t ngf = 16;      // U-Net, registration network and ACDS
  int64_t halvings = 3;  // of the U-Nets
  int64_t ndf = 16, n_layers_D = 2;
  int64_t integration_steps = 7;
  int64_t acds_blocks = 4, style_width = 64, style = 8, domain_codes = 2;
  nn::GanObjective gan = nn::GanObjective::kVanilla;
  double lambda_align = 20, lambda_smooth = 10, lambda_gan = 1;    // of each branch
  double lambda_self = 10, lambda_cycle = 10, lambda_anatomy = 1;  // ACDS
  double lr = 2e-4, beta1 = 0.5, beta2 = 0.999;
  double init_std = 0.02, flow_std = 1e-5;
  Schedule schedule{
      .kind = Schedule::Kind::kPolynomial, .unit = BudgetUnit::kEpochs, .length = 200, .power = 0.9};

  /// Height and width of a slice must be multiples of this.
  int64_t multiple() const;
};

const Schema<Config>& fields();
std::string name_of(Core core);  // "unet" "acds"

}  // namespace synerbench::rcd
