#include "harness/run/synth.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <exception>
#include <memory>
#include <new>
#include <span>

#include "harness/core/error.h"
#include "harness/core/progress.h"
#include "harness/core/random.h"
#include "harness/data/model_space.h"
#include "harness/data/plausible.h"
#include "harness/data/slice_store.h"

namespace synerbench {
namespace {

// MR has no physical unit and here no reference either: the model's range [-1, 1] becomes 0 .. 1000.
IntensityMap output_map(Modality target) {
  if (!has_physical_unit(target)) return {0, 1000, "a.u.", "0 .. 1000 over the model's range"};
  return default_intensity_map(target, {}, {}, "");
}

// Empty without a mask: the volume's own non-zero voxels count then, as in importing.
std::vector<uint8_t> inside(const Volume* mask) {
  std::vector<uint8_t> bits;
  if (!mask) return bits;
  for (const float value : mask->voxels) bits.push_back(value != 0);
  return bits;
}

bool is_hounsfield(Modality modality) { return modality == Modality::kCT || modality == Modality::kCBCT; }

// The body, for what is looked at inside it: the mask, else what is no air in HU, and no 0 elsewhere.
std::vector<uint8_t> body_of(std::span<const float> values, std::vector<uint8_t> mask, Modality modality) {
  constexpr float kAir = -300;  // HU, as the masks of stores have it
  if (!mask.empty()) return mask;
  for (const float value : values) mask.push_back(is_hounsfield(modality) ? value > kAir : value != 0);
  return mask;
}

/// Holds a source against what its modality can be, as importing does.
void check_values(const Volume& canonical, const std::vector<uint8_t>& mask, const IntensityMap& map,
                  Modality modality, const std::string& region, const SynthOptions& options,
                  std::vector<std::string>& remarks) {
  const std::vector<uint8_t> body = body_of(canonical.voxels, mask, modality);
  Evidence evidence{plateaus_of(canonical.voxels, body, canonical.geometry), {}, region};
  if (is_hounsfield(modality)) evidence.hounsfield = hounsfield_shares_of(canonical.voxels);
  const VolumeFacts facts = facts_of(canonical.voxels, body, canonical.geometry, map);
  for (const Doubt& doubt : doubts_about(modality, facts, evidence)) {
    if (doubt.impossible && !options.accept_odd) {
      throw input_error(options.name, fmt::format("{} (usual: {})", doubt.seen, doubt.usual),
                        fmt::format("likely cause: {}; {}. If it is right as it is: --accept-odd",
                                    doubt.cause, doubt.next));
    }
    remarks.push_back((doubt.impossible ? "accepted: " : "") + doubt.text());
  }
}

std::string usual_plane(const Task& task) { return task.region == "wb" ? "coronal" : "axial"; }

void check_request(const Synthesizer& model, const Task& task, std::span<const Volume> sources,
                   const Volume* mask) {
  const ModelInfo info = model.info();
  if (info.trivial) {
    throw usage_error("--model",
                      fmt::format("{} is fitted to a store's training pairs; synth has none", info.name),
                      "use a trained model: pix2pix:WEIGHTS");
  }
  if (const std::string problem = misfit(info.name, info.input, task); !problem.empty())
    throw usage_error("--model", problem, "choose a task with as many sources");
  if (sources.size() != task.sources().size()) {
    throw usage_error("--source",
                      fmt::format("{} volumes for the {} sources of {} ({})", sources.size(),
                                  task.sources().size(), task.id, task.sources_text()),
                      "give one file for each source, in the task's order");
  }
  for (const Volume& source : sources) {
    if (source.geometry.size == sources.front().geometry.size) continue;
    throw input_error("--source",
                      fmt::format("{} voxels a side, the first source has {}", describe(source.geometry),
                                  describe(sources.front().geometry)),
                      "the sources of a case lie on one grid: resample them");
  }
  if (mask && mask->geometry.size != sources.front().geometry.size) {
    throw input_error("mask",
                      fmt::format("{} voxels a side, the source has {}", describe(mask->geometry),
                                  describe(sources.front().geometry)),
                      "give the mask of this very volume");
  }
}

/// A case that lies in memory: what a model is asked, and what it answered.
struct Work {
  ModelSpace space;
  std::array<int64_t, 3> shape;
  std::vector<SliceReader> sources;
  IntensityMap target;
  std::vector<float> slices;  // answers: [depth, height, width], physical values
};

/// "mr.nii.gz: slices 8 .. 15".
std::string place_of(const SynthOptions& options, int64_t first, int64_t count) {
  return fmt::format(
      "{}{}{}", options.name, options.name.empty() ? "" : ": ",
      count == 1 ? fmt::format("slice {}", first) : fmt::format("slices {} .. {}", first, first + count - 1));
}

/// Whatever goes wrong inside the model is trouble of the model at `place`, not a bug of this program.
template <class Call>
void call_model(const std::string& place, const Call& call) {
  const auto failed = [&](const std::string& problem) {
    return Error(ExitCode::kSomeFailed, place, "the model failed: " + problem,
                 "nothing was written; synerbench run goes on after a failed case and lists it");
  };
  try {
    call();
  } catch (const Error&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    throw failed(*error.what() ? error.what() : "exception without a message");
  } catch (...) {
    throw failed("exception of an unknown kind");
  }
}

/// Predicts slices [first, first + count).
void predict(Synthesizer& model, const Task& task, const SynthOptions& options, int64_t first, int64_t count,
             Work& work) {
  const ModelInput input = model.info().input;
  const int64_t depth = work.space.depth(input);
  const int64_t n = input.neighbors == ModelInput::kWholeVolume ? 1 : count;
  const size_t pixels = work.space.canvas_pixels(), native = work.space.native_pixels();
  const size_t slab = work.sources.size() * static_cast<size_t>(depth) * pixels;
  std::vector<float> in(static_cast<size_t>(n) * slab), out(static_cast<size_t>(count) * pixels);
  for (int64_t i = 0; i < n; ++i)
    work.space.slab(work.sources, input, first + i,
                    std::span(in).subspan(static_cast<size_t>(i) * slab, slab));
  std::vector<uint64_t> seeds;
  for (int64_t i = 0; i < count; ++i) {
    seeds.push_back(
        combine_seeds(seed_from(task.id), combine_seeds(options.seed, static_cast<uint64_t>(first + i))));
  }
  const int64_t side = work.space.side();
  const SliceBatch batch{n, side, side, in, static_cast<int64_t>(work.sources.size()), depth};
  call_model(place_of(options, first, count), [&] { model.synthesize(task, batch, seeds, out); });
  for (int64_t i = 0; i < count; ++i) {
    const auto prediction = std::span<const float>(out).subspan(static_cast<size_t>(i) * pixels, pixels);
    if (!std::all_of(prediction.begin(), prediction.end(), [](float v) { return std::isfinite(v); })) {
      throw Error(ExitCode::kSomeFailed, place_of(options, first + i, 1),
                  "the model's prediction is not finite",
                  "the weights may be damaged or the training diverged; nothing was written");
    }
    work.space.to_physical(prediction, work.target,
                           std::span(work.slices).subspan(static_cast<size_t>(first + i) * native, native));
  }
}

}  // namespace

SynthResult synthesize_volume(Synthesizer& model, const Task& task, std::span<const Volume> sources,
                              const Volume* mask, const SynthOptions& options) {
  check_request(model, task, sources, mask);
  const ModelInfo info = model.info();
  if (options.canvas) require_trained_canvas(info.name, info, task.id, *options.canvas);
  const Canvas canvas =
      options.canvas ? *options.canvas : trained_canvas(info.name, info, task.id).value_or(Canvas{});
  call_model(options.name.empty() ? "--model" : options.name,
             [&] { model.prepare(task, NoPairs(canvas.size, static_cast<int64_t>(sources.size()))); });
  std::string axes;
  std::unique_ptr<Volume> canonical_mask;
  if (mask) canonical_mask = std::make_unique<Volume>(to_canonical(*mask));
  const std::string usual = usual_plane(task), plane = options.plane.empty() ? usual : options.plane;

  SynthResult result;
  if (plane != usual) {
    result.remarks.push_back(fmt::format(
        "the slices are {}, those of {} are {} unless its cases were imported with another --plane: "
        "have the weights seen such slices?",
        plane, task.id, usual));
  }
  result.canvas = canvas;
  result.target_map = output_map(task.target);
  result.unit = result.target_map.unit;
  Geometry geometry;
  std::vector<std::vector<float>> slices;  // of each source
  for (size_t s = 0; s < sources.size(); ++s) {
    std::string own_axes;
    const Volume canonical = to_canonical(sources[s], &own_axes);
    if (s == 0) {
      geometry = canonical.geometry;
      axes = own_axes;
    } else if (!same_grid(canonical.geometry, geometry)) {
      throw input_error("--source",
                        fmt::format("source {} lies on another grid: {} against {}", s + 1,
                                    describe(canonical.geometry), describe(geometry)),
                        "the sources of a case lie on one grid: resample them");
    }
    const Modality modality = task.sources()[s];
    const std::vector<uint8_t> body = inside(canonical_mask.get());
    result.source_maps.push_back(default_intensity_map(modality, canonical.voxels, body, "source volume"));
    check_values(canonical, body, result.source_maps.back(), modality, task.region, options, result.remarks);
    slices.push_back(to_plane(std::span<const float>(canonical.voxels), canonical.geometry, plane));
  }

  const std::array<int64_t, 3> shape = plane_shape(geometry, plane);
  Work work{ModelSpace(canvas, shape), shape, {}, result.target_map, {}};
  const size_t native = work.space.native_pixels();
  work.slices.resize(static_cast<size_t>(shape[0]) * native);
  for (size_t s = 0; s < sources.size(); ++s) {
    const std::span<const float> values = slices[s];
    work.sources.push_back({result.source_maps[s], [values, native](int64_t slice, std::span<float> out) {
                              std::ranges::copy(values.subspan(static_cast<size_t>(slice) * native, native),
                                                out.begin());
                            }});
  }
  const bool whole = model.info().input.neighbors == ModelInput::kWholeVolume;
  const int64_t step = whole ? shape[0] : options.batch;
  Progress progress("synth", shape[0]);
  for (int64_t first = 0; first < shape[0]; first += step) {
    throw_if_interrupted();
    const int64_t count = std::min(step, shape[0] - first);
    predict(model, task, options, first, count, work);
    progress.advance(count);
  }
  Volume synthesized{geometry, from_plane(std::span<const float>(work.slices), geometry, plane)};
  result.volume = from_canonical(std::move(synthesized), axes);
  // The very numbers of the file, not the same numbers after two sign changes.
  result.volume.geometry = sources.front().geometry;
  return result;
}

}  // namespace synerbench
