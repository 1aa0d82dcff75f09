#include "harness/data/content.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/data/slice_store.h"

namespace synerbench {
namespace {

constexpr int64_t kAround = 4;   // a mark's center is the largest of the (2 * 4 + 1)^2 around it
constexpr int64_t kPattern = 3;  // and is told by the ranks of the (2 * 3 + 1)^2
constexpr int64_t kSide = 2 * kPattern + 1;

using Ranks = std::array<uint8_t, kSide * kSide>;

// How many of the values times `sign` are smaller, for each of them: equal values have equal ranks.
Ranks ranks_around(const float* center, int64_t width, float sign) {
  std::array<std::pair<float, uint8_t>, kSide * kSide> values;
  uint8_t at = 0;
  for (int64_t y = -kPattern; y <= kPattern; ++y) {
    for (int64_t x = -kPattern; x <= kPattern; ++x, ++at) values[at] = {sign * center[y * width + x], at};
  }
  std::sort(values.begin(), values.end());
  Ranks ranks{};
  uint8_t rank = 0;
  for (uint8_t i = 0; i < values.size(); ++i) {
    if (i > 0 && values[i].first != values[i - 1].first) rank = i;
    ranks[values[i].second] = rank;
  }
  return ranks;
}

/// One of the eight ways a square lies on itself: transposed or not, then flipped.
struct Lie {
  bool transposed = false, flip_rows = false, flip_columns = false;
  uint8_t of(const Ranks& ranks, int64_t y, int64_t x) const {
    if (transposed) std::swap(y, x);
    const int64_t row = flip_rows ? kSide - 1 - y : y, column = flip_columns ? kSide - 1 - x : x;
    return ranks[static_cast<size_t>(row * kSide + column)];
  }
};

// FNV-1a over the ranks as they lie, and a final mix so that the smallest are a fair sample.
uint64_t hash_of(const Ranks& ranks, const Lie& lie) {
  uint64_t hash = 14695981039346656037ULL;
  for (int64_t y = 0; y < kSide; ++y) {
    for (int64_t x = 0; x < kSide; ++x) hash = (hash ^ lie.of(ranks, y, x)) * 1099511628211ULL;
  }
  hash ^= hash >> 33;
  hash *= 0xff51afd7ed558ccdULL;
  return hash ^ (hash >> 33);
}

// The same hash however the pattern lies. It is laid so that its corner of least rank comes first and the
// lesser of the two next to that corner follows in the row. Where corners tie, all eight ways are tried.
uint64_t mark_of(const Ranks& ranks) {
  std::array<Lie, 8> lies;
  for (size_t i = 0; i < lies.size(); ++i) lies[i] = {(i & 4) != 0, (i & 2) != 0, (i & 1) != 0};
  constexpr int64_t kLast = kSide - 1;
  for (const Lie& lie : lies) {
    const uint8_t first = lie.of(ranks, 0, 0), right = lie.of(ranks, 0, kLast),
                  below = lie.of(ranks, kLast, 0), across = lie.of(ranks, kLast, kLast);
    if (first < right && first < below && first < across && right < below) return hash_of(ranks, lie);
  }
  uint64_t least = ~uint64_t{0};
  for (const Lie& lie : lies) least = std::min(least, hash_of(ranks, lie));
  return least;
}

// Strictly larger than all others around it (with `sign` -1: smaller). Most pixels fail at a neighbor.
bool is_peak(const float* center, int64_t width, float sign) {
  const float value = sign * *center;
  for (int64_t reach = 1; reach <= kAround; ++reach) {
    for (int64_t x = -reach; x <= reach; ++x) {
      if (sign * center[-reach * width + x] >= value || sign * center[reach * width + x] >= value)
        return false;
    }
    for (int64_t y = -reach + 1; y < reach; ++y) {
      if (sign * center[y * width - reach] >= value || sign * center[y * width + reach] >= value)
        return false;
    }
  }
  return true;
}

std::string place_of(const StoredCase& stored, Modality modality) {
  const StoredVolume& volume = *stored.find(modality);
  const Json& source = volume.source;
  const std::string path = source.is_object() && source.contains("path") && source["path"].is_string()
                               ? source["path"].get<std::string>()
                               : volume.tensor;
  return fmt::format("{} {} ({})", stored.id.text(), name_of(modality), path);
}

bool same_voxels(const StoredVolume& a, const StoredVolume& b) {
  const std::vector<std::string> of_a = hashes_of(a), of_b = hashes_of(b);
  return std::find_first_of(of_a.begin(), of_a.end(), of_b.begin(), of_b.end()) != of_a.end();
}

// How two cases with an equal scan lie to each other.
struct Common {
  size_t modalities = 0;  // that both have
  bool equal = true;      // all of them
  bool repeated = false;  // all, and there are a source and a target among them: a task counts both
};
Common common_of(const StoredCase& a, const StoredCase& b) {
  Common common;
  for (const StoredVolume& own : a.volumes) {
    const StoredVolume* other = b.find(own.modality);
    if (!other) continue;
    ++common.modalities;
    common.equal = common.equal && same_voxels(own, *other);
  }
  common.repeated = common.equal && common.modalities >= 2;
  return common;
}

bool one_patient(const StoredCase& a, const StoredCase& b) {
  return a.id.dataset == b.id.dataset && a.id.patient == b.id.patient;
}

}  // namespace

std::string voxels_sha256(std::span<const float> slices, const std::array<int64_t, 3>& shape) {
  Sha256 hash;
  hash.update(std::as_bytes(std::span(shape)));
  hash.update(std::as_bytes(slices));
  return hash.hex();
}

std::vector<std::string> hashes_of(const StoredVolume& volume) {
  if (volume.slices_sha256.empty()) return {volume.voxels_sha256};
  return {volume.voxels_sha256, volume.slices_sha256};
}

std::vector<uint64_t> sketch_of(std::span<const float> slices, const std::array<int64_t, 3>& shape) {
  const auto [depth, height, width] = shape;
  SB_CHECK(static_cast<int64_t>(slices.size()) == depth * height * width, "one value per voxel");
  std::set<uint64_t> smallest;
  for (int64_t d = 0; d < depth; ++d) {
    for (int64_t y = kAround; y + kAround < height; ++y) {
      const float* row = slices.data() + (d * height + y) * width;
      for (int64_t x = kAround; x + kAround < width; ++x) {
        // A pixel differs from the one beside it, so it can be one of the two only.
        const float sign = row[x] > row[x + 1] ? 1.0F : -1.0F;
        if (!is_peak(row + x, width, sign)) continue;
        const uint64_t mark = mark_of(ranks_around(row + x, width, sign));
        if (smallest.size() == kSketchSize && mark >= *smallest.rbegin()) continue;
        smallest.insert(mark);
        if (smallest.size() > kSketchSize) smallest.erase(std::prev(smallest.end()));
      }
    }
  }
  return {smallest.begin(), smallest.end()};
}

double containment(std::span<const uint64_t> a, std::span<const uint64_t> b) {
  if (a.empty() || b.empty()) return 0;
  // A full sketch says nothing of marks beyond its largest; a shorter one lists all.
  const uint64_t all = ~uint64_t{0};
  const uint64_t limit =
      std::min(a.size() < kSketchSize ? all : a.back(), b.size() < kSketchSize ? all : b.back());
  size_t shared = 0, in_a = 0, in_b = 0;
  for (size_t i = 0, j = 0; i < a.size() || j < b.size();) {
    const uint64_t next = std::min(i < a.size() ? a[i] : all, j < b.size() ? b[j] : all);
    if (next > limit) break;
    const bool of_a = i < a.size() && a[i] == next, of_b = j < b.size() && b[j] == next;
    i += of_a, j += of_b, in_a += of_a, in_b += of_b, shared += of_a && of_b;
  }
  if (shared < kLeastShared) return 0;
  return static_cast<double>(shared) / static_cast<double>(std::min(in_a, in_b));
}

bool Copy::allowed() const {
  if (!exact || first == second) return false;
  if (one_patient(*first, *second)) return !repeated;
  return first->split == second->split && !whole;
}

std::string Copy::text() const {
  const std::string both =
      fmt::format("{} and {}", place_of(*first, first_modality), place_of(*second, second_modality));
  if (exact) return both + " hold the same voxels";
  if (resampled) {
    return fmt::format(
        "{} hold the same image, or two of one patient, on different grids ({:.0f} % of their coarse "
        "structure agrees)",
        both, 100 * share);
  }
  return fmt::format(
      "{} hold the same image, scaled, inverted, flipped, turned or cropped ({:.0f} % of the smaller one)",
      both, 100 * share);
}

std::vector<Copy> copies_in(const std::vector<StoredCase>& cases) {
  struct Entry {
    size_t at;  // in `cases`
    const StoredVolume* volume;
  };
  std::vector<Entry> entries;
  std::map<std::string, std::vector<size_t>> by_hash;
  std::unordered_map<uint64_t, std::vector<size_t>> by_mark;
  for (size_t c = 0; c < cases.size(); ++c) {
    for (const StoredVolume& volume : cases[c].volumes) {
      for (const std::string& hash : hashes_of(volume)) by_hash[hash].push_back(entries.size());
      for (const uint64_t mark : volume.sketch) by_mark[mark].push_back(entries.size());
      entries.push_back({c, &volume});
    }
  }

  std::map<std::pair<size_t, size_t>, Copy> found;  // by entries
  const auto copy_of = [&](size_t a, size_t b, bool exact, double share, bool resampled = false) {
    const Entry &first = entries[std::min(a, b)], &second = entries[std::max(a, b)];
    const Common common = common_of(cases[first.at], cases[second.at]);
    return Copy{&cases[first.at],
                &cases[second.at],
                first.volume->modality,
                second.volume->modality,
                exact,
                exact && common.equal,
                exact && common.repeated,
                resampled,
                share};
  };
  const auto note = [&](size_t a, size_t b, const Copy& copy) {
    found.emplace(std::pair(std::min(a, b), std::max(a, b)), copy);
  };
  for (const auto& [hash, equal] : by_hash) {
    // Against one of them is enough to say: n copies of one scan are n - 1 remarks, not n * n. The first, or
    // the first beside which it may not stand.
    for (size_t i = 1; i < equal.size(); ++i) {
      size_t with = 0;
      for (size_t j = i; j-- > 0;) {
        if (!copy_of(equal[j], equal[i], true, 1).allowed()) with = j;
      }
      note(equal[with], equal[i], copy_of(equal[with], equal[i], true, 1));
    }
  }
  std::map<std::pair<size_t, size_t>, size_t> shared;
  for (const auto& [mark, holders] : by_mark) {
    // A mark that many volumes have is no mark of any: a test pattern, a frame burnt into every image.
    constexpr size_t kCommon = 16;
    if (holders.size() > kCommon) continue;
    for (size_t i = 0; i < holders.size(); ++i) {
      for (size_t j = i + 1; j < holders.size(); ++j) ++shared[{holders[i], holders[j]}];
    }
  }
  for (const auto& [pair, count] : shared) {
    const auto& [a, b] = pair;
    // Two studies of a patient may share a scan. Within a case each modality is a scan of its own: a CT that
    // was scaled and called MR is none.
    const bool one_case = entries[a].at == entries[b].at;
    if (count < kLeastShared || (!one_case && one_patient(cases[entries[a].at], cases[entries[b].at])))
      continue;
    const StoredVolume &first = *entries[a].volume, &second = *entries[b].volume;
    if (same_voxels(first, second)) continue;
    const double share = containment(first.sketch, second.sketch);
    if (share >= kNearCopy) note(a, b, copy_of(a, b, false, share));
  }
  // Every imprint against every other: 10,000 volumes are 50 million comparisons of 512 bits, half a second.
  for (size_t b = 0; b < entries.size(); ++b) {
    const std::vector<uint64_t>& own = entries[b].volume->imprint;
    for (size_t a = 0; !own.empty() && a < b; ++a) {
      const double share = agreement(entries[a].volume->imprint, own);
      if (share < kNearImprint || one_patient(cases[entries[a].at], cases[entries[b].at])) continue;
      if (same_voxels(*entries[a].volume, *entries[b].volume)) continue;
      // What the sketch has found already stays as it is.
      note(a, b, copy_of(a, b, false, share, true));
    }
  }
  std::vector<Copy> copies;
  for (const auto& [pair, copy] : found) copies.push_back(copy);
  return copies;
}

}  // namespace synerbench
