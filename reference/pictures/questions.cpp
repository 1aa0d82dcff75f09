#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <utility>

#include "harness/core/error.h"
#include "reference/pictures/detail/edits.h"
#include "reference/pictures/detail/scene.h"

namespace synerbench::reference {
namespace {

using namespace detail;

constexpr const char* kCountQuestion =
    "How many shapes does the picture show? Answer with a number in words.";
constexpr const char* kPlaceQuestion = "Which shape is {}? Answer with its name.";
constexpr const char* kToneQuestion = "How bright is the {}? Answer with one word.";
constexpr const char* kWhereQuestion = "Where is the {}?";
constexpr const char* kDescribeQuestion = "What does the picture show?";
constexpr const char* kGroundQuestion = "What is the ground like? Answer with one word.";

void ask(const Scene& scene, Random& random, DescribedPicture& described) {
  const Shape& shape = scene.shapes[random.below(scene.shapes.size())];
  if (random.below(2) == 0) {  // a caption teaches more than a word does
    described.question = kDescribeQuestion;
    described.answer = caption_of(scene);
    return;
  }
  switch (random.below(5)) {
    case 0:
      described.question = kCountQuestion;
      described.answer = kNumbers[scene.shapes.size()];
      return;
    case 1:
      described.question = fmt::format(fmt::runtime(kPlaceQuestion), place_text(shape.place));
      described.answer = kShapes[shape.kind];
      return;
    case 2:
      described.question = fmt::format(fmt::runtime(kToneQuestion), kShapes[shape.kind]);
      described.answer = kTones[shape.tone].word;
      return;
    case 3:
      described.question = fmt::format(fmt::runtime(kWhereQuestion), kShapes[shape.kind]);
      described.answer = place_text(shape.place);
      return;
    default:
      described.question = kGroundQuestion;
      described.answer = kGrounds[scene.ground];
  }
}

constexpr const char* kDescribeCandidate = "What does candidate {} show?";
constexpr const char* kRepeatList = "Repeat the list.";
constexpr const char* kTellOption = "What is option {}?";
constexpr const char* kListQuestion = "Which option {}?";
constexpr const char* kSceneQuestion = "Which candidate shows the scene of the first picture?";

// Questions with options.

constexpr size_t kAskedAtOnce = 3;
constexpr size_t kAskedOfList = 8;  // a list costs few tokens, so more can be asked of it

char letter(size_t option) { return static_cast<char>('A' + option); }

/// The right answer and three others of the same vocabulary, shuffled.
template <class Words>
LetteredQuestion with_options(std::string question, const Words& words, size_t right, Random& random) {
  std::vector<size_t> wrong;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i != right) wrong.push_back(i);
  }
  random.shuffle(wrong);
  std::vector<size_t> options{right};
  options.insert(options.end(), wrong.begin(), wrong.begin() + (kChoiceOptions - 1));
  random.shuffle(options);
  LetteredQuestion asked;
  asked.question = std::move(question);
  asked.correct = static_cast<size_t>(std::find(options.begin(), options.end(), right) - options.begin());
  for (const size_t option : options) asked.options.emplace_back(words[option]);
  return asked;
}

std::vector<std::string> place_texts() {
  std::vector<std::string> texts;
  for (size_t place = 0; place < 9; ++place) texts.push_back(place_text(place));
  return texts;
}

LetteredQuestion ask_in_words(const Scene& scene, size_t what, Random& random) {
  const Shape& shape = scene.shapes[random.below(scene.shapes.size())];
  switch (what) {
    case 0:
      return with_options(fmt::format("Which shape is {}?", place_text(shape.place)), kShapes, shape.kind,
                          random);
    case 1: {
      std::array<const char*, kTones.size()> tones{};
      std::transform(kTones.begin(), kTones.end(), tones.begin(), [](const Tone& tone) { return tone.word; });
      return with_options(fmt::format("How bright is the {}?", kShapes[shape.kind]), tones, shape.tone,
                          random);
    }
    case 2:
      return with_options(fmt::format(fmt::runtime(kWhereQuestion), kShapes[shape.kind]), place_texts(),
                          shape.place, random);
    default:
      return with_options("What is the ground like?", kGrounds, scene.ground, random);
  }
}

