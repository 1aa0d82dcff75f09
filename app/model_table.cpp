#include "app/model_table.h"

#include <array>

#include "app/reference_model.h"
#include "baselines/trivial/trivial.h"
#ifdef SYNERBENCH_WITH_TORCH
#include "baselines/bbdm/bbdm.h"
#include "baselines/cyclegan/cyclegan.h"
#include "baselines/flow_unet/flow_unet.h"
#include "baselines/healthgpt/healthgpt.h"
#include "baselines/pix2pix/pix2pix.h"
#include "baselines/rcd/rcd.h"
#include "baselines/resvit/resvit.h"
#include "baselines/syndiff/syndiff.h"
#include "harness/train/per_task_model.h"
#endif

namespace synerbench {
namespace {

#ifdef SYNERBENCH_WITH_TORCH
// What one training of a method covers: "task", "pair", "all".
std::string covered_by(const std::string& method) {
  for (const TrainableEntry& entry : trainable_table()) {
    if (entry.name == method) return name_of(entry.routes);
  }
  return "";
}

// A method whose weights folders are found by task (see per_task_model.h).
Method learned_entry(const std::string& name, const std::string& label, const std::string& summary,
                     const std::vector<std::array<const char*, 2>>& options,
                     std::unique_ptr<Synthesizer> (*load)(const std::filesystem::path&, const LoadOptions&)) {
  Method row{name, label, summary, "weights folder made by train, or a folder of such folders", {}, {}};
  for (const auto& [option, meaning] : options)
    row.options.push_back({option, "as in the configuration", "as trained", meaning, true});
  row.load = [name, load](const LoadRequest& request) {
    LoadOptions options;
    options.device = request.device;
    options.switches = request.options;
    return load_per_task(
        request.path, name, [options, load](const auto& folder) { return load(folder, options); },
        covered_by(name));
  };
  return row;
}

Method pix2pix_entry() {
  return learned_entry("pix2pix", "Pix2Pix", "Pix2Pix (Isola et al. 2017): U-Net and conditional PatchGAN",
                       {{"bn_inference", "batch_stats (each slice its own, as the paper) or running_stats"},
                        {"dropout_inference", "off, or on (as the paper; random, seeded per slice)"}},
                       load_pix2pix);
}

Method cyclegan_entry() {
  return learned_entry(
      "cyclegan", "CycleGAN", "CycleGAN (Zhu et al. 2017): both directions, learnt without pairs",
      {{"direction", "task: by its modalities; A_to_B or B_to_A: always that one"}}, load_cyclegan);
}

Method bbdm_entry() {
  return learned_entry(
      "bbdm", "BBDM",
      "BBDM (Li et al. 2023): Brownian bridge diffusion from source to target, in pixels or latents",
      {{"sample_steps", "network evaluations per sample, at least 4"},
       {"clip_x0", "on, or off (as published): clamp every estimate of the target"},
       {"eta", "share of the posterior's noise that is drawn; 0: none"},
       {"samples", "samples per slice, of which the mean is taken"}},
      load_bbdm);
}

Method flow_unet_entry() {
  return learned_entry(
      "flow_unet", "Flow U-Net",
      "Flow U-Net: conditional flow matching, one model for all routes; a control of our own",
      {{"sampler", "euler, or heun (two evaluations per step)"},
       {"sample_steps", "steps from noise to image"},
       {"samples", "samples per slice, of which the mean is taken"}},
      load_flow_unet);
}

Method healthgpt_entry() {
  return learned_entry(
      "healthgpt", "HealthGPT",
      "HealthGPT (Lin et al. 2025), re-implemented: visual tokens in, picture codes out, H-LoRA plug-ins",
      {{"constrained", "on, or off (as published): decode freely, malformed pictures are grey"},
       {"temperature", "0: greedy; above: codes are drawn from the slice's seed"},
       {"answer", "generate, or round_trip: the source through the tokenizer, the ceiling"}},
      load_healthgpt);
}

Method resvit_entry() {
  return learned_entry("resvit", "ResViT",
                       "ResViT (Dalmaz et al. 2022): residual blocks and a shared vision transformer",
                       {{"bn_inference", "batch_stats (each slice its own, as published) or running_stats"},
                        {"dropout_inference", "off, or on (as published; random, seeded per slice)"}},
                       load_resvit);
}
#endif

}  // namespace

const MethodTable& model_table() {
  static const MethodTable table = [] {
    MethodTable entries = trivial_models();
#ifdef SYNERBENCH_WITH_TORCH
    entries.push_back(pix2pix_entry());
    entries.push_back(cyclegan_entry());
    entries.push_back(bbdm_entry());
    entries.push_back(learned_entry(
        "syndiff", "SynDiff",
        "SynDiff (Ozbey et al. 2023): adversarial diffusion, both directions, learnt without pairs", {},
        load_syndiff));
    entries.push_back(resvit_entry());
    entries.push_back(learned_entry(
        "rcd", "RCD",
        "RCD (arXiv 2407.07660): synthesis guided by registration; its disentanglement is a reconstruction",
        {}, load_rcd));
    entries.push_back(healthgpt_entry());
    entries.push_back(flow_unet_entry());
    entries.push_back(reference_entry());
#endif
    return entries;
  }();
  return table;
}

const std::vector<TrainableEntry>& trainable_table() {
  static const std::vector<TrainableEntry> table{
#ifdef SYNERBENCH_WITH_TORCH
      {"pix2pix", "Pix2Pix (Isola et al. 2017)", make_pix2pix},
      {"cyclegan", "CycleGAN (Zhu et al. 2017)", make_cyclegan, Routes::kPair},
      {"bbdm", "BBDM (Li et al. 2023), in pixel or latent space", make_bbdm, Routes::kTask, fit_bbdm},
      {"syndiff", "SynDiff (Ozbey et al. 2023)", make_syndiff, Routes::kPair, fit_syndiff},
      {"resvit", "ResViT (Dalmaz et al. 2022), both stages", make_resvit, Routes::kTask, fit_resvit},
      {"rcd", "RCD (arXiv 2407.07660): released part, and a reconstruction", make_rcd, Routes::kTask,
       fit_rcd},
      {"healthgpt", "HealthGPT (Lin et al. 2025), re-implemented, all stages", make_healthgpt, Routes::kAll,
       fit_healthgpt},
      {"flow_unet", "Flow U-Net: conditional flow matching, a control of our own", make_flow_unet,
       Routes::kAll},
#endif
  };
  return table;
}

}  // namespace synerbench
