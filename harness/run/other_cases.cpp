#include "harness/run/other_cases.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "harness/core/error.h"
#include "harness/data/content.h"

namespace synerbench {

const OtherCases::Index& OtherCases::index_of(Modality target) {
  const std::lock_guard lock(mutex_);
  const auto [at, fresh] = indices_.try_emplace(target);
  if (!fresh) return at->second;
  for (size_t c = 0; c < store_.cases().size(); ++c) {
    const StoredVolume* volume = store_.cases()[c].find(target);
    if (!volume) continue;
    for (const std::string& hash : hashes_of(*volume)) at->second.by_voxels.emplace(hash, c);
    for (const uint64_t mark : volume->sketch) at->second.by_mark[mark].push_back(c);
  }
  return at->second;
}

std::string OtherCases::remark(const StoredCase& own, Modality target, std::span<const float> prediction) {
  const Index& index = index_of(target);
  const StoredVolume* wanted = own.find(target);
  SB_CHECK(wanted != nullptr, own.id.text());
  const auto text = [&](size_t other, double share) {
    return fmt::format(
        "the prediction holds the image of case {}: {:.0f} % of its fine structure is that of the "
        "{} there",
        store_.cases()[other].id.text(), 100 * share, name_of(target));
  };
  // Scans are told by their axial slices, whatever plane they are cut in.
  const std::vector<float> axial = from_plane<float>(prediction, own.geometry, own.plane);
  const auto shape = plane_shape(own.geometry, "axial");
  const std::string voxels = voxels_sha256(axial, shape);
  const std::vector<std::string> known = hashes_of(*wanted);
  if (std::find(known.begin(), known.end(), voxels) != known.end()) return "";
  if (const auto at = index.by_voxels.find(voxels); at != index.by_voxels.end()) return text(at->second, 1);

  const std::vector<uint64_t> sketch = sketch_of(axial, shape);
  std::map<size_t, size_t> shared;  // marks, by case
  for (const uint64_t mark : sketch) {
    constexpr size_t kCommon = 16;  // as in copies_in(): what many scans have is no mark of any
    const auto at = index.by_mark.find(mark);
    if (at == index.by_mark.end() || at->second.size() > kCommon) continue;
    for (const size_t holder : at->second) ++shared[holder];
  }
  // Less than of its own scan: what both have, a frame or a test pattern, tells nothing.
  const double of_own = containment(sketch, wanted->sketch);
  double best = 0;
  std::string found;
  for (const auto& [other, count] : shared) {
    const StoredVolume& volume = *store_.cases()[other].find(target);
    if (count < kLeastShared || volume.voxels_sha256 == wanted->voxels_sha256) continue;
    const double share = containment(sketch, volume.sketch);
    if (share < kNearCopy || share <= of_own || share <= best) continue;
    best = share;
    found = text(other, share);
  }
  return found;
}

std::string same_as(const char* what, const std::vector<CaseId>& others) {
  return fmt::format("{}{} other case{}, the first is {}", what, others.size(), others.size() == 1 ? "" : "s",
                     others.front().text());
}

void remark_on_repeats(Results& results, const std::vector<std::string>& hashes) {
  SB_CHECK(hashes.size() == results.cases.size(), "one hash for each record");
  std::set<std::string> trivial;
  for (const ModelRecord& model : results.models) {
    if (model.info.is_object() && model.info.value("trivial", false)) trivial.insert(model.key);
  }
  std::map<std::tuple<std::string, std::string, std::string>, std::vector<CaseId>> equal;
  const auto key_of = [&](size_t i) {
    return std::tuple(results.cases[i].task, results.cases[i].model, hashes[i]);
  };
  for (size_t i = 0; i < hashes.size(); ++i) {
    if (!hashes[i].empty() && !trivial.contains(results.cases[i].model))
      equal[key_of(i)].push_back(results.cases[i].scan);
  }
  for (size_t i = 0; i < hashes.size(); ++i) {
    const auto at = equal.find(key_of(i));
    if (at == equal.end() || at->second.size() < 2) continue;
    std::vector<std::string>& remarks = results.cases[i].remarks;
    if (std::any_of(remarks.begin(), remarks.end(),
                    [](const std::string& remark) { return remark.starts_with(kSameFile); }))
      continue;
    std::vector<CaseId> others = at->second;
    std::erase(others, results.cases[i].scan);
    if (!others.empty())
      remarks.insert(remarks.begin(), same_as("the prediction has the values of that for ", others));
  }
}

}  // namespace synerbench