PictureChoice choice_in_words(int64_t side, Random& random) {
  const Scene scene = draw_scene(random);
  PictureChoice choice{
      PictureChoice::Form::kOnePicture, {render(scene, side, random)}, {caption_of(scene)}, {}};
  std::array<size_t, 4> what{0, 1, 2, 3};
  random.shuffle(what);
  for (size_t i = 0; i < kAskedAtOnce; ++i) choice.asked.push_back(ask_in_words(scene, what[i], random));
  return choice;
}

/// What a question about several pictures may ask for.
std::vector<std::string> facts_of(const Scene& scene) {
  std::vector<std::string> facts{fmt::format("has a {} ground", kGrounds[scene.ground])};
  for (const Shape& shape : scene.shapes) facts.push_back(fmt::format("shows a {}", kShapes[shape.kind]));
  return facts;
}

/// Facts that are true of one of the scenes only, and of which.
std::vector<std::pair<std::string, size_t>> distinguishing(const std::array<Scene, kChoiceOptions>& scenes) {
  std::map<std::string, std::vector<size_t>> owners;
  for (size_t i = 0; i < scenes.size(); ++i) {
    for (const std::string& fact : facts_of(scenes[i])) owners[fact].push_back(i);
  }
  std::vector<std::pair<std::string, size_t>> facts;
  for (const auto& [fact, of] : owners) {
    if (of.size() == 1) facts.emplace_back(fact, of[0]);
  }
  return facts;
}

PictureChoice choice_of_pictures(int64_t side, Random& random) {
  for (;;) {
    std::array<Scene, kChoiceOptions> scenes;
    for (Scene& scene : scenes) scene = draw_scene(random);
    auto facts = distinguishing(scenes);
    if (facts.empty()) continue;
    // All four are drawn alike, so no letter is likelier than another, however many facts one has.
    random.shuffle(facts);
    PictureChoice choice{PictureChoice::Form::kFourPictures, {}, {}, {}};
    for (size_t i = 0; i < std::min(facts.size(), kAskedAtOnce); ++i) {
      if (random.below(3) == 0) {
        const size_t one = random.below(kChoiceOptions);
        choice.asked.push_back(
            {fmt::format(fmt::runtime(kDescribeCandidate), letter(one)), {}, one, caption_of(scenes[one])});
      } else {
        choice.asked.push_back({fmt::format("Which candidate {}?", facts[i].first), {}, facts[i].second});
      }
    }
    for (const Scene& scene : scenes) {
      choice.pictures.push_back(render(scene, side, random));
      choice.captions.push_back(caption_of(scene));
    }
    return choice;
  }
}

PictureChoice choice_of_scene(int64_t side, Random& random) {
  PictureChoice choice{PictureChoice::Form::kSameScene, {}, {}, {}};
  std::array<Scene, kChoiceOptions> scenes;
  for (Scene& scene : scenes) scene = draw_scene(random);
  const size_t correct = random.below(kChoiceOptions);
  const auto show = [&](GrayPicture picture, const Scene& scene) {
    choice.pictures.push_back(std::move(picture));
    choice.captions.push_back(caption_of(scene));
  };
  const GrayPicture first = render(scenes[correct], side, random);
  show(first, scenes[correct]);
  for (size_t i = 0; i < kChoiceOptions; ++i) {
    const GrayPicture candidate = i == correct ? first : render(scenes[i], side, random);
    show(in_other_tones(candidate, random), scenes[i]);
  }
  choice.asked.push_back({kSceneQuestion, {}, correct});
  return choice;
}

}  // namespace

DescribedPicture draw_picture(int64_t side, Random& random) {
  SB_CHECK(side >= 16, "a picture this small shows nothing");
  const Scene scene = draw_scene(random);
  DescribedPicture described{render(scene, side, random), caption_of(scene), "", ""};
  ask(scene, random, described);
  return described;
}

PictureChoice draw_choice(int64_t side, Random& random) {
  SB_CHECK(side >= 16, "a picture this small shows nothing");
  switch (random.below(3)) {
    case 0:
      return choice_in_words(side, random);
    case 1:
      return choice_of_pictures(side, random);
    default:
      return choice_of_scene(side, random);
  }
}

