#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "reference/pictures/detail/scene.h"

namespace synerbench::reference::detail {
namespace {

constexpr double kToneJitter = 0.06;

constexpr std::array<std::array<const char*, 3>, 3> kPlaces{{{"top left", "top", "top right"},
                                                             {"left", "middle", "right"},
                                                             {"bottom left", "bottom", "bottom right"}}};
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

const char* place_word(size_t place) { return kPlaces[place / 3][place % 3]; }

}  // namespace

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

}  // namespace synerbench::reference::detail
