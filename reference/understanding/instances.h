// Questions and synthesis samples, built from the slices of a store. Plain memory, no LibTorch.
//
// A question is drawn as numbers (Question): which slices, which options, which words. Drawing reads no
// pixels but, for CTS, the body areas of a case when it first comes up. Its pixels and texts are made when it
// is shown (Instance).
#pragma once

#include <compare>
#include <cstdint>
#include <map>
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
#include "reference/understanding/pair_index.h"
#include "reference/understanding/route_options.h"

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
  // What a base model learns before it meets pairs: see reference/pictures.
  kPicture,          // a caption to the latents of a procedural picture
  kPictureQuestion,  // a question about a procedural picture
  kPictureChoice,    // questions with lettered options about one or several of them
  kListChoice,       // the same about a list in words, without a picture
  kPictureEdit,      // a procedural picture and an instruction to the latents of the changed picture
  kScanEdit,         // the same of one slice, with what can be learned without a partner: keep, blur, denoise
};
/// "cts" "mi" "mi-panel" "tia" "synthesis" "vqa" "caption" "text-to-image" "text" "picture"
/// "picture-question" "picture-choice" "list-choice" "picture-edit" "scan-edit"
std::string name_of(InstanceKind kind);
/// The kinds whose images are drawn by a program, or changed by one: their instances have no origins.
bool is_drawn(InstanceKind kind);
/// The kinds that ask about slices and have an answer in words: "cts" to "caption" but for "synthesis".
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

/// What is recorded of a question beside its answer, so that accuracies can be split by it.
struct QuestionFacts {
  /// Of kCts with neighbors: slices from the true one to each candidate, 0 the true one itself.
  std::vector<int64_t> distances = {};
  bool area_matched = false;  // of kCts: no candidate's body is more than the tolerance larger than another's
  bool confusable = false;    // of kMiPanel: holds two modalities easily taken for each other
  std::optional<OptionForm> form = {};  // of kTia
  bool unseen_wording = false;          // in words that training never uses
  /// Of kCts: from the true slice to the nearest other candidate; nothing elsewhere.
  std::optional<int64_t> nearest() const;
};

/// Names of the ranges that accuracies by distance are given for: "1" "2" "3-4" "5-8" "9+".
std::string distance_range(int64_t distance);

/// A question in numbers.
struct Question {
  struct Image {
    PairPlace place;
    bool source = false;  // which slice of the pair
  };
  InstanceKind kind = InstanceKind::kCts;
  std::vector<Image> images = {};
  size_t correct = 0;                     // the option that is right
  std::vector<Route> routes = {};         // of kTia: the options
  std::vector<size_t> descriptions = {};  // of kTia: the wording of each option
  std::vector<Modality> labels = {};      // of kMi and kMiPanel: per image
  // Of kVqa: which of the recognition questions; of kText: which text; of pictures and edits: their seed.
  size_t asked = 0;
  size_t wording = 0;
  QuestionFacts facts = {};
};

struct Instance {
  InstanceKind kind = InstanceKind::kCts;
  std::vector<InstanceItem> items = {};
  std::vector<SliceImage> images = {};
  std::vector<ImageOrigin> origins = {};  // one per image; empty where images are drawn or changed
  std::string answer = {};                // of questions
  std::vector<Modality> labels = {};      // of kMi and kMiPanel, per image
  std::vector<Route> routes = {};         // of kTia, per option
  size_t options = 0;                     // of lettered questions
  QuestionFacts facts = {};

  /// The images it asks about: all panels of kMiPanel, else the first; none of kText.
  std::span<const ImageOrigin> subjects() const;
};

