#include "harness/data/import/import_case.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/letters.h"
#include "harness/core/vocabulary.h"
#include "harness/data/alignment.h"
#include "harness/data/import/body_mask.h"
#include "harness/data/plausible.h"
#include "harness/data/volume_io.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;

std::array<std::array<double, 3>, 8> corners_of(const Geometry& grid) {
  std::array<std::array<double, 3>, 8> corners{};
  for (size_t c = 0; c < 8; ++c) {
    for (size_t axis = 0; axis < 3; ++axis) {
      corners[c][axis] = (c >> axis & 1) != 0 ? static_cast<double>(grid.size[axis] - 1) : 0;
    }
  }
  return corners;
}

// Same lattice: exact copy of what overlaps.
Volume cropped(const Volume& image, const Geometry& grid, const std::array<int64_t, 3>& offset,
               float outside) {
  Volume out;
  out.geometry = grid;
  out.voxels.assign(static_cast<size_t>(grid.count()), outside);
  size_t next = 0;
  const auto& size = image.geometry.size;
  for (int64_t k = 0; k < grid.size[2]; ++k) {
    for (int64_t j = 0; j < grid.size[1]; ++j) {
      for (int64_t i = 0; i < grid.size[0]; ++i, ++next) {
        const int64_t x = i + offset[0], y = j + offset[1], z = k + offset[2];
        if (x >= 0 && x < size[0] && y >= 0 && y < size[1] && z >= 0 && z < size[2])
          out.voxels[next] = image.at(x, y, z);
      }
    }
  }
  return out;
}

struct ReadFile {
  Volume volume;
  Json source;  // see StoredVolume::source; "transforms" grows as they are applied
  std::string path;
  std::string modality;              // of a DICOM header: "CT"; else empty
  std::vector<std::string> remarks;  // about reading it
};

/// The file beside `path` whose name differs in upper and lower case only; empty: none.
std::string other_case_of(const fs::path& path) {
  std::error_code code;
  for (fs::directory_iterator it(path.parent_path(), code), end; !code && it != end; it.increment(code)) {
    const std::string name = it->path().filename().string();
    if (lower(name) == lower(path.filename().string())) return name;
  }
  return "";
}

/// Reads the file. Where it is not there, or no image by its name, the list that named it is named, too.
Volume read_named(const DiscoveredCase& found, const fs::path& root, const std::string& path,
                  const GateLimits& limits, VerifiedFile* verified) {
  try {
    return read_volume(root / path, verified, limits);
  } catch (const Error& error) {
    const auto named = found.named_at.find(path);
    std::error_code code;
    const bool there = fs::exists(root / path, code);
    if (named == found.named_at.end() || (there && !image_ending(path).empty())) throw;
    std::string hint =
        fmt::format("{} names it: correct the path there, or put the file in its place", named->second);
    if (there && !error.hint().empty()) hint = fmt::format("{} ({} names it)", error.hint(), named->second);
    if (const std::string near = other_case_of(root / path); !there && !near.empty())
      hint += fmt::format("; \"{}\" is there, in other letters", near);
    throw Error(error.code(), error.place(), error.problem(), hint);
  }
}

ReadFile read_source(const DiscoveredCase& found, const fs::path& root, const std::string& path,
                     const GateLimits& limits, SourceHashes* hashes) {
  ReadFile file;
  VerifiedFile verified;
  file.path = (root / path).string();
  file.volume = read_named(found, root, path, limits, &verified);
  (*hashes)[path] = verified.sha256;
  file.source["path"] = path;
  file.source["sha256"] = verified.sha256;
  file.source["format"] = verified.format;
  file.source["stored_type"] = verified.stored_type;
  file.source["slope"] = verified.slope;
  file.source["intercept"] = verified.intercept;
  file.source["frame"] = verified.frame;
  file.source["axes"] = axes_of(file.volume.geometry);
  file.source["grid"] = describe(file.volume.geometry);
  file.source["transforms"] = Json::array();
  if (!verified.conversion.empty())
    file.source["transforms"].push_back(Json{{"kind", "suv"}, {"by", verified.conversion}});
  file.modality = verified.modality;
  file.remarks = verified.remarks;
  return file;
}

