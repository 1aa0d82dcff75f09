// Questions and synthesis samples, built from the slices of a store. Plain memory, no LibTorch.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/core/keys.h"
#include "harness/core/modality.h"
#include "harness/core/model.h"
#include "harness/core/random.h"
#include "harness/core/task_pairs.h"
#include "reference/mot/packing.h"
#include "reference/tokenizer/tokenizer.h"
#include "reference/transforms/image.h"
#include "reference/transforms/resize.h"

namespace synerbench::reference {

/// The kinds of samples the model learns from.
enum class InstanceKind {
  kCts,        // cross-modal target selection: which of N slices is the source's counterpart
  kMi,         // modality identification, one image
  kMiPanel,    // modality identification, four panels, the answer is a JSON object (the authors' form)
  kTia,        // translation intent alignment: which description fits the change
  kSynthesis,  // source and instruction to target latents
  // Recognition: about one slice alone, never about a pair. What UniMedVL learns beside synthesis.
  kVqa,          // a question about modality, region or level of a slice
  kCaption,      // a sentence that holds all three
  kTextToImage,  // that sentence to the slice's latents, without a source
  kText,         // a question and an answer in words alone
};
/// "cts" "mi" "mi-panel" "tia" "synthesis" "vqa" "caption" "text-to-image" "text"
std::string name_of(InstanceKind kind);
/// The kinds that ask about images and have an answer in words: all but the last two and kSynthesis.
const std::vector<InstanceKind>& question_kinds();
/// One of question_kinds(), by name. Error(kUsage) at `place` with "did you mean".
InstanceKind parse_question_kind(const std::string& name, const std::string& place);

/// One step of an instance, in reading order.
struct InstanceItem {
  PlanItem::Kind kind = PlanItem::Kind::kText;
  std::string text = {};  // of text
  size_t image = 0;       // of images: index into Instance::images
  bool learned = false;
  bool droppable = false;
};

struct SliceImage {
  int64_t height = 0, width = 0;
  std::vector<float> pixels;  // in [-1, 1]
};

/// Where an image came from. Equal origins, equal pixels.
struct ImageOrigin {
  std::string task;  // id
  Modality modality = Modality::kCT;
  SliceKey slice;  // with its patient
  bool operator==(const ImageOrigin&) const = default;
  std::strong_ordering operator<=>(const ImageOrigin&) const = default;
};

struct Instance {
  InstanceKind kind = InstanceKind::kCts;
  std::vector<InstanceItem> items = {};
  std::vector<SliceImage> images = {};
  std::vector<ImageOrigin> origins = {};  // one per image
  std::string answer = {};                // of questions
  std::vector<Modality> labels = {};      // of kMiPanel, per panel
  size_t options = 0;                     // of lettered questions

  /// The images it asks about: all panels of kMiPanel, else the first; none of kText.
  std::span<const ImageOrigin> subjects() const;
};

struct InstanceSettings {
  size_t candidates = 4;  // of CTS
  int64_t neighbors = 8;  // negatives lie at most so many slices away from the true one
  /// Mean absolute difference, as a share of the range, below which slices are duplicates.
  double least_difference = 0.002;
  size_t panels = 4;         // of MI
  size_t route_options = 4;  // of TIA
  double confusable = 0.5;   // share of panel questions that hold two modalities easily taken for each other
  bool random_negatives = false;  // ablation: negatives from other patients instead of neighbors
  /// Ids of the tasks that synthesis samples come from; empty: all. Questions come from all tasks in any
  /// case.
  std::vector<std::string> routes = {};
};

/// Draws instances. Everything random comes from the Random that is passed in, so an instance is a function
/// of its seed.
class InstanceBuilder {
 public:
  /// Error(kUsage) when there are no pairs at all, when a task has several source images, or when
  /// `settings.routes` names none of the tasks.
  InstanceBuilder(std::vector<TaskPairs> tasks, const InstanceSettings& settings);

  /// Error(kBadInput) when the data cannot give that kind (CTS: no case has enough different neighbors).
  Instance make(InstanceKind kind, Random& random) const;
  /// The synthesis sample of one given pair.
  Instance synthesis(size_t task, int64_t index, size_t instruction) const;
  const std::vector<TaskPairs>& tasks() const { return tasks_; }

 private:
  struct Place {
    size_t task = 0;
    int64_t index = 0;
  };
  Place draw_place(Random& random) const;
  Place draw_route(Random& random) const;
  SliceImage image_of(const Place& place, bool source) const;
  void add_image(Instance& instance, const Place& place, bool source) const;
  Instance cts(Random& random) const;
  Instance mi(Random& random) const;
  Instance mi_panel(Random& random) const;
  Instance tia(Random& random) const;
  Instance recognition(InstanceKind kind, Random& random) const;
  Instance words(Random& random) const;
  std::vector<Place> negatives(const Place& place, Random& random) const;

  std::vector<TaskPairs> tasks_;
  InstanceSettings settings_;
  std::vector<std::vector<SliceKey>> keys_;    // [task][index]
  std::vector<std::vector<size_t>> level_of_;  // [task][index] third of the case's slices: 0, 1, 2
  std::vector<size_t> routes_;                 // tasks that synthesis samples come from
  // Per modality: the tasks that hold it, and whether as their source.
  std::vector<std::pair<Modality, std::vector<std::pair<size_t, bool>>>> by_modality_;
  int64_t total_ = 0;
};

/// Share of an answer that is right: 1 or 0 for letters, names and sentences, panels right / panels for
/// kMiPanel. A letter is taken alone, or as the last stand-alone letter of the text; a panel answer must be
/// the JSON object.
double score_answer(const Instance& instance, const std::string& answer);

/// How images are prepared for a model.
struct ImageRules {
  ResizeRule vit = resize_rules::kVitUnderstanding;
  ResizeRule vae = resize_rules::kVae;
  /// The ViT sees the image already resized for the autoencoder (interleaved inferencer).
  bool vit_after_vae = false;
};
/// The rule with its limits lowered to what the position tables of a model can hold.
ResizeRule fitted(const ResizeRule& rule, int64_t stride, int64_t grid);
ImageRules fitted(const ImageRules& rules, const ModelSizes& sizes);

/// A plan whose images are ready: PlanItem::image counts them in plan order.
struct PreparedSample {
  SamplePlan plan;
  std::vector<ImageTensor> images;
  /// Of the images; nothing where an image is not, or no longer, what its origin says (augmented).
  std::vector<std::optional<ImageOrigin>> origins = {};
};
/// `rules` must fit the model (see fitted). `images_share_pixels`: max_pixels is divided by the number of ViT
/// images, as official training does.
PreparedSample prepare(const Instance& instance, const Tokenizer& tokenizer, const ImageRules& rules,
                       bool images_share_pixels = false);

}  // namespace synerbench::reference
