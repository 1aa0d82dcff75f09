// The contract between the harness and a model. Plain memory, no framework: a model may be built on anything.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/keys.h"
#include "harness/core/modality.h"

namespace synerbench {

struct Lineage;  // lineage.h

/// How much of a case a model wants to see at once. The default is what most models want: one slice of one
/// modality.
struct ModelInput {
  static constexpr int64_t kAnySources = 0;
  static constexpr int64_t kWholeVolume = -1;
  /// Source modalities of a task that the model takes; kAnySources: as many as the task names. A task with
  /// another number is refused before the run starts.
  int64_t sources = 1;
  /// Slices on either side of the one to synthesize; kWholeVolume: all slices of the case at once. Beyond the
  /// ends of the volume the last slice is repeated.
  int64_t neighbors = 0;
};

/// Stands for all tasks where something is said by task.
inline constexpr const char* kEveryTask = "*";

/// What a model fits itself to in prepare(), if it does.
enum class FitsOn {
  kNothing,
  kTrainingPairs,  // those of the task; where a suite names a route that stands in for it, of that route
  kOwnDomain,      // those of the task itself in any case: see in_domain() in harness/run/model_wrappers.h
  kTruth,          // it is told the answers: an oracle
};
std::string name_of(FitsOn fits);  // "", "training-pairs", "own-domain", "truth"

/// What a model says about itself. Goes into the journal and the tables.
struct ModelInfo {
  std::string name;                // as in the model table: "mean", "pix2pix"
  std::string label;               // as printed: "Mean image", "Pix2Pix"
  bool trivial = false;            // one of those that every learned model has to beat
  bool deterministic = true;       // false: the result depends on the seed
  bool concurrent = false;         // synthesize() may be called from several threads at a time
  int64_t parameters = 0;          // inference parameters; 0 for models without any
  int network_evaluations = 1;     // per synthesized slice
  std::string weights_sha256;      // empty: no weights
  Json switches = Json::object();  // every option that can change a number, with its value
  ModelInput input = {};           // one slice of one modality
  bool keeps_time = false;         // ends a call itself that takes longer than LoadRequest::run allows
  FitsOn fits = FitsOn::kNothing;
  // The only tasks that it can answer, by id; empty: any. A suite may name one that stands in for another.
  std::set<std::string> tasks = {};
  // Where its weights come from, by the task they are for; "" stands for all tasks. Empty: nobody recorded
  // it.
  std::map<std::string, std::shared_ptr<const Lineage>> lineages = {};
  // What trained weights know of their training; not part of the identity, for the weights' hash is.
  Json canvases = Json::
      object();  // by task id, or kEveryTask: the canvas they were trained on, as to_json(Canvas) gives it
  // SHA-256 of the voxels (content.h) of every scan in their training and validation; null: not known
  std::shared_ptr<const std::set<std::string>> trained_on = nullptr;
};

/// Slices on the canvas: [n, sources, depth, height, width], row-major float32, values in [-1, 1] (-1 = lower
/// end of the modality's intensity map, background). Borrowed. Sources stand in the task's order. A model
/// with the default ModelInput gets sources = depth = 1: [n, 1, height, width]. With neighbors k, depth is 2
/// k + 1 and slice k is the one to synthesize. With kWholeVolume, n is 1 and depth is the case's.
struct SliceBatch {
  int64_t n = 0, height = 0, width = 0;
  std::span<const float> pixels;
  int64_t sources = 1, depth = 1;
};

/// The training pairs of one task, in a fixed order. Reading is thread-safe.
class PairSource {
 public:
  virtual ~PairSource() = default;
  virtual int64_t size() const = 0;
  virtual int64_t height() const = 0;
  virtual int64_t width() const = 0;
  /// Source images of a pair, and slices of its slab: the center slice and as many on either side.
  virtual int64_t sources() const { return 1; }
  virtual int64_t depth() const { return 1; }
  /// Fills source [sources, depth, height, width] and target [height, width] in [-1, 1], mask [height, width]
  /// 0 or 1 (the case's body mask). `mask` may be empty when it is not wanted.
  virtual void read(int64_t index, std::span<float> source, std::span<float> target,
                    std::span<uint8_t> mask) const = 0;
  /// Names the pair, with its patient: logs, seeds, unpaired sampling and statistics use it.
  virtual SliceKey key(int64_t index) const = 0;
  std::string patient_of(int64_t index) const { return key(index).scan.patient; }
};

/// A model that can be scored.
class Synthesizer {
 public:
  virtual ~Synthesizer() = default;
  virtual ModelInfo info() const = 0;

  /// Called once per task before any synthesize() of it, with the task's training pairs, which live until the
  /// next prepare() or until the run's end. Models that fit in a moment (mean image, straight line) do it
  /// here; models with trained weights ignore it.
  virtual void prepare(const Task& task, const PairSource& training);

  /// Writes the prediction, [n, 1, height, width] in the range of `source`, into `prediction` ([depth,
  /// height, width] for a model that takes whole volumes). seeds[i] belongs to predicted slice i and is the
  /// only permitted source of randomness, so the result of a slice depends neither on the batch it travels in
  /// nor on what ran before. Throws to report failure: the harness records it for these slices and goes on.
  /// Values that are not finite are recorded as a failure too.
  virtual void synthesize(const Task& task, const SliceBatch& source, std::span<const uint64_t> seeds,
                          std::span<float> prediction) = 0;
};

}  // namespace synerbench