// Puts `file` onto the case's grid by the rule. `grid_name` names whose grid that is.
void fit_to_grid(ReadFile& file, const Geometry& grid, const std::string& grid_name, float outside,
                 bool is_mask, ResampleRule rule) {
  const Geometry& own = file.volume.geometry;
  if (same_grid(grid, own)) {
    file.volume.geometry = grid;
    return;
  }
  if (rule == ResampleRule::kRefuse) {
    throw input_error(
        file.path, fmt::format("is not on the grid of {}: {}", grid_name, difference_of(own, grid)),
        fmt::format("a case has one grid (within {:g} voxels); use --resample linear to bring every volume "
                    "onto that of {}",
                    kSameGridTolerance, grid_name));
  }
  const int64_t inside = voxels_inside(own, grid);
  if (inside == 0) {
    throw input_error(file.path, fmt::format("does not overlap with the grid of {} anywhere", grid_name),
                      "the files belong to different patients or frames of reference");
  }
  Json transform;
  if (const auto offset = lattice_offset(own, grid)) {
    transform["kind"] = "crop";
    transform["offset"] = Json::array({(*offset)[0], (*offset)[1], (*offset)[2]});
    file.volume = cropped(file.volume, grid, *offset, outside);
  } else {
    transform["kind"] = "resample";
    transform["method"] = is_mask ? "nearest" : "linear";
    file.volume =
        is_mask ? resample_nearest(file.volume, grid, outside) : resample_linear(file.volume, grid, outside);
    file.volume.geometry = grid;
  }
  transform["grid_of"] = grid_name;
  transform["outside"] = outside;
  transform["voxels_inside"] = inside;
  file.source["transforms"].push_back(std::move(transform));
}

// Note [CBCT offset] in the header. Padding that lies below the limit is air already and stays as it is.
void apply_cbct_offset(ReadFile& file) {
  const auto shares = hounsfield_shares_of(file.volume.voxels);
  if (!is_stored_without_negatives(shares, kCbctOffsetLimit)) return;
  const bool keep = shares.padding && *shares.padding <= kCbctOffsetLimit;
  const double least = !keep && shares.padding ? *shares.padding : shares.least;
  for (float& value : file.volume.voxels) {
    if (!keep || value != static_cast<float>(*shares.padding)) value += kCbctOffset;
  }
  Json transform{{"kind", "cbct-offset"}, {"add", kCbctOffset}, {"minimum", least}};
  if (keep) transform["padding_kept"] = *shares.padding;
  file.source["transforms"].push_back(std::move(transform));
  file.remarks.push_back(fmt::format(
      "CBCT: shifted by {:g} to HU: the minimum was {:g}{}. Where it was in HU already, --keep-cbct leaves "
      "it so",
      kCbctOffset, least, keep ? fmt::format(", besides a padding of {:g}", *shares.padding) : ""));
}

