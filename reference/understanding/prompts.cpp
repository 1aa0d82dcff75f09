#include "reference/understanding/prompts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

#include "harness/core/error.h"
#include "harness/core/vocabulary.h"

namespace synerbench::reference {
namespace {

/// What the eye sees in each modality, in words that do not name it: two for training, two held out.
std::array<const char*, 4> looks_of(Modality modality) {
  // Nobody has written down what an added modality looks like. Its name would give the answer away.
  if (definition_of(modality) != nullptr)
    return {"the tissue contrast of this sequence", "the gray values of this technique",
            "the contrast that this acquisition gives", "intensities as this technique shows them"};
  switch (modality) {
    case Modality::kCBCT:
      return {"scatter, streaks and uneven shading", "noisy soft tissue with cone-beam artifacts",
              "cupping, grain and a truncated field of view",
              "unstable density with blurred edges and noise"};
    case Modality::kCT:
      return {"clean calibrated gray values with bright bone", "sharp cortical bone and smooth soft tissue",
              "stable density values with crisp white bone",
              "even tissue density and well defined bone edges"};
    case Modality::kMRI:
      return {"rich soft tissue contrast with dark bone", "bright fat and dark cortical bone",
              "finely graded soft tissue and signal-free bone",
              "strong contrast between fat, muscle and brain"};
    case Modality::kPET:
      return {"bright foci of tracer uptake on a dark body", "a blurred map of metabolic activity",
              "glowing organs of high uptake without fine anatomy",
              "hot spots of glucose use in a faint outline"};
    case Modality::kT1:
      return {"dark fluid and bright white matter", "plain anatomical contrast with dark ventricles",
              "black cerebrospinal fluid beside pale white matter",
              "anatomy in shades of gray without enhancement"};
    case Modality::kT1c:
      return {"dark fluid and bright enhancing tissue", "contrast uptake around the lesion and in vessels",
              "a lit rim of the tumor and shining vessels", "enhancement after gadolinium with black fluid"};
    case Modality::kT2:
      return {"bright fluid and dark white matter", "bright ventricles and bright edema",
              "white cerebrospinal fluid beside dim white matter",
              "shining fluid spaces and water-rich tissue"};
    case Modality::kFLAIR:
      return {"suppressed fluid and bright lesions", "dark ventricles with bright edema",
              "nulled cerebrospinal fluid and glowing edema",
              "lesions that stand out where free fluid is black"};
    case Modality::kBSSFP:
      return {"bright blood and gray muscle", "a bright cavity with an even heart wall",
              "a shining blood pool in a gray wall", "cine-like contrast of blood against muscle"};
    case Modality::kLGE:
      return {"bright scar in a nulled heart wall", "dark healthy muscle with bright fibrosis",
              "glowing scar tissue in black muscle", "late uptake where the heart wall is damaged"};
  }
  check_failed("known modality", __FILE__, __LINE__, "");
}

constexpr const char* kRouteForms[] = {
    "Replace {} by {}; keep the anatomy.",
    "Keep the shapes of all organs, turn {} into {}.",
    "The anatomy stays; {} gives way to {}.",
    // Held out.
    "Without moving any structure, exchange {} for {}.",
    "What showed {} now shows {}, in the same places.",
};

/// Wordings of a question: three for training, two held out.
using Wordings = std::array<const char*, kQuestionWordings>;

constexpr Wordings kCtsQuestions = {
    "Which candidate is the {target} of the {source} source slice? Answer with the letter.",
    "Which of the candidates shows the same slice as the {source} source, as {target}? Answer with the "
    "letter.",
    "Choose the {target} that belongs to the {source} source slice. Answer with the letter.",
    "One candidate is the {target} counterpart of the {source} image. Answer with its letter.",
    "At which letter stands the {target} taken at the level of the {source} slice? Answer with the letter."};
constexpr Wordings kMiQuestions = {"Which modality is this image? Answer with its name.",
                                   "Name the modality of this image. Answer with its name.",
                                   "With which modality was this image taken? Answer with its name.",
                                   "What imaging technique produced the picture? Answer with its name.",
                                   "Tell how the picture was acquired. Answer with its name."};
constexpr Wordings kPanelQuestions = {
    "Which modality is each of the images {letters}? Answer as JSON, letter and name.",
    "Name the modality of the images {letters}. Answer as JSON, letter and name.",
    "With which modality was each of the images {letters} taken? Answer as JSON, letter and name.",
    "What imaging technique produced the pictures {letters}? Answer as JSON, letter and name.",
    "Tell for {letters} how each picture was acquired. Answer as JSON, letter and name."};
constexpr Wordings kTiaQuestions = {"Which change leads from the first to the second image?",
                                    "Which description fits the change from the first image to the second?",
                                    "How does the first image become the second one?",
                                    "What was done to the earlier picture to obtain the later one?",
                                    "Select the transformation that maps image one onto image two."};

constexpr const char* kInstructions[] = {
    "Translate this {source} slice of the {region} to {target}.",
    "Synthesize the {target} slice that matches this {source} slice of the {region}.",
    "Show the same {region} slice as {target} instead of {source}.",
    "Convert the {region} {source} slice to {target}, keep the anatomy.",
};

std::string letter_list(size_t count) {
  std::vector<std::string> letters;
  for (size_t i = 0; i < count; ++i) letters.push_back(option_letter(i));
  return fmt::format("{}", fmt::join(letters, ", "));
}

}  // namespace

std::string spoken_name(Modality modality) {
  if (const auto* added = definition_of(modality)) return added->words.empty() ? added->name : added->words;
  switch (modality) {
    case Modality::kCBCT:
      return "CBCT";
    case Modality::kCT:
      return "CT";
    case Modality::kMRI:
      return "MRI";
    case Modality::kPET:
      return "PET";
    case Modality::kT1:
      return "T1 (MRI)";
    case Modality::kT1c:
      return "T1CE (MRI)";
    case Modality::kT2:
      return "T2 (MRI)";
    case Modality::kFLAIR:
      return "FLAIR (MRI)";
    case Modality::kBSSFP:
      return "bSSFP (MRI)";
    case Modality::kLGE:
      return "LGE (MRI)";
  }
  check_failed("known modality", __FILE__, __LINE__, "");
}

std::string spoken_region(const std::string& region) {
  if (region == "wb") return "whole body";
  if (region == "brats") return "brain";
  if (region == "head-neck") return "head and neck";
  if (region == "sts") return "soft tissue";
  return region;
}

std::string synthesis_instruction(const Task& task, size_t variant) {
  SB_CHECK(variant < synthesis_variants(), "a known form of the instruction");
  return fmt::format(fmt::runtime(kInstructions[variant]), fmt::arg("source", spoken_name(task.source)),
                     fmt::arg("target", spoken_name(task.target)),
                     fmt::arg("region", spoken_region(task.region)));
}

size_t synthesis_variants() { return std::size(kInstructions); }

std::string option_letter(size_t option) {
  SB_CHECK(option < 26, "at most 26 options");
  return std::string(1, static_cast<char>('A' + option));
}

std::string cts_source_text(Modality source) { return fmt::format("Source slice, {}:", spoken_name(source)); }
std::string cts_candidate_text(size_t option) { return fmt::format("Candidate {}:", option_letter(option)); }
std::string cts_question(Modality source, Modality target, size_t wording) {
  return fmt::format(fmt::runtime(kCtsQuestions.at(wording)), fmt::arg("source", spoken_name(source)),
                     fmt::arg("target", spoken_name(target)));
}

std::string mi_question(size_t wording) { return kMiQuestions.at(wording); }
std::string mi_panel_text(size_t panel) { return fmt::format("Image {}:", option_letter(panel)); }
std::string mi_panel_question(size_t panels, size_t wording) {
  return fmt::format(fmt::runtime(kPanelQuestions.at(wording)), fmt::arg("letters", letter_list(panels)));
}
std::string mi_panel_answer(const std::vector<Modality>& labels) {
  std::string text = "{";
  for (size_t i = 0; i < labels.size(); ++i) {
    text += fmt::format("{}\"{}\": \"{}\"", i ? ", " : "", option_letter(i), spoken_name(labels[i]));
  }
  return text + "}";
}

std::string tia_first_text() { return "First image:"; }
std::string tia_second_text() { return "Second image:"; }
std::string tia_question(const std::vector<std::string>& options, size_t wording) {
  std::string text = kTiaQuestions.at(wording) + std::string("\n");
  for (size_t i = 0; i < options.size(); ++i) text += fmt::format("{}. {}\n", option_letter(i), options[i]);
  return text + "Answer with the letter.";
}

std::string route_description(Modality source, Modality target, size_t wording) {
  SB_CHECK(wording < kRouteWordings, "a known wording of a route");
  const bool held_out = wording >= kSeenRouteWordings;
  const size_t rest = held_out ? wording - kSeenRouteWordings : wording;
  const size_t form = rest / 4 + (held_out ? kSeenRouteWordings / 4 : 0), look = held_out ? 2 : 0;
  return fmt::format(fmt::runtime(kRouteForms[form]), looks_of(source)[look + rest / 2 % 2],
                     looks_of(target)[look + rest % 2]);
}

std::vector<std::string> route_descriptions(Modality source, Modality target) {
  std::vector<std::string> all;
  for (size_t i = 0; i < kRouteWordings; ++i) all.push_back(route_description(source, target, i));
  return all;
}

namespace {

constexpr const char* kRecognition[][2] = {
    {"Which modality is this?", "What kind of scan is shown?"},
    {"Which region of the body is this?", "Which part of the body is shown?"},
    {"Which third of the volume is this slice from?", "At which level does this slice lie?"}};
constexpr const char* kLevels[] = {"first third", "middle third", "last third"};

}  // namespace

size_t recognition_questions() { return std::size(kRecognition); }
size_t recognition_wordings() { return std::size(kRecognition[0]); }

std::string recognition_question(size_t asked, size_t wording) {
  SB_CHECK(asked < recognition_questions() && wording < recognition_wordings(), "a known question");
  return kRecognition[asked][wording];
}

std::string recognition_answer(size_t asked, const SliceFacts& facts) {
  SB_CHECK(asked < recognition_questions() && facts.level < std::size(kLevels), "a known question");
  return asked == 0   ? spoken_name(facts.modality)
         : asked == 1 ? spoken_region(facts.region)
                      : kLevels[facts.level];
}

std::string caption_question() { return "Describe this slice."; }
std::string caption_of(const SliceFacts& facts) {
  return fmt::format("{} slice of the {}, {}.", spoken_name(facts.modality), spoken_region(facts.region),
                     recognition_answer(2, facts));
}

std::string looks_question(Modality modality) {
  return fmt::format("What does {} look like?", spoken_name(modality));
}
std::string looks_text(Modality modality, size_t variant) { return looks_of(modality).at(variant); }

std::vector<std::string> prompt_corpus() {
  std::vector<std::string> lines = {tia_first_text(), tia_second_text()};
  for (size_t i = 0; i < kSeenQuestionWordings; ++i) {
    lines.push_back(mi_question(i));
    lines.push_back(tia_question({}, i));
  }
  for (size_t i = 0; i < 8; ++i) {
    lines.push_back(cts_candidate_text(i));
    lines.push_back(mi_panel_text(i));
    for (size_t w = 0; w < kSeenQuestionWordings; ++w) lines.push_back(mi_panel_question(i + 1, w));
    lines.push_back(option_letter(i) + ". ");
  }
  for (const Modality source : all_modalities()) {
    lines.push_back(cts_source_text(source));
    lines.push_back(mi_panel_answer({source, source, source}));
    for (const Modality target : all_modalities()) {
      if (source == target) continue;
      for (size_t w = 0; w < kSeenQuestionWordings; ++w) lines.push_back(cts_question(source, target, w));
      for (size_t w = 0; w < kSeenRouteWordings; ++w) lines.push_back(route_description(source, target, w));
      for (const auto& region : region_names()) {
        for (size_t i = 0; i < synthesis_variants(); ++i)
          lines.push_back(synthesis_instruction({"", region, source, target}, i));
      }
    }
  }
  return lines;
}

}  // namespace synerbench::reference
