#include "reference/pictures/pictures.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <numbers>
#include <numeric>
#include <utility>

#include "harness/core/error.h"

namespace synerbench::reference {
namespace {

// Everything is drawn in [0, 1] and mapped to [-1, 1] in the end.

struct Tone {
  const char* word;
  double value;
};
constexpr std::array<Tone, 5> kTones{
    {{"black", 0.05}, {"dark", 0.27}, {"gray", 0.5}, {"bright", 0.73}, {"white", 0.95}}};
constexpr double kToneJitter = 0.06;

constexpr std::array kShapes{"disk", "ring", "square", "triangle", "cross", "bar"};
constexpr std::array kSizes{"small", "large"};
constexpr std::array kGrounds{"plain", "shaded", "striped", "checked", "cloudy"};
constexpr std::array<std::array<const char*, 3>, 3> kPlaces{{{"top left", "top", "top right"},
                                                             {"left", "middle", "right"},
                                                             {"bottom left", "bottom", "bottom right"}}};
constexpr std::array kNumbers{"zero", "one", "two", "three", "four"};

struct Shape {
  size_t kind = 0, size = 0, tone = 0, place = 0;
  double x = 0, y = 0, radius = 0, angle = 0, value = 0;  // in shares of the side
};

double distance_to_square(double x, double y, double half) {
  const double dx = std::abs(x) - half, dy = std::abs(y) - half;
  return std::hypot(std::max(dx, 0.0), std::max(dy, 0.0)) + std::min(std::max(dx, dy), 0.0);
}

double distance_to_box(double x, double y, double half_width, double half_height) {
  const double dx = std::abs(x) - half_width, dy = std::abs(y) - half_height;
  return std::hypot(std::max(dx, 0.0), std::max(dy, 0.0)) + std::min(std::max(dx, dy), 0.0);
}

/// How far a point lies outside a shape; negative inside.
double distance_to(const Shape& shape, double px, double py) {
  const double dx = px - shape.x, dy = py - shape.y, r = shape.radius;
  const double c = std::cos(shape.angle), s = std::sin(shape.angle);
  const double x = c * dx + s * dy, y = c * dy - s * dx;
  switch (shape.kind) {
    case 0:
      return std::hypot(x, y) - r;
    case 1:
      return std::abs(std::hypot(x, y) - 0.75 * r) - 0.25 * r;
    case 2:
      return distance_to_square(x, y, 0.8 * r);
    case 3: {  // equilateral: the farthest of three half-planes
      double farthest = -r;
      for (int side = 0; side < 3; ++side) {
        const double direction = std::numbers::pi / 2 + side * 2 * std::numbers::pi / 3;
        farthest = std::max(farthest, x * std::cos(direction) + y * std::sin(direction) - 0.5 * r);
      }
      return farthest;
    }
    case 4:
      return std::min(distance_to_box(x, y, r, 0.3 * r), distance_to_box(x, y, 0.3 * r, r));
    default:
      return distance_to_box(x, y, r, 0.25 * r);
  }
}

/// The ground's value at a point: its tone, and a pattern of little contrast.
class Ground {
 public:
  Ground(size_t kind, double tone, Random& random) : kind_(kind), tone_(tone) {
    angle_ = random.uniform(0, std::numbers::pi);
    period_ = random.uniform(0.08, 0.25);
    phase_ = random.uniform();
    for (auto& wave : waves_) {
      for (double& number : wave) number = random.uniform();
    }
  }
  double at(double x, double y) const {
    constexpr double kContrast = 0.09;
    const double along = x * std::cos(angle_) + y * std::sin(angle_),
                 across = y * std::cos(angle_) - x * std::sin(angle_);
    const auto odd = [&](double t) { return static_cast<int64_t>(std::floor(t / period_ + phase_)) & 1; };
    switch (kind_) {
      case 0:
        return tone_;
      case 1:
        return tone_ + 2 * kContrast * (along - 0.5);
      case 2:
        return tone_ + (odd(along) ? kContrast : -kContrast);
      case 3:
        return tone_ + ((odd(along) ^ odd(across)) ? kContrast : -kContrast);
      default: {
        double sum = 0;
        for (const auto& wave : waves_) {
          const double direction = wave[0] * 2 * std::numbers::pi, cycles = 1 + 5 * wave[1];
          sum += std::sin(2 * std::numbers::pi *
                          (cycles * (x * std::cos(direction) + y * std::sin(direction)) + wave[2]));
        }
        return tone_ + kContrast * sum / 2;
      }
    }
  }

