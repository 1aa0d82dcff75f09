#include "reference/understanding/prompts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

#include "harness/core/error.h"

namespace synerbench::reference {
namespace {

/// What the eye sees in each modality, twice, in words that do not name it.
std::array<const char*, 2> looks_of(Modality modality) {
  switch (modality) {
    case Modality::kCBCT:
      return {"scatter, streaks and uneven shading", "noisy soft tissue with cone-beam artefacts"};
    case Modality::kCT:
      return {"clean calibrated grey values with bright bone", "sharp cortical bone and smooth soft tissue"};
    case Modality::kMRI:
      return {"rich soft tissue contrast with dark bone", "bright fat and dark cortical bone"};
    case Modality::kPET:
      return {"bright foci of tracer uptake on a dark body", "a blurred map of metabolic activity"};
    case Modality::kT1:
      return {"dark fluid and bright white matter", "plain anatomical contrast with dark ventricles"};
    case Modality::kT1c:
      return {"dark fluid and bright enhancing tissue", "contrast uptake around the lesion and in vessels"};
    case Modality::kT2:
      return {"bright fluid and dark white matter", "bright ventricles and bright oedema"};
    case Modality::kFLAIR:
      return {"suppressed fluid and bright lesions", "dark ventricles with bright oedema"};
    case Modality::kBSSFP:
      return {"bright blood and grey muscle", "a bright cavity with an even heart wall"};
    case Modality::kLGE:
      return {"bright scar in a nulled heart wall", "dark healthy muscle with bright fibrosis"};
  }
  check_failed("known modality", __FILE__, __LINE__, "");
}

constexpr const char* kRouteForms[] = {
    "Replace {} by {}; keep the anatomy.",
    "Keep the shapes of all organs, turn {} into {}.",
    "The anatomy stays; {} gives way to {}.",
};

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
std::string cts_question(Modality source, Modality target) {
  return fmt::format("Which candidate is the {} of the {} source slice? Answer with the letter.",
                     spoken_name(target), spoken_name(source));
}

std::string mi_question() { return "Which modality is this image? Answer with its name."; }
std::string mi_panel_text(size_t panel) { return fmt::format("Image {}:", option_letter(panel)); }
std::string mi_panel_question(size_t panels) {
  return fmt::format("Which modality is each of the images {}? Answer as JSON, letter and name.",
                     letter_list(panels));
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
std::string tia_question(const std::vector<std::string>& options) {
  std::string text = "Which change leads from the first to the second image?\n";
  for (size_t i = 0; i < options.size(); ++i) text += fmt::format("{}. {}\n", option_letter(i), options[i]);
  return text + "Answer with the letter.";
}

std::vector<std::string> route_descriptions(Modality source, Modality target) {
  std::vector<std::string> all;
  for (const char* form : kRouteForms) {
    for (const char* before : looks_of(source)) {
      for (const char* after : looks_of(target))
        all.push_back(fmt::format(fmt::runtime(form), before, after));
    }
  }
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
  std::vector<std::string> lines = {mi_question(), tia_first_text(), tia_second_text(), tia_question({})};
  for (size_t i = 0; i < 8; ++i) {
    lines.push_back(cts_candidate_text(i));
    lines.push_back(mi_panel_text(i));
    lines.push_back(mi_panel_question(i + 1));
    lines.push_back(option_letter(i) + ". ");
  }
  for (const Modality source : all_modalities()) {
    lines.push_back(cts_source_text(source));
    lines.push_back(mi_panel_answer({source, source, source}));
    for (const Modality target : all_modalities()) {
      if (source == target) continue;
      lines.push_back(cts_question(source, target));
      for (const auto& text : route_descriptions(source, target)) lines.push_back(text);
      for (const auto& region : region_names()) {
        for (size_t i = 0; i < synthesis_variants(); ++i)
          lines.push_back(synthesis_instruction({"", region, source, target}, i));
      }
    }
  }
  return lines;
}

}  // namespace synerbench::reference