std::string ListChoice::text() const {
  std::string lines;
  for (size_t i = 0; i < options.size(); ++i)
    lines += fmt::format("{}{}. {}", i == 0 ? "" : "\n", letter(i), options[i]);
  return lines;
}

ListChoice draw_list_choice(Random& random) {
  // Shapes of four kinds at four places: each word of an option is some option's alone, or not asked for.
  std::array<size_t, kShapes.size()> kinds{};
  std::iota(kinds.begin(), kinds.end(), size_t{0});
  std::array<size_t, kPlaceCount> places{};
  std::iota(places.begin(), places.end(), size_t{0});
  random.shuffle(kinds);
  random.shuffle(places);
  enum Options { kWhole, kKinds, kPlaces, kOptionForms };
  const size_t form = random.below(kOptionForms);
  ListChoice choice;
  for (size_t i = 0; i < kChoiceOptions; ++i) {
    const size_t size = random.below(kSizes.size()), tone = random.below(kTones.size());
    const Shape shape{.kind = kinds[i], .size = size, .tone = tone, .place = places[i]};
    choice.options.push_back(form == kKinds    ? fmt::format("a {}", kShapes[kinds[i]])
                             : form == kPlaces ? place_text(places[i])
                                               : shape_text(shape));
  }
  choice.asked.push_back({kRepeatList, {}, 0, choice.text()});
  while (choice.asked.size() < kAskedOfList) {
    const size_t correct = random.below(kChoiceOptions);
    if (random.below(2) == 0) {
      choice.asked.push_back(
          {fmt::format(fmt::runtime(kTellOption), letter(correct)), {}, correct, choice.options[correct]});
      continue;
    }
    const bool by_kind = form == kKinds || (form == kWhole && random.below(2) == 0);
    const std::string what = by_kind ? fmt::format("has a {}", kShapes[kinds[correct]])
                                     : fmt::format("is {}", place_text(places[correct]));
    choice.asked.push_back({fmt::format(fmt::runtime(kListQuestion), what), {}, correct});
  }
  return choice;
}

std::vector<std::string> picture_corpus() {
  std::vector<std::string> lines{kCountQuestion, kGroundQuestion};
  for (const char* number : kNumbers) lines.emplace_back(number);
  for (const Tone& tone : kTones) {
    for (const char* shape : kShapes) {
      for (const char* size : kSizes) {
        for (size_t place = 0; place < 9; ++place)
          lines.push_back(fmt::format("a {} {} {} {} and", size, tone.word, shape, place_text(place)));
      }
    }
    for (const char* ground : kGrounds)
      lines.push_back(fmt::format(" on a {} {} ground.", tone.word, ground));
  }
  for (const char* shape : kShapes) {
    lines.push_back(fmt::format(fmt::runtime(kToneQuestion), shape));
    lines.push_back(fmt::format(fmt::runtime(kWhereQuestion), shape));
  }
  for (size_t place = 0; place < 9; ++place)
    lines.push_back(fmt::format(fmt::runtime(kPlaceQuestion), place_text(place)));
  for (const char* shape : kShapes) {
    lines.push_back(fmt::format("Which candidate shows a {}?", shape));
    lines.push_back(fmt::format("Which option has a {}?", shape));
  }
  for (size_t place = 0; place < 9; ++place)
    lines.push_back(fmt::format("Which option is {}?", place_text(place)));
  lines.emplace_back(kDescribeQuestion);
  lines.emplace_back(kRepeatList);
  for (size_t option = 0; option < kChoiceOptions; ++option) {
    lines.push_back(fmt::format(fmt::runtime(kDescribeCandidate), letter(option)));
    lines.push_back(fmt::format(fmt::runtime(kTellOption), letter(option)));
  }
  lines.emplace_back(kSceneQuestion);
  for (const char* ground : kGrounds)
    lines.push_back(fmt::format("Which candidate has a {} ground?", ground));
  lines.emplace_back(kChoiceEnd);
  for (std::string& line : edit_lines()) lines.push_back(std::move(line));
  return lines;
}

}  // namespace synerbench::reference
