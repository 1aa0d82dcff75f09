// How a question is told: its texts, and the pixels it shows.
#include <fmt/format.h>

#include <optional>

#include "harness/core/error.h"
#include "reference/pictures/pictures.h"
#include "reference/understanding/instances.h"
#include "reference/understanding/prompts.h"

namespace synerbench::reference {
namespace {

using Kind = PlanItem::Kind;

InstanceItem text_item(std::string text) { return {Kind::kText, std::move(text)}; }
InstanceItem vit_item(size_t image) { return {Kind::kVit, {}, image}; }
InstanceItem answer_item(std::string text) { return {Kind::kText, std::move(text), 0, true}; }

void show_cts(const Task& task, const Question& question, Instance& instance) {
  instance.options = question.images.size() - 1;
  instance.answer = option_letter(question.correct);
  instance.items = {text_item(cts_source_text(task.source)), vit_item(0)};
  for (size_t i = 0; i < instance.options; ++i) {
    instance.items.push_back(text_item(cts_candidate_text(i)));
    instance.items.push_back(vit_item(i + 1));
  }
  instance.items.push_back(text_item(cts_question(task.source, task.target, question.wording)));
}

void show_panel(const Question& question, Instance& instance) {
  for (size_t i = 0; i < question.images.size(); ++i) {
    instance.items.push_back(text_item(mi_panel_text(i)));
    instance.items.push_back(vit_item(i));
  }
  instance.answer = mi_panel_answer(question.labels);
  instance.items.push_back(text_item(mi_panel_question(question.images.size(), question.wording)));
}

void show_tia(const Question& question, Instance& instance) {
  std::vector<std::string> options;
  for (size_t i = 0; i < question.routes.size(); ++i)
    options.push_back(
        route_description(question.routes[i].from, question.routes[i].to, question.descriptions[i]));
  instance.options = options.size();
  instance.routes = question.routes;
  instance.answer = option_letter(question.correct);
  instance.items = {text_item(tia_first_text()), vit_item(0), text_item(tia_second_text()), vit_item(1),
                    text_item(tia_question(options, question.wording))};
}

GrayPicture picture_of(SliceImage image) { return {image.height, image.width, std::move(image.pixels)}; }
SliceImage slice_of(GrayPicture picture) {
  return {picture.height, picture.width, std::move(picture.pixels)};
}

/// An image and an instruction to another image, in the order of a synthesis.
void show_edit(PictureEdit edit, Instance& instance) {
  instance.items = {{Kind::kVae, {}, 0, false, true},
                    {Kind::kVit, {}, 0, false, true},
                    {Kind::kText, std::move(edit.instruction), 0, false, true},
                    {Kind::kVae, {}, 1, true, false}};
  instance.images = {slice_of(std::move(edit.before)), slice_of(std::move(edit.after))};
}

/// Questions one after the other, each with its answer. The instance's own answer is that of the first.
void ask_all(const std::vector<LetteredQuestion>& asked, Instance& instance) {
  instance.options = kChoiceOptions;
  const auto answer_of = [](const LetteredQuestion& one) {
    return one.words.empty() ? option_letter(one.correct) : one.words;
  };
  instance.answer = answer_of(asked.at(0));
  for (const LetteredQuestion& one : asked) {
    std::string text = one.question;
    for (size_t i = 0; i < one.options.size(); ++i)
      text += fmt::format("\n{}. {}", option_letter(i), one.options[i]);
    if (one.words.empty()) text += fmt::format("{}{}", one.options.empty() ? ' ' : '\n', kChoiceEnd);
    instance.items.push_back(text_item(text));
    instance.items.push_back(answer_item(answer_of(one)));
  }
}

void show_choice(PictureChoice choice, Instance& instance) {
  const bool one = choice.form == PictureChoice::Form::kOnePicture;
  const size_t before = choice.form == PictureChoice::Form::kSameScene ? 1 : 0;  // without a letter
  for (size_t i = 0; i < choice.pictures.size(); ++i) {
    if (!one)
      instance.items.push_back(text_item(i < before ? tia_first_text() : cts_candidate_text(i - before)));
    instance.items.push_back(vit_item(i));
  }
  ask_all(choice.asked, instance);
  for (GrayPicture& picture : choice.pictures) instance.images.push_back(slice_of(std::move(picture)));
}

void show_list(const ListChoice& choice, Instance& instance) {
  instance.items = {text_item(choice.text())};
  ask_all(choice.asked, instance);
}

/// A sample whose images are drawn, or changed, by its seed.
Instance drawn_instance(const Question& question, int64_t side, const std::optional<SliceImage>& scan) {
  Instance instance{question.kind};
  Random random(question.asked);
  if (scan) {
    show_edit(draw_edit(picture_of(*scan), EditChoice::kSingleScan, random), instance);
    return instance;
  }
  if (question.kind == InstanceKind::kPictureChoice) {
    show_choice(draw_choice(side, random), instance);
    return instance;
  }
  if (question.kind == InstanceKind::kListChoice) {
    show_list(draw_list_choice(random), instance);
    return instance;
  }
  DescribedPicture drawn = draw_picture(side, random);
  if (question.kind == InstanceKind::kPictureEdit) {
    show_edit(draw_edit(drawn.picture, EditChoice::kAll, random), instance);
    return instance;
  }
  if (question.kind == InstanceKind::kPicture) {
    instance.items = {{Kind::kText, drawn.caption, 0, false, true}, {Kind::kVae, {}, 0, true, false}};
  } else {
    instance.answer = drawn.answer;
    instance.items = {vit_item(0), text_item(drawn.question), answer_item(drawn.answer)};
  }
  instance.images = {slice_of(std::move(drawn.picture))};
  return instance;
}

}  // namespace

Instance InstanceBuilder::show(const Question& question) const {
  if (is_drawn(question.kind)) {
    std::optional<SliceImage> scan;
    if (!question.images.empty()) scan = image_of(question.images[0].place, question.images[0].source);
    return drawn_instance(question, settings_.picture_side, scan);
  }
  Instance instance = tell(question);
  for (const Question::Image& image : question.images)
    instance.images.push_back(image_of(image.place, image.source));
  return instance;
}

Instance InstanceBuilder::tell(const Question& question) const {
  if (is_drawn(question.kind)) {
    Instance instance = show(question);
    instance.images.clear();
    return instance;
  }
  Instance instance{question.kind};
  for (const Question::Image& image : question.images) {
    const auto& [task, pairs] = tasks()[image.place.task];
    instance.origins.push_back(
        {task.id, image.source ? task.source : task.target, pairs->key(image.place.index)});
  }
  instance.labels = question.labels;
  instance.facts = question.facts;
  const auto facts = [&] {
    const PairPlace& place = question.images[0].place;
    return SliceFacts{instance.origins[0].modality, tasks()[place.task].task.region, index_.level(place)};
  };
  switch (question.kind) {
    case InstanceKind::kCts:
      show_cts(tasks()[question.images[0].place.task].task, question, instance);
      break;
    case InstanceKind::kMi:
      instance.answer = spoken_name(question.labels[0]);
      instance.items = {vit_item(0), text_item(mi_question(question.wording))};
      break;
    case InstanceKind::kMiPanel:
      show_panel(question, instance);
      break;
    case InstanceKind::kTia:
      show_tia(question, instance);
      break;
    case InstanceKind::kSynthesis:
      instance.items = {
          {Kind::kVae, {}, 0, false, true},
          {Kind::kVit, {}, 0, false, true},
          {Kind::kText, synthesis_instruction(tasks()[question.images[0].place.task].task, question.wording),
           0, false, true},
          {Kind::kVae, {}, 1, true, false}};
      return instance;
    case InstanceKind::kTextToImage:
      instance.items = {{Kind::kText, caption_of(facts()), 0, false, true}, {Kind::kVae, {}, 0, true, false}};
      return instance;
    case InstanceKind::kVqa:
      instance.answer = recognition_answer(question.asked, facts());
      instance.items = {vit_item(0), text_item(recognition_question(question.asked, question.wording))};
      break;
    case InstanceKind::kCaption:
      instance.answer = caption_of(facts());
      instance.items = {vit_item(0), text_item(caption_question())};
      break;
    case InstanceKind::kText:
      instance.labels = {};
      instance.answer = looks_text(question.labels[0], question.asked);
      instance.items = {text_item(looks_question(question.labels[0]))};
      break;
    case InstanceKind::kPicture:
    case InstanceKind::kPictureQuestion:
    case InstanceKind::kPictureChoice:
    case InstanceKind::kListChoice:
    case InstanceKind::kPictureEdit:
    case InstanceKind::kScanEdit:
      check_failed("told by drawn_instance", __FILE__, __LINE__, "");
  }
  instance.items.push_back(answer_item(instance.answer));
  return instance;
}

Instance InstanceBuilder::synthesis(size_t task, int64_t index, size_t instruction) const {
  const PairPlace place{task, index};
  Question question{InstanceKind::kSynthesis, {{place, true}, {place, false}}};
  question.wording = instruction;
  return show(question);
}

SliceImage InstanceBuilder::image_of(const PairPlace& place, bool source) const {
  const PairSource& pairs = *tasks()[place.task].pairs;
  SliceImage a{pairs.height(), pairs.width(),
               std::vector<float>(static_cast<size_t>(pairs.height() * pairs.width()))},
      b = a;
  pairs.read(place.index, a.pixels, b.pixels, {});
  return source ? a : b;
}

}  // namespace synerbench::reference
