// The contract between the harness and a model. Plain memory, no framework: a model may be built on anything.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/modality.h"

namespace synerbench {

/// What a model says about itself. Goes into the journal and the tables.
struct ModelInfo {
  std::string name;                // as in the model table: "mean", "pix2pix"
  std::string label;               // as printed: "Mean image", "Pix2Pix"
  bool trivial = false;            // part of the floor that every learned model has to beat
  bool deterministic = true;       // false: the result depends on the seed
  bool concurrent = false;         // synthesize() may be called from several threads at a time
  int64_t parameters = 0;          // inference parameters; 0 for models without any
  int network_evaluations = 1;     // per synthesised slice
  std::string weights_sha256;      // empty: no weights
  Json switches = Json::object();  // every setting that can change a number, with its value
};

/// A batch of slices on the canvas: [n, 1, height, width], row-major float32, values in [-1, 1]
/// (-1 = lower end of the modality's intensity map, background). Borrowed.
struct SliceBatch {
  int64_t n = 0, height = 0, width = 0;
  std::span<const float> pixels;
};

/// The training pairs of one task, in a fixed order. Reading is thread-safe.
class PairSource {
 public:
  virtual ~PairSource() = default;
  virtual int64_t size() const = 0;
  virtual int64_t height() const = 0;
  virtual int64_t width() const = 0;
  /// Fills [height, width] each: source and target in [-1, 1], mask 0 or 1 (the case's body mask).
  /// `mask` may be empty when it is not wanted.
  virtual void read(int64_t index, std::span<float> source, std::span<float> target,
                    std::span<uint8_t> mask) const = 0;
  /// "case#slice": names the pair in logs; patient_of groups pairs (unpaired sampling, statistics).
  virtual std::string key(int64_t index) const = 0;
  virtual std::string patient_of(int64_t index) const = 0;
};

/// A model that can be scored.
class Synthesizer {
 public:
  virtual ~Synthesizer() = default;
  virtual ModelInfo info() const = 0;

  /// Called once per task before any synthesize() of it, with the task's training pairs, which live
  /// until the next prepare() or until the run's end. Models that fit in a moment (mean image, straight line) do it
  /// here; models with trained weights ignore it.
  virtual void prepare(const Task& task, const PairSource& training);

  /// Writes the prediction, same shape and range as `source`, into `prediction`. seeds[i] belongs to slice i
  /// and is the only permitted source of randomness, so the result of a slice depends neither on the batch it
  /// travels in nor on what ran before. Throws to report failure: the harness records it for these slices
  /// and goes on. Values that are not finite are recorded as a failure too.
  virtual void synthesize(const Task& task, const SliceBatch& source, std::span<const uint64_t> seeds,
                          std::span<float> prediction) = 0;
};

}  // namespace synerbench
