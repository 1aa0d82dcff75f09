#include "reference/stages/stage_recipe.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "harness/core/error.h"

namespace synerbench::reference {
namespace {

std::vector<StageRecipe> make_stages() {
  StageRecipe gau;  // Stage I; the shares are those of the authors' data
  gau.stage = "gau";
  gau.mixture = {0.468, 0.381, 0.0, 0.150, 0.0};

  StageRecipe ucg;  // Stage II as in the authors' figure
  ucg.stage = "ucg";
  ucg.mixture = {0, 0, 0, 0, 1.0};
  ucg.train_understanding = ucg.train_vit = ucg.train_embeddings = false;
  ucg.train_generation = true;
  ucg.freeze_understanding = true;

  StageRecipe all = ucg;  // Stage II as in second-hand notes
  all.stage = "ucg-all";
  all.train_understanding = all.train_vit = all.train_embeddings = true;
  all.freeze_understanding = false;

  StageRecipe mixed = all;  // one run, both groups at equal weight
  mixed.stage = "mixed";
  mixed.mixture = {0.468, 0.381, 0.0, 0.150, 1.0};
  mixed.ce_reduction = CeReduction::kTokenMean;

  StageRecipe recognition = gau;
  recognition.stage = "recognition";
  recognition.mixture = {.vqa = 0.5, .caption = 0.5};

  StageRecipe shuffled = gau;
  shuffled.stage = "shuffled";
  shuffled.instances.shuffled_answers = true;

  // UniMedVL: shares and what is frozen are published, the rest is not (docs/reference-model.md). Its
  // image-to-text share is half questions, half captions.
  StageRecipe foundation = all;
  foundation.stage = "unimedvl-foundation";
  foundation.mixture = {.vqa = 0.375, .caption = 0.375, .text_to_image = 0.25};
  foundation.ce_reduction = CeReduction::kTokenMean;
  foundation.ce_weight = 0.25;

  StageRecipe instruction = foundation;
  instruction.stage = "unimedvl-instruction";
  instruction.mixture = {
      .synthesis = 0.10, .vqa = 0.20, .caption = 0.20, .text_to_image = 0.45, .text = 0.05};
  instruction.train_vit = false;

  StageRecipe unified = instruction;
  unified.stage = "unimedvl-unified";
  unified.mixture = {.synthesis = 0.25, .vqa = 0.185, .caption = 0.185, .text_to_image = 0.35, .text = 0.03};

  // The stand-ins for what the published model brings from the web: see reference/pictures/pictures.h.
  StageRecipe plain = all;
  plain.stage = "base-plain";
  plain.mixture = {.picture = 0.2,
                   .picture_question = 0.2,
                   .picture_choice = 0.2,
                   .list_choice = 0.1,
                   .picture_edit = 0.3};
  plain.ce_reduction = CeReduction::kTokenMean;

  StageRecipe web = plain;  // and 15 % single slices, never two modalities of a patient
  web.stage = "base-web";
  web.mixture = {.vqa = 0.02,
                 .caption = 0.03,
                 .text_to_image = 0.05,
                 .picture = 0.17,
                 .picture_question = 0.17,
                 .picture_choice = 0.17,
                 .list_choice = 0.085,
                 .picture_edit = 0.255,
                 .scan_edit = 0.05};
  web.instances.one_modality = true;
  return {gau, ucg, all, mixed, recognition, shuffled, foundation, instruction, unified, plain, web};
}

const std::vector<StageRecipe>& stages() {
  static const std::vector<StageRecipe> kStages = make_stages();
  return kStages;
}

constexpr int64_t kAny = std::numeric_limits<int64_t>::max();

const Schema<Mixture>& mixture_schema() {
  static const Schema<Mixture> table = [] {
    Schema<Mixture> s;
    s.number("cts", &Mixture::cts, kNotNegative, "cross-modal target selection");
    s.number("tia", &Mixture::tia, kNotNegative, "translation intent alignment");
    s.number("mi", &Mixture::mi, kNotNegative, "modality identification, one image");
    s.number("mi_panel", &Mixture::mi_panel, kNotNegative, "modality identification, panels");
    s.number("synthesis", &Mixture::synthesis, kNotNegative, "source and instruction to target");
    s.number("vqa", &Mixture::vqa, kNotNegative, "questions about one slice");
    s.number("caption", &Mixture::caption, kNotNegative, "captions of one slice");
    s.number("text_to_image", &Mixture::text_to_image, kNotNegative, "captions to slices");
    s.number("text", &Mixture::text, kNotNegative, "questions in words alone");
    s.number("picture", &Mixture::picture, kNotNegative, "captions to procedural pictures");
    s.number("picture_question", &Mixture::picture_question, kNotNegative,
             "questions about procedural pictures");
    s.number("picture_choice", &Mixture::picture_choice, kNotNegative,
             "questions with lettered options about procedural pictures");
    s.number("list_choice", &Mixture::list_choice, kNotNegative,
             "questions with lettered options about a list in words");
    s.number("picture_edit", &Mixture::picture_edit, kNotNegative,
             "a procedural picture and an instruction to the changed picture");
    s.number("scan_edit", &Mixture::scan_edit, kNotNegative,
             "one slice and an instruction to the changed slice: keep, blur, denoise");
    return s;
  }();
  return table;
}

const Schema<ConditionDropout>& dropout_schema() {
  static const Schema<ConditionDropout> table = [] {
    Schema<ConditionDropout> s;
    s.number("text", &ConditionDropout::text, kNotNegative, "share of samples without their instruction");
    s.number("vit", &ConditionDropout::vit, kNotNegative, "without the source as the ViT sees it");
    s.number("vae", &ConditionDropout::vae, kNotNegative, "without the source's latents");
    return s;
  }();
  return table;
}

const Schema<ResizeRule>& rule_schema() {
  static const Schema<ResizeRule> table = [] {
    Schema<ResizeRule> s;
    s.integer("max_size", &ResizeRule::max_size, 1, kAny, "largest side, pixels");
    s.integer("min_size", &ResizeRule::min_size, 1, kAny, "least side, pixels");
    s.integer("max_pixels", &ResizeRule::max_pixels, 1, kAny, "of an image");
    s.check([](ResizeRule& rule, const FieldPlace& at) {
      if (rule.min_size > rule.max_size)
        throw at.error("min_size", "is larger than max_size", "set both of them");
    });
    return s;
  }();
  return table;
}

const Schema<InstanceSettings>& instances_schema() {
  static const Schema<InstanceSettings> table = [] {
    using S = InstanceSettings;
    Schema<S> s;
    s.integer("candidates", &S::candidates, 2, 26, "slices to choose from in a CTS question");
    s.integer("neighbors", &S::neighbors, 1, 64, "the slices of a CTS question lie at most so far apart");
    s.number("least_difference", &S::least_difference, kNotNegative,
             "mean absolute difference, as a share of the range, below which slices are duplicates");
    s.number(
        "area_tolerance", &S::area_tolerance, kNotNegative,
        "the largest body of the slices of a CTS question is at most so much larger than the smallest, where "
        "the volume allows it");
    s.integer("panels", &S::panels, 1, 26, "of a panel question");
    s.integer("route_options", &S::route_options, 2, 4,
              "descriptions to choose from in a TIA question: 2 or 4");
    s.boolean(
        "crossed_routes", &S::crossed_routes,
        "either image of a TIA question leaves two descriptions, where the region has such routes; else the "
        "truth's reverse is always among them");
    s.number("confusable", &S::confusable, kNotNegative,
             "share of panel questions with two modalities easily taken for each other");
    s.boolean("random_negatives", &S::random_negatives, "negatives from other patients instead of neighbors");
    s.boolean("shuffled_answers", &S::shuffled_answers, "the answer is that of another question: a control");
    s.boolean("one_modality", &S::one_modality,
              "recognition, captions to slices and scan edits show one modality of each patient only");
    s.integer("picture_side", &S::picture_side, 16, 1024, "pixels of a procedural picture's side");
    s.texts("routes", &S::routes, "ids of the tasks that synthesis samples come from; empty: all");
    s.check([](S& settings, const FieldPlace& at) {
      if (settings.route_options == 3)
        throw at.error("route_options", "3 is odd, and routes come with their reverse", "take 2 or 4");
      if (!settings.random_negatives && settings.neighbors + 1 < static_cast<int64_t>(settings.candidates))
        throw at.error("neighbors",
                       fmt::format("so near there is no room for {} slices", settings.candidates),
                       "raise neighbors, or take fewer candidates");
    });
    return s;
  }();
  return table;
}

using R = StageRecipe;

void add_mixture(Schema<R>& s) {
  std::vector<std::pair<std::string, R>> named;
  for (const R& stage : stages()) named.emplace_back(stage.stage, stage);
  s.preset("stage", &R::stage, std::move(named), "gives the other fields their defaults");
  s.custom(
      "mixture",
      "object: cts, tia, mi, mi_panel, synthesis, vqa, caption, text_to_image, text, picture, "
      "picture_question, picture_choice, list_choice, picture_edit, scan_edit",
      "share of each kind of sample; those left out are 0",
      [](R& r, JsonObject& o) {
        if (!o.mark("mixture")) return;
        JsonObject given = o.object("mixture");
        Mixture mixture;
        mixture_schema().read_fields(mixture, given);
        given.done();
        r.mixture = mixture;
      },
      [](R& r) { return mixture_schema().write(r.mixture); });
}

void add_training_parts(Schema<R>& s) {
  s.boolean("train_understanding", &R::train_understanding,
            "the understanding expert and the connector train");
  s.boolean("train_generation", &R::train_generation, "the generation expert trains");
  s.boolean("train_vit", &R::train_vit, "the vision transformer trains");
  s.boolean("train_embeddings", &R::train_embeddings, "embedding and head train");
  s.boolean("freeze_understanding", &R::freeze_understanding, "detach the understanding rows");
}

void add_losses(Schema<R>& s) {
  s.number("ce_weight", &R::ce_weight, kNotNegative, "weight of the cross-entropy");
  s.number("mse_weight", &R::mse_weight, kNotNegative, "weight of the velocity's error");
  s.choice("ce_reduction", &R::ce_reduction,
           {{"per_task", CeReduction::kPerTask}, {"token_mean", CeReduction::kTokenMean}},
           "mean over each task's tokens and their sum, or one mean over all tokens");
  s.number("timestep_shift", &R::timestep_shift, kPositive, "of the times of the flow");
  s.object("dropout", &R::dropout, dropout_schema(), "condition dropout");
}

void add_optimizer(Schema<R>& s) {
  s.number("lr", &R::lr, kPositive, "AdamW's learning rate");
  s.boolean("cosine", &R::cosine, "the rate falls along half a cosine to min_lr; else it is constant");
  s.integer("warmup", &R::warmup, 0, kAny, "updates of linear rise from 0");
  s.number("min_lr", &R::min_lr, kNotNegative, "where the cosine ends");
  s.number("beta1", &R::beta1, kBelowOne, "AdamW");
  s.number("beta2", &R::beta2, kBelowOne, "AdamW");
  s.number("eps", &R::eps, kPositive, "AdamW");
  s.number("weight_decay", &R::weight_decay, kNotNegative, "AdamW");
  s.number("clip", &R::clip, kNotNegative, "largest L2 norm of all gradients; 0: no clipping");
  s.number("ema_decay", &R::ema_decay, kBelowOne, "average of the weights; 0: none");
  s.integer("accumulation", &R::accumulation, 1, kAny, "packs per update");
}

void add_packing(Schema<R>& s) {
  s.integer("expected_tokens", &R::expected_tokens, 1, kAny, "a pack ends when it has so many");
  // The next three follow the field before them where they are left out.
  s.custom(
      "max_tokens", "whole number, at least expected_tokens", "never passed by a pack",
      [](R& r, JsonObject& o) {
        r.max_tokens =
            o.integer_or("max_tokens", std::max(r.max_tokens, r.expected_tokens), r.expected_tokens);
      },
      [](R& r) { return Json(r.max_tokens); });
  s.custom(
      "max_sample_tokens", "whole number, 1 .. max_tokens", "longer samples are left out",
      [](R& r, JsonObject& o) {
        r.max_sample_tokens =
            o.integer_or("max_sample_tokens", std::min(r.max_sample_tokens, r.max_tokens), 1, r.max_tokens);
      },
      [](R& r) { return Json(r.max_sample_tokens); });
  s.custom(
      "prefer_buffer_before", "whole number, at least 0",
      "samples that wait go first while a pack is shorter",
      [](R& r, JsonObject& o) {
        r.prefer_buffer_before =
            o.integer_or("prefer_buffer_before", std::min(r.prefer_buffer_before, r.expected_tokens), 0);
      },
      [](R& r) { return Json(r.prefer_buffer_before); });
  s.integer("max_buffer", &R::max_buffer, 0, kAny, "samples that wait for the next pack");
}

void add_images_and_questions(Schema<R>& s) {
  s.object(
      "vit", [](R& r) -> ResizeRule& { return r.images.vit; }, rule_schema(), "images for the ViT");
  s.object(
      "vae", [](R& r) -> ResizeRule& { return r.images.vae; }, rule_schema(), "images for the autoencoder");
  s.object("instances", &R::instances, instances_schema(), "how questions are made");
}

void add_computing(Schema<R>& s) {
  s.word("compute", &R::compute, {"f32", "bf16"}, "type of the products");
  s.boolean("recompute_layers", &R::recompute_layers, "keep one input per layer and compute the rest again")
      .speed_only();
  s.integer("latent_cache", &R::latent_cache, 0, kAny, "MiB of encoded images to keep; 0: none");
}

/// In the order of help and documents, which is also the order of reading: a field may follow one before it.
Schema<R> make_schema() {
  Schema<R> s;
  add_mixture(s);
  add_training_parts(s);
  add_losses(s);
  add_optimizer(s);
  add_packing(s);
  add_images_and_questions(s);
  add_computing(s);
  s.check([](R& r, const FieldPlace& at) {
    if (!r.mixture.asks() && !r.mixture.synthesizes()) {
      throw at.error("mixture", "every share is 0, so there is nothing to learn",
                     "give at least one kind a share");
    }
  });
  return s;
}

}  // namespace

double Mixture::of(InstanceKind kind) const {
  switch (kind) {
    case InstanceKind::kCts:
      return cts;
    case InstanceKind::kMi:
      return mi;
    case InstanceKind::kMiPanel:
      return mi_panel;
    case InstanceKind::kTia:
      return tia;
    case InstanceKind::kSynthesis:
      return synthesis;
    case InstanceKind::kVqa:
      return vqa;
    case InstanceKind::kCaption:
      return caption;
    case InstanceKind::kTextToImage:
      return text_to_image;
    case InstanceKind::kText:
      return text;
    case InstanceKind::kPicture:
      return picture;
    case InstanceKind::kPictureQuestion:
      return picture_question;
    case InstanceKind::kPictureChoice:
      return picture_choice;
    case InstanceKind::kListChoice:
      return list_choice;
    case InstanceKind::kPictureEdit:
      return picture_edit;
    case InstanceKind::kScanEdit:
      return scan_edit;
  }
  check_failed("known kind", __FILE__, __LINE__, "");
}

bool StageRecipe::trains(Part part) const {
  switch (part) {
    case Part::kUnderstanding:
      return train_understanding && !freeze_understanding;
    case Part::kGeneration:
      return train_generation;
    case Part::kEmbedding:
      return train_embeddings && !freeze_understanding;
    // The head learns from answers only; without any it would get no gradient.
    case Part::kHead:
      return train_embeddings && mixture.asks();
    case Part::kConnector:
      return train_understanding && !freeze_understanding;
    case Part::kVit:
      return train_vit && !freeze_understanding;
    case Part::kFlow:
      return train_generation;
    case Part::kTable:
      return false;
    case Part::kVae:
      return false;
  }
  check_failed("known part", __FILE__, __LINE__, "");
}

std::vector<std::string> stage_names() {
  std::vector<std::string> names;
  for (const StageRecipe& stage : stages()) names.push_back(stage.stage);
  return names;
}

StageRecipe stage_recipe(const std::string& name) {
  for (const StageRecipe& stage : stages()) {
    if (stage.stage == name) return stage;
  }
  throw usage_error("stage", fmt::format("unknown name \"{}\"", name), did_you_mean(name, stage_names()));
}

const Schema<StageRecipe>& stage_schema() {
  static const Schema<StageRecipe> table = make_schema();
  return table;
}

StageRecipe stage_recipe_from_json(const Json& json, const std::string& place) {
  return stage_schema().read(json, place);
}

Json to_json(const StageRecipe& recipe) { return stage_schema().write(recipe); }

Schedule StageRecipe::schedule(int64_t updates) const {
  return {.kind = cosine ? Schedule::Kind::kCosine : Schedule::Kind::kConstant,
          .warmup = warmup,
          .length = updates,
          .least = min_lr};
}

std::vector<SampleKind> kinds_of(const StageRecipe& recipe) {
  const Mixture& m = recipe.mixture;
  std::vector<SampleKind> kinds;
  const auto add = [&](SampleKind kind, double share) {
    if (share > 0) kinds.push_back(kind);
  };
  add(SampleKind::kWords, m.text);
  add(SampleKind::kPictures, m.picture + m.picture_question + m.picture_choice + m.list_choice);
  add(SampleKind::kEdits, m.picture_edit);
  add(SampleKind::kSingleSlices, m.text_to_image + m.scan_edit);
  add(SampleKind::kRecognitionQuestions, m.vqa + m.caption);
  add(recipe.instances.shuffled_answers ? SampleKind::kShuffledQuestions : SampleKind::kGauQuestions,
      m.cts + m.tia + m.mi + m.mi_panel);
  add(SampleKind::kSynthesis, m.synthesis);
  return kinds;
}

void fit(StageRecipe& recipe, int64_t updates, bool warmup, bool average) {
  if (warmup) recipe.warmup = fitted(recipe.schedule(updates), updates).warmup;
  if (average) recipe.ema_decay = fitted_average(recipe.ema_decay, updates);
}

void require_fit(const StageRecipe& recipe, int64_t updates, const std::string& place) {
  const std::string what = "the stage " + recipe.stage;
  require_fitting_warmup(recipe.warmup, updates, what, place);
  require_fitting_average(recipe.ema_decay, 1, updates, what, place);
}

}  // namespace synerbench::reference
