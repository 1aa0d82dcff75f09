#include "harness/nn/network_fields.h"

namespace synerbench::nn {

const Schema<AdmUnetOptions>& adm_unet_fields() {
  using Options = AdmUnetOptions;
  static const Schema<Options> table = [] {
    Schema<Options> s;
    s.integer("width", &Options::width, 2, 1024, "channels of the U-Net's first level");
    s.integers("multipliers", &Options::multipliers, {.fewest = 1}, "width of each level, times width");
    s.integer("blocks", &Options::blocks, 1, 8, "residual blocks per level");
    s.integers("attention_factors", &Options::attention_factors, {},
               "attention where the side is reduced by one of these");
    s.integer("head_width", &Options::head_width, 1, 1024, "channels of an attention head");
    s.integer("gn_groups", &Options::groups, 1, 1024, "groups of the group norms");
    s.check([](Options& o, const FieldPlace& at) {
      const std::string trouble = trouble_with(o);
      if (!trouble.empty())
        throw at.error("width", trouble, "width, head_width and gn_groups must fit each other");
    });
    return s;
  }();
  return table;
}

const Schema<VqAutoencoderOptions>& vq_autoencoder_fields() {
  using Options = VqAutoencoderOptions;
  static const Schema<Options> table = [] {
    Schema<Options> s;
    s.integer("width", &Options::width, 1, 1024, "channels of the autoencoder's first level");
    s.integers("multipliers", &Options::multipliers, {.fewest = 1}, "width of each level, times width");
    s.integer("blocks", &Options::blocks, 1, 8, "residual blocks per level");
    s.integers("attention_factors", &Options::attention_factors, {},
               "attention where the side is reduced by one of these");
    s.integer("latent_channels", &Options::latent_channels, 1, 1024, "channels the encoder ends in");
    s.integer("code_channels", &Options::code_channels, 1, 1024, "numbers in a code");
    s.integer("codes", &Options::codes, 2, 1 << 20, "codes in the codebook");
    s.integer("gn_groups", &Options::groups, 1, 1024, "groups of the group norms");
    s.check([](Options& o, const FieldPlace& at) {
      const std::string trouble = trouble_with(o);
      if (!trouble.empty()) throw at.error("width", trouble, "gn_groups divides the width");
    });
    return s;
  }();
  return table;
}

}  // namespace synerbench::nn
