#include "harness/run/pair_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <list>
#include <mutex>

#include "harness/core/error.h"
#include "harness/data/model_space.h"

namespace synerbench {
namespace {

struct Pair {
  std::vector<float> source, target;
  std::vector<uint8_t> mask;
};

}  // namespace

std::vector<double> foreground_shares(std::span<const uint8_t> mask, const std::array<int64_t, 3>& shape) {
  const auto pixels = static_cast<size_t>(shape[1] * shape[2]);
  std::vector<double> shares(static_cast<size_t>(shape[0]));
  for (size_t d = 0; d < shares.size(); ++d) {
    const auto slice = mask.subspan(d * pixels, pixels);
    const auto inside =
        slice.size() - static_cast<size_t>(std::count(slice.begin(), slice.end(), uint8_t{0}));
    shares[d] = static_cast<double>(inside) / static_cast<double>(pixels);
  }
  return shares;
}

/// Pairs are kept until the memory is used up and never thrown out: passes over all pairs are the common use,
/// and for these a cache that evicts the oldest would never hit. Masks come whole from the store, so the last
/// few are kept.
struct StorePairs::Cache {
  mutable std::mutex mutex;
  std::vector<std::shared_ptr<const Pair>> pairs;
  int64_t bytes_left = 0;
  std::list<std::pair<const StoredCase*, std::shared_ptr<const std::vector<uint8_t>>>> masks;
  static constexpr size_t kMasks = 4;

  std::shared_ptr<const std::vector<uint8_t>> mask_of(const SliceStore& store,
                                                      const StoredCase& stored_case) {
    {
      const std::lock_guard lock(mutex);
      for (auto it = masks.begin(); it != masks.end(); ++it) {
        if (it->first == &stored_case) {
          masks.splice(masks.begin(), masks, it);
          return it->second;
        }
      }
    }
    auto mask = std::make_shared<const std::vector<uint8_t>>(store.mask(stored_case));
    const std::lock_guard lock(mutex);
    masks.emplace_front(&stored_case, mask);
    if (masks.size() > kMasks) masks.pop_back();
    return mask;
  }
};

StorePairs::StorePairs(const SliceStore& store, const Task& task, Split split, const Canvas& canvas,
                       const StorePairsOptions& options)
    : store_(&store), task_(task), canvas_(canvas), input_(options.input), cache_(std::make_unique<Cache>()) {
  if (const std::string problem = misfit("the model", input_, task); !problem.empty())
    throw usage_error(task.id, problem, "take a model for as many sources, or a task with fewer");
  if (input_.neighbors == ModelInput::kWholeVolume) input_.neighbors = 0;
  std::vector<const StoredCase*> cases = store.cases_for(task, split);
  if (options.max_cases > 0 && static_cast<int64_t>(cases.size()) > options.max_cases) {
    cases.resize(static_cast<size_t>(options.max_cases));
  }
  for (const StoredCase* stored_case : cases) {
    const std::vector<double> shares = foreground_shares(store.mask(*stored_case), stored_case->shape);
    for (size_t d = 0; d < shares.size(); ++d) {
      if (shares[d] >= options.min_foreground && shares[d] > 0)
        entries_.push_back({stored_case, static_cast<int64_t>(d)});
    }
  }
  cache_->pairs.resize(entries_.size());
  cache_->bytes_left = options.cache_bytes;
}

StorePairs::~StorePairs() = default;

int64_t StorePairs::size() const { return static_cast<int64_t>(entries_.size()); }

const StoredCase& StorePairs::case_of(int64_t index) const {
  SB_CHECK(index >= 0 && index < size(), fmt::format("pair {} of {}", index, size()));
  return *entries_[static_cast<size_t>(index)].stored_case;
}

int64_t StorePairs::slice_of(int64_t index) const {
  SB_CHECK(index >= 0 && index < size(), fmt::format("pair {} of {}", index, size()));
  return entries_[static_cast<size_t>(index)].slice;
}

SliceKey StorePairs::key(int64_t index) const { return {case_of(index).id, slice_of(index)}; }

void StorePairs::read(int64_t index, std::span<float> source, std::span<float> target,
                      std::span<uint8_t> mask) const {
  const StoredCase& stored_case = case_of(index);
  const ModelSpace space(canvas_, stored_case.shape);
  const size_t pixels = space.canvas_pixels(), slab = static_cast<size_t>(sources() * depth()) * pixels;
  SB_CHECK(source.size() == slab && target.size() == pixels && (mask.empty() || mask.size() == pixels),
           "a pair is read into a slab and two canvases");
  std::shared_ptr<const Pair> pair;
  {
    const std::lock_guard lock(cache_->mutex);
    pair = cache_->pairs[static_cast<size_t>(index)];
  }
  if (!pair) {
    auto made = std::make_shared<Pair>();
    const int64_t slice = slice_of(index);
    made->source.resize(slab);
    space.slab(sources_of(*store_, stored_case, task_), input_, slice, made->source);
    made->target.resize(pixels);
    space.slice(slices_of(*store_, stored_case, task_.target), slice, made->target);
    made->mask.resize(pixels);
    const auto whole = cache_->mask_of(*store_, stored_case);
    const size_t native = space.native_pixels();
    space.mask(std::span(*whole).subspan(static_cast<size_t>(slice) * native, native), made->mask);
    pair = made;
    const auto bytes = static_cast<int64_t>((slab + pixels) * sizeof(float) + pixels);
    const std::lock_guard lock(cache_->mutex);
    auto& kept = cache_->pairs[static_cast<size_t>(index)];
    if (!kept && bytes <= cache_->bytes_left) {
      cache_->bytes_left -= bytes;
      kept = pair;
    }
  }
  std::ranges::copy(pair->source, source.begin());
  std::ranges::copy(pair->target, target.begin());
  if (!mask.empty()) std::ranges::copy(pair->mask, mask.begin());
}

}  // namespace synerbench
