#include "reference/pictures/detail/edits.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "reference/pictures/detail/scene.h"

namespace synerbench::reference {
namespace {

using detail::from_pixel;
using detail::kTones;
using detail::to_pixel;

GrayPicture mapped(const GrayPicture& picture, const std::function<double(double)>& tone) {
  GrayPicture result = picture;
  for (float& pixel : result.pixels) pixel = to_pixel(tone(from_pixel(pixel)));
  return result;
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

GrayPicture detail::in_other_tones(const GrayPicture& picture, Random& random) {
  const bool inverted = random.below(2) == 0;
  const double gamma = std::exp(random.uniform(-0.7, 0.7)), contrast = random.uniform(0.5, 1.0);
  return mapped(picture, [=](double v) {
    const double turned = std::pow(inverted ? 1 - v : v, gamma);
    return 0.5 + contrast * (turned - 0.5);
  });
}

std::vector<std::string> detail::edit_lines() {
  std::vector<std::string> lines;
  for (const Edit& edit : edits()) {
    for (const char* wording : edit.wordings)
      lines.push_back(fmt::format(fmt::runtime(wording), kTones[1].word, kTones[3].word));
  }
  return lines;
}

}  // namespace synerbench::reference