 private:
  size_t kind_;
  double tone_, angle_ = 0, period_ = 1, phase_ = 0;
  std::array<std::array<double, 3>, 5> waves_{};
};

float to_pixel(double value) { return static_cast<float>(2 * std::clamp(value, 0.0, 1.0) - 1); }
double from_pixel(float pixel) { return (static_cast<double>(pixel) + 1) / 2; }

struct Scene {
  size_t ground = 0, ground_tone = 0;
  std::vector<Shape> shapes;
};

const char* place_word(size_t place) { return kPlaces[place / 3][place % 3]; }

/// Where a caption says it: in the middle, at the top left.
std::string place_text(size_t place) {
  return std::string(place == 4 ? "in the " : "at the ") + place_word(place);
}

Scene draw_scene(Random& random) {
  Scene scene;
  scene.ground = random.below(kGrounds.size());
  scene.ground_tone = random.below(kTones.size());
  std::array<size_t, 6> kinds{0, 1, 2, 3, 4, 5};
  std::array<size_t, 9> places{0, 1, 2, 3, 4, 5, 6, 7, 8};
  random.shuffle(kinds);
  random.shuffle(places);
  const size_t count = 1 + random.below(4);
  for (size_t i = 0; i < count; ++i) {
    Shape shape{.kind = kinds[i], .size = random.below(2), .place = places[i]};
    // Another tone than the ground's, so that it is seen.
    shape.tone = (scene.ground_tone + 1 + random.below(kTones.size() - 1)) % kTones.size();
    shape.value = kTones[shape.tone].value + random.uniform(-kToneJitter, kToneJitter);
    shape.radius = shape.size == 0 ? random.uniform(0.07, 0.1) : random.uniform(0.14, 0.18);
    shape.x = (static_cast<double>(shape.place % 3) + 0.5) / 3 + random.uniform(-0.04, 0.04);
    shape.y = (static_cast<double>(shape.place / 3) + 0.5) / 3 + random.uniform(-0.04, 0.04);
    shape.angle = random.uniform(-0.4, 0.4);
    scene.shapes.push_back(shape);
  }
  return scene;
}

GrayPicture render(const Scene& scene, int64_t side, Random& random) {
  const Ground ground(scene.ground,
                      kTones[scene.ground_tone].value + random.uniform(-kToneJitter, kToneJitter), random);
  GrayPicture picture{side, side, std::vector<float>(static_cast<size_t>(side * side))};
  const double edge = 1.0 / static_cast<double>(side);  // an edge is a pixel wide
  for (int64_t row = 0; row < side; ++row) {
    for (int64_t column = 0; column < side; ++column) {
      const double x = (static_cast<double>(column) + 0.5) * edge,
                   y = (static_cast<double>(row) + 0.5) * edge;
      double value = ground.at(x, y);
      for (const Shape& shape : scene.shapes) {
        const double share = std::clamp(0.5 - distance_to(shape, x, y) / edge, 0.0, 1.0);
        value += share * (shape.value - value);
      }
      picture.pixels[static_cast<size_t>(row * side + column)] = to_pixel(value);
    }
  }
  return picture;
}

std::string shape_text(const Shape& shape) {
  return fmt::format("a {} {} {} {}", kSizes[shape.size], kTones[shape.tone].word, kShapes[shape.kind],
                     place_text(shape.place));
}

std::string caption_of(const Scene& scene) {
  std::string text;
  for (size_t i = 0; i < scene.shapes.size(); ++i) {
    const bool last = i + 1 == scene.shapes.size();
    text += (i == 0 ? "" : last ? " and " : ", ") + shape_text(scene.shapes[i]);
  }
  text += fmt::format(" on a {} {} ground.", kTones[scene.ground_tone].word, kGrounds[scene.ground]);
  text[0] = 'A';
  return text;
}

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
constexpr const char* kTellOption = "What is option {}?";
constexpr const char* kListQuestion = "Which option {}?";
constexpr const char* kSceneQuestion = "Which candidate shows the scene of the first picture?";

// Questions with options.

constexpr size_t kAskedAtOnce = 3;

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

GrayPicture in_other_tones(const GrayPicture& picture, Random& random);

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

// Edits.

GrayPicture mapped(const GrayPicture& picture, const std::function<double(double)>& tone) {
  GrayPicture result = picture;
  for (float& pixel : result.pixels) pixel = to_pixel(tone(from_pixel(pixel)));
  return result;
}

/// A map of tones that leaves nothing undone: inverted or not, brighter or darker, with more contrast or
/// less.
GrayPicture in_other_tones(const GrayPicture& picture, Random& random) {
  const bool inverted = random.below(2) == 0;
  const double gamma = std::exp(random.uniform(-0.7, 0.7)), contrast = random.uniform(0.5, 1.0);
  return mapped(picture, [=](double v) {
    const double turned = std::pow(inverted ? 1 - v : v, gamma);
    return 0.5 + contrast * (turned - 0.5);
  });
}

/// Gaussian blur, the picture continued by its edge; `sigma` in pixels.
GrayPicture blurred(const GrayPicture& picture, double sigma) {
  const auto reach = static_cast<int64_t>(std::ceil(3 * sigma));
  std::vector<double> weights;
  double total = 0;
  for (int64_t i = -reach; i <= reach; ++i) {
    const double t = static_cast<double>(i) / sigma;
    weights.push_back(std::exp(-t * t / 2));
    total += weights.back();
  }
  const auto pass = [&](const std::vector<double>& in, bool along_rows) {
    std::vector<double> out(in.size());
    for (int64_t row = 0; row < picture.height; ++row) {
      for (int64_t column = 0; column < picture.width; ++column) {
        double sum = 0;
        for (int64_t i = -reach; i <= reach; ++i) {
          const int64_t r = along_rows ? row : std::clamp<int64_t>(row + i, 0, picture.height - 1);
          const int64_t c = along_rows ? std::clamp<int64_t>(column + i, 0, picture.width - 1) : column;
          sum += weights[static_cast<size_t>(i + reach)] * in[static_cast<size_t>(r * picture.width + c)];
        }
        out[static_cast<size_t>(row * picture.width + column)] = sum / total;
      }
    }
    return out;
  };
  const std::vector<double> smooth = pass(pass({picture.pixels.begin(), picture.pixels.end()}, true), false);
  GrayPicture result = picture;
  std::transform(smooth.begin(), smooth.end(), result.pixels.begin(),
                 [](double v) { return static_cast<float>(v); });
  return result;
}

/// In pixels, for a picture of any size: as wide as on one of 64.
double width_in(const GrayPicture& picture, double on_64) {
  return on_64 * static_cast<double>(std::min(picture.height, picture.width)) / 64;
}

GrayPicture sharpened(const GrayPicture& picture) {
  const GrayPicture smooth = blurred(picture, width_in(picture, 1.5));
  GrayPicture result = picture;
  for (size_t i = 0; i < result.pixels.size(); ++i)
    result.pixels[i] = std::clamp(picture.pixels[i] + (picture.pixels[i] - smooth.pixels[i]), -1.0f, 1.0f);
  return result;
}

GrayPicture outlined(const GrayPicture& picture) {
  GrayPicture result = picture;
  const auto at = [&](int64_t row, int64_t column) {
    return static_cast<double>(
        picture.pixels[static_cast<size_t>(std::clamp<int64_t>(row, 0, picture.height - 1) * picture.width +
                                           std::clamp<int64_t>(column, 0, picture.width - 1))]);
  };
  for (int64_t row = 0; row < picture.height; ++row) {
    for (int64_t column = 0; column < picture.width; ++column) {
      const double dx = at(row, column + 1) - at(row, column - 1),
                   dy = at(row + 1, column) - at(row - 1, column);
      result.pixels[static_cast<size_t>(row * picture.width + column)] =
          to_pixel(1.5 * std::hypot(dx, dy) / 2);
    }
  }
  return result;
}

GrayPicture with_noise(const GrayPicture& picture, Random& random) {
  const double sd = random.uniform(0.1, 0.3);
  GrayPicture result = picture;
  for (float& pixel : result.pixels)
    pixel = static_cast<float>(std::clamp(static_cast<double>(pixel) + sd * random.normal(), -1.0, 1.0));
  return result;
}

/// The values near one tone become values near another; all others stay.
double moved_band(double value, size_t from, size_t to) {
  constexpr double kHalf = 0.115;  // half the way between two tones
  const double offset = value - kTones[from].value;
  return std::abs(offset) < kHalf ? kTones[to].value + offset : value;
}

struct Edit {
  const char* name;
  bool for_single_scans;
  std::array<const char*, 3> wordings;
  std::function<void(const GrayPicture&, Random&, PictureEdit&)> make;
};

/// An edit without anything to choose.
template <class Function>
auto after_is(Function function) {
  return
      [function](const GrayPicture& picture, Random&, PictureEdit& edit) { edit.after = function(picture); };
}
template <class Tone>
auto tone_is(Tone tone) {
  return after_is([tone](const GrayPicture& picture) { return mapped(picture, tone); });
}

void recolor(const GrayPicture& picture, Random& random, PictureEdit& edit) {
  const size_t from = random.below(kTones.size());
  const size_t to = (from + 1 + random.below(kTones.size() - 1)) % kTones.size();
  edit.after = mapped(picture, [=](double value) { return moved_band(value, from, to); });
  edit.instruction = fmt::format(fmt::runtime(edit.instruction), kTones[from].word, kTones[to].word);
}

void denoise(const GrayPicture& picture, Random& random, PictureEdit& edit) {
  edit.after = picture;
  edit.before = with_noise(picture, random);
}

const std::vector<Edit>& edits() {
  static const std::vector<Edit> table{
      {"keep",
       true,
       {"Keep the picture as it is.", "Change nothing.", "Give the same picture back."},
       after_is([](const GrayPicture& picture) { return picture; })},
      {"blur",
       true,
       {"Blur the picture.", "Make it smooth.", "Soften all edges."},
       after_is([](const GrayPicture& picture) { return blurred(picture, width_in(picture, 1.5)); })},
      {"denoise",
       true,
       {"Remove the noise.", "Clean the picture of grain.", "Make a noisy picture clean."},
       denoise},
      {"invert",
       false,
       {"Invert the picture.", "Make dark bright and bright dark.",
        "Turn black into white and white into black."},
       tone_is([](double v) { return 1 - v; })},
      {"brighten",
       false,
       {"Make the picture brighter.", "Raise all tones.", "Lighten it."},
       tone_is([](double v) { return std::pow(v, 0.5); })},
      {"darken", false, {"Make the picture darker.", "Lower all tones.", "Dim it."}, tone_is([](double v) {
         return v * v;
       })},
      {"more contrast",
       false,
       {"Raise the contrast.", "Spread the tones apart.", "Make the contrast stronger."},
       tone_is([](double v) { return 0.5 + 1.8 * (v - 0.5); })},
      {"less contrast",
       false,
       {"Lower the contrast.", "Bring the tones together.", "Make the contrast weaker."},
       tone_is([](double v) { return 0.5 + 0.5 * (v - 0.5); })},
      {"recolor",
       false,
       {"Make everything {0} {1}.", "Replace {0} by {1}; keep the rest.", "Turn the {0} parts {1}."},
       recolor},
      {"sharpen",
       false,
       {"Sharpen the picture.", "Make the edges crisp.", "Bring out fine detail."},
       after_is(sharpened)},
      {"outline",
       false,
       {"Show the outlines only.", "Draw the edges bright on black.", "Keep nothing but the contours."},
       after_is(outlined)},
  };
  return table;
}

std::vector<const Edit*> edits_of(EditChoice choice) {
  std::vector<const Edit*> chosen;
  for (const Edit& edit : edits()) {
    if (choice == EditChoice::kAll || edit.for_single_scans) chosen.push_back(&edit);
  }
  return chosen;
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

ListChoice draw_list_choice(Random& random) {
  // Shapes of four kinds at four places: each word of an option is some option's alone, or not asked for.
  std::array<size_t, kShapes.size()> kinds{};
  std::iota(kinds.begin(), kinds.end(), size_t{0});
  std::array<size_t, 9> places{0, 1, 2, 3, 4, 5, 6, 7, 8};
  random.shuffle(kinds);
  random.shuffle(places);
  ListChoice choice;
  for (size_t i = 0; i < kChoiceOptions; ++i) {
    const size_t size = random.below(kSizes.size()), tone = random.below(kTones.size());
    const Shape shape{.kind = kinds[i], .size = size, .tone = tone, .place = places[i]};
    choice.options.push_back(shape_text(shape));
  }
  for (size_t i = 0; i < kAskedAtOnce; ++i) {
    const size_t correct = random.below(kChoiceOptions);
    if (random.below(2) == 0) {
      choice.asked.push_back(
          {fmt::format(fmt::runtime(kTellOption), letter(correct)), {}, correct, choice.options[correct]});
      continue;
    }
    const std::string what = random.below(2) == 0 ? fmt::format("has a {}", kShapes[kinds[correct]])
                                                  : fmt::format("is {}", place_text(places[correct]));
    choice.asked.push_back({fmt::format(fmt::runtime(kListQuestion), what), {}, correct});
  }
  return choice;
}

PictureEdit draw_edit(const GrayPicture& picture, EditChoice choice, Random& random) {
  const std::vector<const Edit*> possible = edits_of(choice);
  const Edit& chosen = *possible[random.below(possible.size())];
  PictureEdit edit{chosen.wordings[random.below(chosen.wordings.size())], picture, {}};
  chosen.make(picture, random, edit);
  return edit;
}

std::vector<std::string> edit_names(EditChoice choice) {
  std::vector<std::string> names;
  for (const Edit* edit : edits_of(choice)) names.emplace_back(edit->name);
  return names;
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
  for (size_t option = 0; option < kChoiceOptions; ++option) {
    lines.push_back(fmt::format(fmt::runtime(kDescribeCandidate), letter(option)));
    lines.push_back(fmt::format(fmt::runtime(kTellOption), letter(option)));
  }
  lines.emplace_back(kSceneQuestion);
  for (const char* ground : kGrounds)
    lines.push_back(fmt::format("Which candidate has a {} ground?", ground));
  lines.emplace_back(kChoiceEnd);
  for (const Edit& edit : edits()) {
    for (const char* wording : edit.wordings)
      lines.push_back(fmt::format(fmt::runtime(wording), "dark", "bright"));
  }
  return lines;
}

}  // namespace synerbench::reference
