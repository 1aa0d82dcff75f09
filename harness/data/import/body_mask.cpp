#include "harness/data/import/body_mask.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <set>

#include "harness/core/error.h"
#include "harness/data/intensity.h"

namespace synerbench {
namespace {

// Closes everything in `open` that is connected to `seed`, and lists it where wanted. `neighbors` calls back
// with the indices next to one.
template <class Neighbors>
void flood(std::vector<uint8_t>& open, int64_t seed, std::vector<int64_t>& stack, Neighbors&& neighbors,
           std::vector<int64_t>* members) {
  stack.assign(1, seed);
  open[static_cast<size_t>(seed)] = 0;
  while (!stack.empty()) {
    const int64_t at = stack.back();
    stack.pop_back();
    if (members) members->push_back(at);
    neighbors(at, [&](int64_t next) {
      if (open[static_cast<size_t>(next)]) {
        open[static_cast<size_t>(next)] = 0;
        stack.push_back(next);
      }
    });
  }
}

void fill_holes(std::span<uint8_t> slice, int64_t width, int64_t height) {
  std::vector<uint8_t> outside(slice.size());
  for (size_t p = 0; p < slice.size(); ++p) outside[p] = !slice[p];
  std::vector<int64_t> stack;
  const auto neighbors = [&](int64_t at, auto&& visit) {
    const int64_t x = at % width, y = at / width;
    if (x > 0) visit(at - 1);
    if (x + 1 < width) visit(at + 1);
    if (y > 0) visit(at - width);
    if (y + 1 < height) visit(at + width);
  };
  const auto from_border = [&](int64_t at) {
    if (outside[static_cast<size_t>(at)]) flood(outside, at, stack, neighbors, nullptr);
  };
  for (int64_t x = 0; x < width; ++x) {
    from_border(x);
    from_border((height - 1) * width + x);
  }
  for (int64_t y = 0; y < height; ++y) {
    from_border(y * width);
    from_border(y * width + width - 1);
  }
  // What is still open could not be reached: holes.
  for (size_t p = 0; p < slice.size(); ++p) slice[p] |= outside[p];
}

// Whether each voxel is the center of a square of kSolidSide that is open to kSolidFilled, in its slice.
// Not to the last voxel: one noisy value must not undo an arm.
std::vector<uint8_t> solid_centers(const std::vector<uint8_t>& open, const Geometry& grid) {
  constexpr double kSolidFilled = 0.95;
  const auto [ni, nj, nk] = grid.size;
  const auto reach = [&](size_t axis) {
    return std::max<int64_t>(1, std::llround((kSolidSide / grid.spacing[axis] - 1) / 2));
  };
  const int64_t ri = reach(0), rj = reach(1);
  const auto needed =
      static_cast<int64_t>(std::ceil(kSolidFilled * static_cast<double>((2 * ri + 1) * (2 * rj + 1))));
  std::vector<uint8_t> solid(open.size(), 0);
  std::vector<int32_t> sums(static_cast<size_t>((ni + 1) * (nj + 1)));  // of the rectangle before each corner
  const auto sum_at = [&, width = ni + 1](int64_t i, int64_t j) -> int32_t& {
    return sums[static_cast<size_t>(j * width + i)];
  };
  for (int64_t k = 0; k < nk; ++k) {
    for (int64_t j = 0; j < nj; ++j) {
      for (int64_t i = 0; i < ni; ++i) {
        sum_at(i + 1, j + 1) = sum_at(i, j + 1) + sum_at(i + 1, j) - sum_at(i, j) +
                               open[static_cast<size_t>((k * nj + j) * ni + i)];
      }
    }
    for (int64_t j = rj; j + rj < nj; ++j) {
      for (int64_t i = ri; i + ri < ni; ++i) {
        const int64_t filled = sum_at(i + ri + 1, j + rj + 1) - sum_at(i - ri, j + rj + 1) -
                               sum_at(i + ri + 1, j - rj) + sum_at(i - ri, j - rj);
        solid[static_cast<size_t>((k * nj + j) * ni + i)] = filled >= needed;
      }
    }
  }
  return solid;
}

void fill_holes(std::vector<uint8_t>& mask, const Geometry& grid) {
  const int64_t plane = grid.size[0] * grid.size[1];
  for (int64_t k = 0; k < grid.size[2]; ++k) {
    fill_holes(std::span(mask).subspan(static_cast<size_t>(k * plane), static_cast<size_t>(plane)),
               grid.size[0], grid.size[1]);
  }
}

// The magnitude below which a value of this volume is invisible. Whole numbers are no residue of resampling.
float visible_from(std::span<const float> values) {
  std::vector<float> magnitudes;
  bool whole = true;
  for (const float value : values) {
    if (value != 0) magnitudes.push_back(std::abs(value));
    whole = whole && value == std::trunc(value);
  }
  if (whole) return 0;
  constexpr double kInvisible = 1e-3;
  return magnitudes.empty() ? 0 : static_cast<float>(kInvisible * percentile(std::move(magnitudes), 99));
}

size_t inside_of(std::span<const uint8_t> mask) {
  return static_cast<size_t>(std::count_if(mask.begin(), mask.end(), [](uint8_t m) { return m != 0; }));
}

double share_of(size_t part, size_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

// Every step-th voxel of a mask along each axis, so that no axis has more than kMostCells: enough to find out
// where it would fit.
struct Sample {
  std::array<int64_t, 3> size{}, step{};
  std::vector<uint8_t> cells;

  Sample(std::span<const uint8_t> mask, const Geometry& grid) {
    constexpr int64_t kMostCells = 96;
    for (size_t a = 0; a < 3; ++a) {
      step[a] = (grid.size[a] + kMostCells - 1) / kMostCells;
      size[a] = (grid.size[a] + step[a] - 1) / step[a];
    }
    for (int64_t k = 0; k < grid.size[2]; k += step[2]) {
      for (int64_t j = 0; j < grid.size[1]; j += step[1]) {
        for (int64_t i = 0; i < grid.size[0]; i += step[0])
          cells.push_back(mask[static_cast<size_t>((k * grid.size[1] + j) * grid.size[0] + i)] != 0);
      }
    }
  }
  std::array<double, 3> center() const {
    std::array<double, 3> sum{};
    double count = 0;
    size_t at = 0;
    for (int64_t k = 0; k < size[2]; ++k) {
      for (int64_t j = 0; j < size[1]; ++j) {
        for (int64_t i = 0; i < size[0]; ++i) {
          if (!cells[at++]) continue;
          sum[0] += static_cast<double>(i), sum[1] += static_cast<double>(j),
              sum[2] += static_cast<double>(k);
          ++count;
        }
      }
    }
    for (double& value : sum) value /= std::max(count, 1.0);
    return sum;
  }
};

// A way to lay a mask: mirrored along some axes, then moved by whole cells.
struct Lay {
  std::array<bool, 3> mirrored{};
  std::array<int64_t, 3> shift{};
};

// Share of what either covers that only one covers, where the mask reaches: it was cut at the border it was
// moved across. 1 where it hardly reaches the body.
double misfit_of(const Sample& body, const Sample& mask, const Lay& lay) {
  size_t either = 0, one = 0, reached = 0, all = 0;
  size_t at = 0;
  for (int64_t k = 0; k < body.size[2]; ++k) {
    for (int64_t j = 0; j < body.size[1]; ++j) {
      for (int64_t i = 0; i < body.size[0]; ++i) {
        const uint8_t own = body.cells[at++];
        all += own;
        std::array<int64_t, 3> from{i, j, k};
        bool inside = true;
        for (size_t a = 0; a < 3; ++a) {
          from[a] -= lay.shift[a];
          inside = inside && from[a] >= 0 && from[a] < body.size[a];
          if (lay.mirrored[a]) from[a] = body.size[a] - 1 - from[a];
        }
        if (!inside) continue;
        const uint8_t other =
            mask.cells[static_cast<size_t>((from[2] * body.size[1] + from[1]) * body.size[0] + from[0])];
        reached += own;
        either += own || other;
        one += own != other;
      }
    }
  }
  constexpr double kReached = 0.6;
  return share_of(reached, all) < kReached ? 1 : share_of(one, either);
}

// The best shift for a mask that is mirrored so: that of the centers, then better ones beside it.
Lay best_shift(const Sample& body, const Sample& mask, Lay lay, double* misfit) {
  const auto wanted = body.center(), own = mask.center();
  for (size_t a = 0; a < 3; ++a) {
    const double center = lay.mirrored[a] ? static_cast<double>(body.size[a] - 1) - own[a] : own[a];
    lay.shift[a] = std::llround(wanted[a] - center);
  }
  *misfit = misfit_of(body, mask, lay);
  for (bool better = true; better;) {
    better = false;
    for (size_t a = 0; a < 3; ++a) {
      for (const int64_t by : {-1, 1}) {
        Lay next = lay;
        next.shift[a] += by;
        const double found = misfit_of(body, mask, next);
        if (found < *misfit) *misfit = found, lay = next, better = true;
      }
    }
  }
  return lay;
}

// Where the mask would fit much better than where it lies: "moved by 16 mm to the left"; empty: nowhere.
std::string better_place(std::span<const uint8_t> body_voxels, std::span<const uint8_t> mask_voxels,
                         const Geometry& canonical) {
  constexpr double kMuchBetter = 0.5, kWorthAMirror = 0.8;
  const Sample body(body_voxels, canonical), mask(mask_voxels, canonical);
  const double as_it_is = misfit_of(body, mask, {});
  double best = as_it_is;
  std::optional<Lay> found;
  for (const int mirrors : {0, 1, 2, 4, 3, 5, 6, 7}) {
    Lay lay;
    for (size_t a = 0; a < 3; ++a) lay.mirrored[a] = (mirrors >> a & 1) != 0;
    double misfit = 0;
    lay = best_shift(body, mask, lay, &misfit);
    if (misfit < kWorthAMirror * best) best = misfit, found = lay;
  }
  if (!found || best > kMuchBetter * as_it_is) return "";
  static constexpr std::array<const char*, 3> kMirrors{"left and right", "front and back", "head and foot"};
  static constexpr std::array<std::array<const char*, 2>, 3> kWays{
      {{"right", "left"}, {"front", "back"}, {"foot", "head"}}};
  std::string text;
  for (size_t a = 0; a < 3; ++a) {
    if (found->mirrored[a])
      text += fmt::format("{}with {} exchanged", text.empty() ? "" : " and ", kMirrors[a]);
  }
  for (size_t a = 0; a < 3; ++a) {
    if (found->shift[a] == 0) continue;
    const double mm = static_cast<double>(std::abs(found->shift[a]) * mask.step[a]) * canonical.spacing[a];
    text += fmt::format("{}moved by {:.3g} mm to the {}", text.empty() ? "" : ", ", mm,
                        kWays[a][found->shift[a] > 0 ? 1 : 0]);
  }
  return text;
}

}  // namespace

std::vector<uint8_t> body_mask(std::span<const float> hu, const Geometry& canonical, float threshold) {
  SB_CHECK(static_cast<int64_t>(hu.size()) == canonical.count(), "one value per voxel");
  const auto [ni, nj, nk] = canonical.size;
  const int64_t plane = ni * nj;
  std::vector<uint8_t> open(hu.size());
  for (size_t v = 0; v < hu.size(); ++v) open[v] = hu[v] > threshold;
  const auto neighbors = [&, ni = ni, nj = nj, nk = nk](int64_t at, auto&& visit) {
    const int64_t i = at % ni, j = at / ni % nj, k = at / plane;
    if (i > 0) visit(at - 1);
    if (i + 1 < ni) visit(at + 1);
    if (j > 0) visit(at - ni);
    if (j + 1 < nj) visit(at + ni);
    if (k > 0) visit(at - plane);
    if (k + 1 < nk) visit(at + plane);
  };
  const std::vector<uint8_t> solid = solid_centers(open, canonical);
  struct Part {
    std::vector<int64_t> voxels;
    bool solid;
  };
  std::vector<Part> parts;  // every solid one, and each that was the largest so far
  std::vector<int64_t> stack, voxels;
  size_t largest = 0;
  for (int64_t v = 0; v < canonical.count(); ++v) {
    if (!open[static_cast<size_t>(v)]) continue;
    voxels.clear();
    flood(open, v, stack, neighbors, &voxels);
    const bool is_solid = std::any_of(voxels.begin(), voxels.end(),
                                      [&](int64_t at) { return solid[static_cast<size_t>(at)] != 0; });
    if (is_solid || voxels.size() > largest) parts.push_back({voxels, is_solid});
    largest = std::max(largest, voxels.size());
  }
  std::vector<uint8_t> mask(hu.size(), 0);
  const auto main_part = std::find_if(parts.begin(), parts.end(),
                                      [&](const Part& part) { return part.voxels.size() == largest; });
  for (auto part = parts.begin(); part != parts.end(); ++part) {
    const bool large = static_cast<double>(part->voxels.size()) >= kSolidShare * static_cast<double>(largest);
    if (part != main_part && !(part->solid && large)) continue;
    for (const int64_t v : part->voxels) mask[static_cast<size_t>(v)] = 1;
  }
  fill_holes(mask, canonical);
  return mask;
}

std::vector<uint8_t> union_of_nonzero(const std::vector<std::span<const float>>& volumes,
                                      const Geometry& canonical) {
  SB_CHECK(!volumes.empty(), "no volume");
  std::vector<uint8_t> visible(volumes.front().size(), 0), any = visible;
  for (const auto& voxels : volumes) {
    SB_CHECK(voxels.size() == any.size(), "volumes of one case share a grid");
    const float limit = visible_from(voxels);
    for (size_t v = 0; v < voxels.size(); ++v) {
      any[v] |= voxels[v] != 0;
      visible[v] |= voxels[v] != 0 && std::abs(voxels[v]) >= limit;
    }
  }
  fill_holes(visible, canonical);
  for (size_t v = 0; v < any.size(); ++v) any[v] &= visible[v];
  return any;
}

MaskFromFile mask_from_file(std::span<const float> values, const std::string& place) {
  SB_CHECK(!values.empty(), "a mask has voxels");
  constexpr size_t kFew = 10, kMostLabels = 256;
  std::set<float> distinct;
  bool whole = true;
  float least = values.front(), most = values.front();
  for (const float value : values) {
    if (distinct.size() <= kMostLabels) distinct.insert(value);
    whole = whole && value == std::trunc(value);
    least = std::min(least, value);
    most = std::max(most, value);
  }
  const auto above = [&](float limit) {
    MaskFromFile result;
    for (const float value : values) result.mask.push_back(value >= limit);
    return result;
  };
  if (distinct.size() == 1) {
    if (most == 0)
      throw input_error(place, "the mask (file) has no voxel inside",
                        "nothing could be scored in such a case; look at the mask");
    MaskFromFile result = above(most);
    result.rule = "file";
    return result;  // that it covers everything is said where shares are looked at
  }
  if (distinct.size() == 2) {
    MaskFromFile result = above(most);
    result.rule = "file";
    if (least != 0) {
      result.rule = fmt::format("file, {:g} is inside, {:g} outside", most, least);
      result.remarks.push_back(
          fmt::format("the mask has the values {:g} and {:g}: {:g} is taken as inside", least, most, most));
    }
    return result;
  }
  // How much of the upper half lies near the top: nearly all of it in a mask with a soft edge.
  const auto count_from = [&](double share) {
    return static_cast<size_t>(
        std::count_if(values.begin(), values.end(), [&](float v) { return v >= share * most; }));
  };
  constexpr double kNearTop = 0.8, kPlateau = 0.5, kRinging = -0.1, kLeastScale = 50;
  const bool soft =
      most > 0 && least >= kRinging * most && share_of(count_from(kNearTop), count_from(0.5)) >= kPlateau;
  if (soft && (!whole || (distinct.size() >= kFew && most >= kLeastScale))) {
    MaskFromFile result = above(most / 2);
    result.rule = fmt::format("file, at least half of its maximum {:g}", most);
    result.remarks.push_back(fmt::format(
        "the mask has more than two values, {:g} to {:g}: at least half of the maximum is taken as inside",
        least, most));
    return result;
  }
  // Labels come in regions, and neighbors in a row mostly have the same one; in an image of 8 bits, noise
  // parts them.
  constexpr double kRegions = 0.5;
  size_t neighbors = 0, alike = 0;
  for (size_t v = 1; v < values.size(); ++v) {
    if (values[v] <= 0 || values[v - 1] <= 0) continue;
    ++neighbors;
    alike += values[v] == values[v - 1];
  }
  const bool regions = distinct.size() <= kFew || share_of(alike, neighbors) >= kRegions;
  if (whole && least >= 0 && distinct.size() <= kMostLabels && most < 65536 && regions) {
    MaskFromFile result = above(1);
    result.rule = fmt::format("file, {} labels", distinct.size() - 1);
    return result;
  }
  throw input_error(
      place,
      fmt::format("values from {:g} to {:g}, {} different ones: this is an image, no mask", least, most,
                  distinct.size() > kMostLabels ? fmt::format("more than {}", kMostLabels)
                                                : fmt::format("{}", distinct.size())),
      "a mask has 0 outside and 1 inside; labels and probabilities are read too");
}

std::vector<std::string> share_remarks(std::span<const uint8_t> mask) {
  constexpr double kNearlyAll = 0.98, kNearlyNothing = 0.002;
  const size_t inside = inside_of(mask);
  if (inside == mask.size())
    return {"the mask covers every voxel: body values are values of the whole volume, air included"};
  const double share = share_of(inside, mask.size());
  // A share near 100 % is told by what is left of it: rounded, it would be all.
  if (share > kNearlyAll)
    return {fmt::format("the mask covers all but {:.2g} % of the volume",
                        100 * share_of(mask.size() - inside, mask.size()))};
  if (share < kNearlyNothing) return {fmt::format("the mask covers {:.2g} % of the volume", 100 * share)};
  return {};
}

std::vector<std::string> compare_with_image(std::span<const uint8_t> mask, std::span<const float> image,
                                            bool is_hu, float threshold, const Geometry& canonical,
                                            const std::string& place) {
  SB_CHECK(mask.size() == image.size(), "one mask value per voxel");
  const size_t inside = inside_of(mask);
  if (inside == mask.size() || inside == 0) return {};
  // How much there is to see, inside and outside: dense voxels of a CT, else brightness.
  double seen_inside = 0, seen_outside = 0;
  for (size_t v = 0; v < mask.size(); ++v) {
    const double seen = is_hu ? (image[v] > threshold ? 1.0 : 0.0) : std::abs(static_cast<double>(image[v]));
    (mask[v] ? seen_inside : seen_outside) += seen;
  }
  seen_inside /= static_cast<double>(inside);
  seen_outside /= static_cast<double>(mask.size() - inside);
  if (is_hu ? seen_inside < 0.5 && seen_inside < seen_outside : seen_inside < 0.25 * seen_outside) {
    throw input_error(
        place,
        is_hu ? fmt::format("{:.0f} % of the mask is denser than {:g} HU, outside of it {:.0f} %",
                            100 * seen_inside, threshold, 100 * seen_outside)
              : fmt::format("inside the mask the image is at {:.3g} on average, outside at {:.3g}",
                            seen_inside, seen_outside),
        "the mask is turned inside out, or belongs to another case; look at both");
  }
  constexpr double kHoles = 0.02, kLost = 0.25, kAir = 0.4;
  std::vector<std::string> remarks;
  std::vector<uint8_t> filled(mask.begin(), mask.end());
  fill_holes(filled, canonical);
  const size_t enclosed = inside_of(filled) - inside;
  if (share_of(enclosed, inside + enclosed) > kHoles) {
    remarks.push_back(fmt::format("the mask has holes: {:.0f} % of what it encloses is not inside",
                                  100 * share_of(enclosed, inside + enclosed)));
  }
  if (!is_hu) return remarks;
  const auto body = body_mask(image, canonical, threshold);
  size_t all = 0, lost = 0, air = 0;
  for (size_t v = 0; v < mask.size(); ++v) {
    all += body[v] != 0;
    lost += body[v] && !mask[v];
    air += mask[v] && !body[v];
  }
  // A dilated mask takes air in, one of a smaller field of view leaves body out. Both at once is a mask that
  // lies elsewhere, when it would fit there; where it fits nowhere, it takes more to doubt it.
  constexpr double kBoth = 0.06, kBothByFar = 0.2;
  const double least = std::min(share_of(lost, all), share_of(air, inside));
  const std::string where = least > kBoth ? better_place(body, mask, canonical) : "";
  if (!where.empty() || least > kBothByFar) {
    remarks.push_back(fmt::format(
        "the mask leaves out {:.0f} % of the body that the image shows, and {:.0f} % of it lies beside that "
        "body{}. Likely: it is shifted, flipped, or of another patient; look at both in a viewer",
        100 * share_of(lost, all), 100 * share_of(air, inside),
        where.empty() ? "" : fmt::format("; it fits better {}", where)));
    return remarks;
  }
  if (share_of(lost, all) > kLost) {
    remarks.push_back(fmt::format("{:.0f} % of the body that the image shows lies outside the mask",
                                  100 * share_of(lost, all)));
  }
  if (share_of(air, inside) > kAir) {
    remarks.push_back(
        fmt::format("{:.0f} % of the mask lies outside the body that the image shows: body values "
                    "are values of air, too",
                    100 * share_of(air, inside)));
  }
  return remarks;
}

}  // namespace synerbench