// The mask from the file, or from what the images show. Fills mask, mask_rule, mask_source and remarks.
void find_mask(const DiscoveredCase& found, const fs::path& root, const PixelRules& rules,
               const GateLimits& limits, SourceHashes* hashes, const std::vector<ReadFile>& files,
               const Geometry& grid, const std::string& grid_name, CaseToStore* to_store) {
  // CT before CBCT: its scale is true and its field of view is whole.
  const DiscoveredVolume* body = found.find(Modality::kCT);
  if (!body) body = found.find(Modality::kCBCT);
  const ReadFile& seen = files[body ? static_cast<size_t>(body - found.volumes.data()) : 0];
  std::string place = seen.path;
  if (!found.mask.empty()) {
    auto file = read_source(found, root, found.mask, limits, hashes);
    auto read = mask_from_file(file.volume.voxels, file.path);
    file.volume.voxels.assign(read.mask.begin(), read.mask.end());
    fit_to_grid(file, grid, grid_name, 0, true, rules.resample);
    file.volume = to_canonical(std::move(file.volume));
    for (const float value : file.volume.voxels) to_store->mask.push_back(value > 0);
    to_store->mask_rule = std::move(read.rule);
    to_store->remarks = std::move(read.remarks);
    to_store->mask_source = std::move(file.source);
    place = file.path;
  } else if (body) {
    to_store->mask = body_mask(seen.volume.voxels, to_store->geometry, kBodyThreshold);
    to_store->mask_rule =
        fmt::format("{} > {:g} HU, solid components, filled", name_of(body->modality), kBodyThreshold);
  } else {
    std::vector<std::span<const float>> all;
    for (const auto& file : files) all.emplace_back(file.volume.voxels);
    to_store->mask = union_of_nonzero(all, to_store->geometry);
    const bool everything =
        std::all_of(to_store->mask.begin(), to_store->mask.end(), [](uint8_t v) { return v != 0; });
    to_store->mask_rule = everything ? kNoBackground : "union of visible non-zero voxels";
  }
  if (std::none_of(to_store->mask.begin(), to_store->mask.end(), [](uint8_t v) { return v != 0; })) {
    throw input_error(place, fmt::format("the mask ({}) has no voxel inside", to_store->mask_rule),
                      "nothing could be scored in such a case; look at the image");
  }
}

// A DICOM header says what took the image. Cone-beam CT goes by several names.
void check_header_modality(const ReadFile& file, Modality modality, bool accept_odd, VolumeToStore* volume) {
  if (file.modality.empty()) return;
  const bool is_mr = unit_of(modality) == "a.u." && definition_of(modality) == nullptr;
  const std::string wanted = modality == Modality::kCT    ? "CT"
                             : modality == Modality::kPET ? "PT"
                             : is_mr                      ? "MR"
                                                          : file.modality;
  if (file.modality == wanted) return;
  const std::string seen =
      fmt::format("the header says {}, and it is taken as {}", file.modality, name_of(modality));
  if (!accept_odd)
    throw input_error(file.path, seen,
                      "check which series is which; --accept-odd takes it and keeps this remark");
  volume->remarks.push_back("accepted: " + seen);
}

// Holds a volume against what its modality can be. What is impossible is an error, unless it is accepted.
void check_values(const ReadFile& file, Modality modality, const Evidence& evidence, bool accept_odd,
                  VolumeToStore* volume) {
  for (const Doubt& doubt : doubts_about(modality, *volume->facts, evidence)) {
    if (doubt.impossible && !accept_odd) {
      throw input_error(
          file.path, fmt::format("{} (usual: {})", doubt.seen, doubt.usual),
          fmt::format("likely cause: {}; {}. If it is right as it is, --accept-odd takes it and "
                      "keeps this remark with it",
                      doubt.cause, doubt.next));
    }
    volume->remarks.push_back((doubt.impossible ? "accepted: " : "") + doubt.text());
  }
}

// Volumes of a case that fit better when one of them is turned: a program has written one file's voxels in
// another order than its header says, or the other way round.
std::vector<std::string> misfits_among(const std::vector<ReadFile>& files, size_t grid_of) {
  const Geometry& grid = files[grid_of].volume.geometry;
  const std::array<int64_t, 3> shape{grid.size[2], grid.size[1], grid.size[0]};
  const std::array<double, 3> spacing{grid.spacing[2], grid.spacing[1], grid.spacing[0]};
  std::vector<std::string> remarks;
  const Edges wanted(files[grid_of].volume.voxels, shape, spacing);
  for (size_t v = 0; v < files.size(); ++v) {
    if (v == grid_of) continue;
    const auto misfit = misfit_of(wanted, Edges(files[v].volume.voxels, shape, spacing));
    if (!misfit) continue;
    remarks.push_back(fmt::format(
        "{} fits {} better {}: their edges agree to {:.2f} then, to {:.2f} as they are. Likely: a program "
        "wrote the voxels of one in another order than its header says; look at both in a viewer",
        files[v].source["path"].get<std::string>(), files[grid_of].source["path"].get<std::string>(),
        misfit->turn.text({"the head-foot axis", "the front-back axis", "the left-right axis"}),
        misfit->agreement, misfit->as_it_is));
  }
  return remarks;
}

}  // namespace