struct InstanceSettings {
  size_t candidates = 4;  // of CTS
  /// The slices of a CTS question lie at most so far apart, so negatives lie at most so far from the true
  /// one.
  int64_t neighbors = 8;
  /// Mean absolute difference, as a share of the range, below which slices are duplicates.
  double least_difference = 0.002;
  /// The largest body of a CTS question's candidates is at most so much larger than the smallest, as a share,
  /// where the volume allows it.
  double area_tolerance = 0.1;
  size_t panels = 4;           // of MI
  size_t route_options = 4;    // of TIA: 2 or 4
  bool crossed_routes = true;  // of TIA, see Note [Options without an answer]; false: only reversed ones
  double confusable = 0.5;  // share of panel questions that hold two modalities easily taken for each other
  bool random_negatives = false;  // ablation: negatives from other patients instead of neighbors
  bool shuffled_answers = false;  // control: CTS, MI and TIA get the answer of another question of the kind
  /// Ids of the tasks that synthesis samples come from; empty: all. Questions come from all tasks in any
  /// case.
  std::vector<std::string> routes = {};
  /// Of recognition, text-to-image and scan edits: each patient shows one of its modalities only, so that
  /// nothing can be learned from a pair.
  bool one_modality = false;
  int64_t picture_side = 64;  // of procedural pictures, pixels
  /// Share of questions in the wordings that are held out of training. Not a field of recipes: set by
  /// evaluations.
  double unseen_wordings = 0;
};

/// Draws instances. Everything random comes from the Random that is passed in, so an instance is a function
/// of its seed.
class InstanceBuilder {
 public:
  /// Error(kUsage) when there are no pairs at all, when a task has several source images, or when
  /// `settings.routes` names none of the tasks.
  InstanceBuilder(std::vector<TaskPairs> tasks, const InstanceSettings& settings);

  /// Question `number` of a seed: a function of the pairs, the settings and these, whatever was drawn before.
  /// Any kind but kSynthesis and kTextToImage. Error(kBadInput) when the data cannot give that kind (CTS: no
  /// case has enough different neighbors).
  Question question(InstanceKind kind, uint64_t seed, int64_t number) const;
  /// The same from a stream of random numbers. Every kind.
  Question draw(InstanceKind kind, Random& random) const;
  /// With its texts, but without pixels: images stays empty.
  Instance tell(const Question& question) const;
  /// With its pixels and texts.
  Instance show(const Question& question) const;
  /// show(draw()).
  Instance make(InstanceKind kind, Random& random) const { return show(draw(kind, random)); }
  /// The synthesis sample of one given pair.
  Instance synthesis(size_t task, int64_t index, size_t instruction) const;
  const std::vector<TaskPairs>& tasks() const { return index_.tasks(); }
  const InstanceSettings& settings() const { return settings_; }
  const PairIndex& index() const { return index_; }

 private:
  struct Holder {
    size_t task = 0;
    bool source = false;
  };
  using ByModality = std::vector<std::pair<Modality, std::vector<Holder>>>;
  struct Region {
    double weight = 0;  // patients
    ByModality holders;
    std::vector<std::pair<Modality, Modality>> confusable;  // pairs that it has both of
    bool plain = true;  // a panel without such a pair, of two modalities or more, is possible
  };
  PairPlace draw_place(Random& random) const;
  PairPlace draw_route(Random& random) const;
  Question::Image draw_image(const std::vector<Holder>& holders, Random& random) const;
  Question unshuffled(InstanceKind kind, Random& random) const;
  Question cts(Random& random) const;
  Question mi(Random& random) const;
  Question mi_panel(Random& random) const;
  Question tia(Random& random) const;
  Question recognition(InstanceKind kind, Random& random) const;
  bool shows(const Question::Image& image) const;
  std::optional<std::vector<size_t>> neighbors_of(const PairPlace& place, Random& random) const;
  std::optional<std::vector<PairPlace>> candidates(PairPlace& place, Random& random) const;
  std::vector<Modality> panel_modalities(const Region& region, bool confusable, Random& random) const;
  void draw_wording(Question& question, Random& random) const;
  SliceImage image_of(const PairPlace& place, bool source) const;

  InstanceSettings settings_;
  PairIndex index_;
  RouteOptions route_options_;
  std::vector<size_t> routes_;  // tasks that synthesis samples come from
  ByModality by_modality_;
  std::vector<Region> regions_;
  std::vector<double> weights_;            // of the tasks: their patients
  std::map<std::string, Modality> shown_;  // with one_modality: of each patient
};

}  // namespace synerbench::reference
