// Every text the model is given. Our choice: the authors published the form of the tasks, not their words.
#pragma once

#include <string>
#include <vector>

#include "harness/core/modality.h"

namespace synerbench::reference {

/// The name of a modality in texts and answers, as in the authors' figures: "CT", "CBCT", "PET", "MRI", "T1
/// (MRI)", "T1CE (MRI)", "T2 (MRI)", "FLAIR (MRI)", "bSSFP (MRI)", "LGE (MRI)".
std::string spoken_name(Modality modality);

/// "brain", "whole body", ...: a region of region_names() in words.
std::string spoken_region(const std::string& region);

/// Instruction of a synthesis task. `variant` 0 is the one used for evaluation; training draws from all.
std::string synthesis_instruction(const Task& task, size_t variant = 0);
size_t synthesis_variants();

/// 'A', 'B', ... for option 0, 1, ...
std::string option_letter(size_t option);

// Wordings. Training uses the first of each list only; the others are held out, for the part of the test
// questions that asks whether a model follows words it was not trained on.
inline constexpr size_t kSeenQuestionWordings = 3, kQuestionWordings = 5;  // of each question below
inline constexpr size_t kSeenRouteWordings = 12, kRouteWordings = 20;  // of a route: 3 forms of 5, and 2 of 4
                                                                       // looks of either end

// Cross-modal target selection.
std::string cts_source_text(Modality source);
std::string cts_candidate_text(size_t option);
std::string cts_question(Modality source, Modality target, size_t wording = 0);

// Modality identification: one image, or panels.
std::string mi_question(size_t wording = 0);
std::string mi_panel_text(size_t panel);
std::string mi_panel_question(size_t panels, size_t wording = 0);
/// {"A": "CT", "B": "T1 (MRI)"}: the answer of the panel form.
std::string mi_panel_answer(const std::vector<Modality>& labels);

// Translation intent alignment.
std::string tia_first_text();
std::string tia_second_text();
/// The options, each on its own line with its letter, and the question.
std::string tia_question(const std::vector<std::string>& options, size_t wording = 0);
/// What changes from one modality to another, in words that name neither. No two routes or wordings share a
/// text.
std::string route_description(Modality source, Modality target, size_t wording);
/// All kRouteWordings of them, in order.
std::vector<std::string> route_descriptions(Modality source, Modality target);

// Recognition: one slice alone. A slice's level is the third of its volume it lies in, counted in storage
// order.
struct SliceFacts {
  Modality modality;
  std::string region;
  size_t level = 0;  // 0, 1, 2
};
size_t recognition_questions();  // modality, region, level
size_t recognition_wordings();
std::string recognition_question(size_t asked, size_t wording);
std::string recognition_answer(size_t asked, const SliceFacts& facts);
std::string caption_question();
/// "CT slice of the brain, middle third."
std::string caption_of(const SliceFacts& facts);
// Words alone: what a modality looks like.
std::string looks_question(Modality modality);
std::string looks_text(Modality modality, size_t variant);  // variant 0, 1

/// One line for each text above but the recognition ones and the wordings held out, over all modalities and
/// tasks: what a tokenizer for a new model is trained on.
std::vector<std::string> prompt_corpus();

}  // namespace synerbench::reference