float outside_value(Modality modality) {
  if (const auto* added = definition_of(modality)) return static_cast<float>(added->outside);
  return modality == Modality::kCT || modality == Modality::kCBCT ? -1000.F : 0.F;
}

ResampleRule parse_resample_rule(const std::string& text, const std::string& place) {
  if (text == "refuse") return ResampleRule::kRefuse;
  if (text == "linear") return ResampleRule::kLinear;
  throw usage_error(place, fmt::format("unknown rule \"{}\"", text),
                    did_you_mean(text, {"refuse", "linear"}));
}

Json to_json(const PixelRules& rules) {
  Json json;
  json["plane"] = rules.plane.empty() ? "as the layout says" : rules.plane;
  json["same_grid_tolerance_voxels"] = kSameGridTolerance;
  json["resample"] = rules.resample == ResampleRule::kRefuse ? "refuse" : "linear";
  json["outside"] =
      Json{{"CT", outside_value(Modality::kCT)}, {"CBCT", outside_value(Modality::kCBCT)}, {"others", 0}};
  json["cbct_offset"] =
      rules.cbct_offset ? fmt::format("minimum besides padding > {:g}, tissue not near 0: HU = value {:g}",
                                      kCbctOffsetLimit, kCbctOffset)
                        : "off";
  json["mask"] = fmt::format(
      "file, else CT or CBCT > {:g} HU, solid components, filled, else union of visible non-zero voxels",
      kBodyThreshold);
  return json;
}

std::vector<std::string> source_paths(const DiscoveredCase& found) {
  std::vector<std::string> paths;
  for (const auto& volume : found.volumes) paths.push_back(volume.path);
  if (!found.mask.empty()) paths.push_back(found.mask);
  return paths;
}

std::string import_key(const Json& rules, const DiscoveredCase& found, const SourceHashes& hashes) {
  Json json;
  json["rules"] = rules;
  json["name"] = found.name;
  json["patient"] = found.patient;
  json["region"] = found.region;
  json["group"] = found.group;
  json["plane"] = found.plane;
  json["split"] = found.split ? name_of(*found.split) : "";
  json["grid"] = name_of(found.grid);
  for (const auto& volume : found.volumes) {
    json["volumes"].push_back(Json::array({name_of(volume.modality), volume.path, hashes.at(volume.path)}));
  }
  if (!found.mask.empty()) json["mask"] = Json::array({found.mask, hashes.at(found.mask)});
  return sha256_hex(to_text(json, -1));
}

std::optional<std::array<int64_t, 3>> lattice_offset(const Geometry& image, const Geometry& grid) {
  const auto first = image.to_voxel(grid.to_world(0, 0, 0));
  std::array<int64_t, 3> offset{};
  for (size_t axis = 0; axis < 3; ++axis) {
    if (!(std::abs(first[axis]) < 1e9)) return std::nullopt;
    offset[axis] = std::llround(first[axis]);
  }
  // An affine map that moves no corner by more than the tolerance moves no voxel by more.
  for (const auto& corner : corners_of(grid)) {
    const auto at = image.to_voxel(grid.to_world(corner[0], corner[1], corner[2]));
    double squared = 0;
    for (size_t axis = 0; axis < 3; ++axis) {
      const double off = at[axis] - corner[axis] - static_cast<double>(offset[axis]);
      squared += off * off;
    }
    if (!(squared <= kSameGridTolerance * kSameGridTolerance)) return std::nullopt;
  }
  return offset;
}

