#include "harness/nn/network_fields.h"

#include "harness/core/error.h"

namespace synerbench::nn {
namespace {

/// What both kinds of network have.
template <class Options>
void read_levels(JsonObject& object, Options& o) {
  o.multipliers = fields::integers_or(object, "multipliers", o.multipliers, {.fewest = 1});
  o.blocks = object.integer_or("blocks", o.blocks, 1, 8);
  o.attention_factors = fields::integers_or(object, "attention_factors", o.attention_factors);
  o.groups = object.integer_or("gn_groups", o.groups, 1, 1024);
}

}  // namespace

void read_fields(JsonObject& object, AdmUnetOptions& o) {
  o.width = object.integer_or("width", o.width, 2, 1024);
  o.head_width = object.integer_or("head_width", o.head_width, 1, 1024);
  read_levels(object, o);
  const std::string trouble = trouble_with(o);
  if (!trouble.empty())
    throw usage_error(object.where("width"), trouble, "width, head_width and gn_groups must fit each other");
}

Json fields_of(const AdmUnetOptions& o) {
  return {{"width", o.width},           {"multipliers", o.multipliers},
          {"blocks", o.blocks},         {"attention_factors", o.attention_factors},
          {"head_width", o.head_width}, {"gn_groups", o.groups}};
}

void read_fields(JsonObject& object, VqAutoencoderOptions& o) {
  o.width = object.integer_or("width", o.width, 1, 1024);
  o.latent_channels = object.integer_or("latent_channels", o.latent_channels, 1, 1024);
  o.code_channels = object.integer_or("code_channels", o.code_channels, 1, 1024);
  o.codes = object.integer_or("codes", o.codes, 2, 1 << 20);
  read_levels(object, o);
  const std::string trouble = trouble_with(o);
  if (!trouble.empty()) throw usage_error(object.where("width"), trouble, "gn_groups divides the width");
}

Json fields_of(const VqAutoencoderOptions& o) {
  return {{"width", o.width},
          {"multipliers", o.multipliers},
          {"blocks", o.blocks},
          {"attention_factors", o.attention_factors},
          {"latent_channels", o.latent_channels},
          {"code_channels", o.code_channels},
          {"codes", o.codes},
          {"gn_groups", o.groups}};
}

}  // namespace synerbench::nn
