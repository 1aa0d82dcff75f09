#include <cstdio>
#include <vector>

#include "metrics/protocol.h"

int main() {
  const int64_t side = 32;
  std::vector<double> image(static_cast<size_t>(side * side));
  for (size_t i = 0; i < image.size(); ++i) image[i] = static_cast<double>(i % 7) / 7;
  const synerbench::ImageView view{image.data(), 1, side, side};
  const auto scores = synerbench::compare(synerbench::builtin_protocols().at("synermed-2d@1"), view, view, {});
  std::printf("%.3f\n", scores.front().value());
  return scores.front().value() == 1.0 ? 0 : 1;
}
