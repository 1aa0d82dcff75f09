#include "reference/network/forward.h"

#include <ATen/ATen.h>

#include "harness/core/error.h"
#include "reference/mot/attention_plan.h"

namespace synerbench::reference {
namespace {

template <class T>
at::Tensor to_tensor(const std::vector<T>& values, at::ScalarType type, const at::Device& device) {
  return at::tensor(at::ArrayRef<T>(values), at::TensorOptions(type)).to(device);
}

}  // namespace

at::Tensor flow_times(const at::Tensor& normals, double shift) {
  const at::Tensor t = at::sigmoid(normals);
  return shift * t / (1.0 + (shift - 1.0) * t);
}

ForwardResult training_forward(const PackedSequence& s, const PackedInputs& inputs, const Network& network,
                               const ForwardSettings& settings, const Observer& observe) {
  const at::Device device = network.device();
  const at::ScalarType compute = settings.decoder.compute;
  const auto longs = [&](const auto& values) { return to_tensor(values, at::kLong, device); };

  // Packed order: text, ViT, VAE (see Note [Packed order]).
  std::vector<int64_t> order = s.text_indexes;
  order.insert(order.end(), s.vit_token_indexes.begin(), s.vit_token_indexes.end());
  const auto understanding = static_cast<int64_t>(order.size());
  order.insert(order.end(), s.vae_token_indexes.begin(), s.vae_token_indexes.end());
  const PackedRows rows =
      make_packed_rows(order, understanding, s.position_ids,
                       plan_attention(s.split_lens, s.split_modes, s.sample_lens), network.decoder);
  std::vector<int64_t> row_of(order.size());
  for (size_t i = 0; i < order.size(); ++i) row_of[static_cast<size_t>(order[i])] = static_cast<int64_t>(i);
  const auto rows_at = [&](const std::vector<int64_t>& positions) {
    std::vector<int64_t> out;
    for (const int64_t position : positions) out.push_back(row_of[static_cast<size_t>(position)]);
    return longs(out);
  };

  std::vector<at::Tensor> parts;
  if (!s.text_ids.empty()) {
    const std::vector<int64_t> ids(s.text_ids.begin(), s.text_ids.end());
    parts.push_back(at::embedding(network.decoder.embedding, longs(ids)));
  }
  if (!s.vit_token_indexes.empty()) {
    parts.push_back(
        vit_forward(inputs.patches, longs(s.vit_position_ids), s.vit_seqlens, network.vit, settings.decoder)
            .to(network.dtype()));
  }
  at::Tensor target;  // noise - latent: the velocity from data to noise
  if (!s.vae_token_indexes.empty()) {
    SB_CHECK(inputs.latents.size(0) == static_cast<int64_t>(s.vae_token_indexes.size()),
             "one latent per VAE token");
    // Time is the same for all tokens of an image, so it is embedded once per image.
    std::vector<float> normals;
    std::vector<int64_t> image_of;
    for (size_t image = 0; image < s.latent_shapes.size(); ++image) {
      normals.push_back(s.timesteps[image_of.size()]);
      image_of.insert(image_of.end(),
                      static_cast<size_t>(s.latent_shapes[image][0] * s.latent_shapes[image][1]),
                      static_cast<int64_t>(image));
    }
    const at::Tensor t = flow_times(to_tensor(normals, at::kFloat, device), settings.timestep_shift),
                     token_image = longs(image_of);
    const at::Tensor t_rows = t.index_select(0, token_image).unsqueeze(1);
    const at::Tensor noised = (1.0 - t_rows) * inputs.latents + t_rows * inputs.noise;
    target = inputs.noise - inputs.latents;
    const at::Tensor times = time_embedding(t, network, compute).index_select(0, token_image);
    parts.push_back(
        latent_rows(noised, times, longs(s.latent_position_ids), network, compute).to(network.dtype()));
  }
  const auto in_sequence = [&](const at::Tensor& x) { return x.index_select(0, rows.to_sequence); };
  const at::Tensor hidden_in = parts.size() == 1 ? parts[0] : at::cat(parts, 0);
  Observer observe_rows;
  if (observe) {
    observe("hidden_in", in_sequence(hidden_in));
    observe_rows = [&](const std::string& name, const at::Tensor& value) {
      observe(name, in_sequence(value));
    };
  }
  const at::Tensor hidden = decoder_forward(hidden_in, network.decoder, rows, settings.decoder, observe_rows);
  if (observe) observe("hidden_final", in_sequence(hidden));

  ForwardResult result;
  if (!s.mse_loss_indexes.empty()) {
    const at::Tensor target_rows = rows_at(s.mse_loss_indexes);
    result.prediction = network.llm2vae(hidden.index_select(0, target_rows), compute);
    result.mse =
        (result.prediction.to(at::kFloat) - target.index_select(0, target_rows - understanding)).square();
  }
  if (!s.ce_loss_indexes.empty()) {
    result.logits = network.decoder.head(hidden.index_select(0, rows_at(s.ce_loss_indexes)), compute);
    const std::vector<int64_t> labels(s.label_ids.begin(), s.label_ids.end());
    result.ce = at::cross_entropy_loss(result.logits.to(at::kFloat), longs(labels), {}, at::Reduction::None);
  }
  return result;
}

at::Tensor mse_loss(const ForwardResult& result) {
  return result.mse.mean(-1).sum() / static_cast<double>(result.mse.size(0));
}

at::Tensor ce_loss(const ForwardResult& result) {
  return result.ce.sum() / static_cast<double>(result.ce.size(0));
}

at::Tensor ce_loss_reweighted(const ForwardResult& result, const std::vector<float>& weights) {
  const at::Tensor w = to_tensor(weights, at::kFloat, result.ce.device());
  return (result.ce * w).sum() / w.sum();
}

at::Tensor tokens_of_padded(const at::Tensor& latents, const std::vector<std::array<int64_t, 2>>& shapes,
                            int64_t p) {
  SB_CHECK(latents.size(0) == static_cast<int64_t>(shapes.size()), "one latent per image");
  std::vector<at::Tensor> parts;
  for (size_t i = 0; i < shapes.size(); ++i) {
    const at::Tensor own =
        latents[static_cast<int64_t>(i)].narrow(1, 0, shapes[i][0] * p).narrow(2, 0, shapes[i][1] * p);
    parts.push_back(latent_tokens(own, p));
  }
  return at::cat(parts, 0);
}

}  // namespace synerbench::reference