CaseToStore read_case(const DiscoveredCase& found, const fs::path& root, const PixelRules& rules,
                      const GateLimits& limits, bool accept_odd, SourceHashes* hashes) {
  std::vector<ReadFile> files;
  for (const auto& volume : found.volumes) {
    files.push_back(read_source(found, root, volume.path, limits, hashes));
    if (volume.modality == Modality::kCBCT && rules.cbct_offset) apply_cbct_offset(files.back());
  }
  const auto* grid_volume = found.find(found.grid);
  SB_CHECK(grid_volume != nullptr, found.name);
  const Geometry grid = files[static_cast<size_t>(grid_volume - found.volumes.data())].volume.geometry;
  const std::string grid_name = grid_volume->path;
  for (size_t v = 0; v < files.size(); ++v) {
    fit_to_grid(files[v], grid, grid_name, outside_value(found.volumes[v].modality), false, rules.resample);
    files[v].volume = to_canonical(std::move(files[v].volume));
  }

  CaseToStore to_store;
  to_store.name = found.name;
  to_store.patient = found.patient;
  to_store.region = found.region;
  to_store.group = found.group;
  to_store.plane = rules.plane.empty() ? found.plane : rules.plane;
  SB_CHECK(found.split.has_value(), found.name);
  to_store.split = *found.split;
  to_store.geometry = files.front().volume.geometry;
  find_mask(found, root, rules, limits, hashes, files, grid, grid_name, &to_store);

  const auto remark = [&](const std::vector<std::string>& texts) {
    to_store.remarks.insert(to_store.remarks.end(), texts.begin(), texts.end());
  };
  remark(misfits_among(files, static_cast<size_t>(grid_volume - found.volumes.data())));

  for (size_t v = 0; v < files.size(); ++v) {
    VolumeToStore volume;
    volume.modality = found.volumes[v].modality;
    // A derived mask may come from the target: whoever has the source alone could not find its range again.
    const std::vector<uint8_t> own = found.mask.empty() ? std::vector<uint8_t>() : to_store.mask;
    volume.intensity = default_intensity_map(volume.modality, files[v].volume.voxels, own, files[v].path);
    volume.facts = facts_of(files[v].volume.voxels, to_store.mask, to_store.geometry, volume.intensity);
    // Who keeps a CBCT as it is stored has said that it is not in HU.
    const bool said = volume.modality == Modality::kCBCT && !rules.cbct_offset;
    check_header_modality(files[v], volume.modality, accept_odd, &volume);
    Evidence evidence;
    evidence.plateaus = plateaus_of(files[v].volume.voxels, to_store.mask, to_store.geometry);
    evidence.region = found.region;
    if (volume.modality == Modality::kCT || volume.modality == Modality::kCBCT)
      evidence.hounsfield = hounsfield_shares_of(files[v].volume.voxels);
    check_values(files[v], volume.modality, evidence, accept_odd || said, &volume);
    volume.remarks.insert(volume.remarks.end(), files[v].remarks.begin(), files[v].remarks.end());
    volume.voxels = std::move(files[v].volume.voxels);
    volume.source = std::move(files[v].source);
    to_store.volumes.push_back(std::move(volume));
  }
  if (to_store.mask_rule != kNoBackground) remark(share_remarks(to_store.mask));
  if (!found.mask.empty()) {
    // Only now that the images are known to be what they say. A CT shows the body best.
    const auto* ct = found.find(Modality::kCT);
    const VolumeToStore& shown = to_store.volumes[ct ? static_cast<size_t>(ct - found.volumes.data()) : 0];
    const bool is_hu = shown.modality == Modality::kCT || shown.modality == Modality::kCBCT;
    remark(compare_with_image(to_store.mask, shown.voxels, is_hu, kBodyThreshold, to_store.geometry,
                              (root / found.mask).string()));
  }
  return to_store;
}

}  // namespace synerbench
