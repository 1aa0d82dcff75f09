// Models that wrap models: what used to be a debugging session is a word on the command line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "harness/core/model.h"

namespace synerbench {

/// check(a, b, tol=1e-3): answers with a's prediction; a slice in which any pixel of b's differs by more than `tol`
/// (model units, the range is 2 wide) is a failure that says where and by how much.
std::unique_ptr<Synthesizer> make_check(std::unique_ptr<Synthesizer> a, std::unique_ptr<Synthesizer> b,
                                        double tolerance);

/// faulty(m, nan=0, throw=0, hang=0, seed=7, heal=FILE): each is the probability of that fault per slice, decided by
/// (seed, the slice's seed) only. "hang" does not return before the process ends or the file `heal` exists. Once
/// `heal` exists nothing fails any more, so that a resume can be tried.
struct Faults {
  double nan = 0, throws = 0, hang = 0;
  uint64_t seed = 7;
  std::filesystem::path heal;
};
std::unique_ptr<Synthesizer> make_faulty(std::unique_ptr<Synthesizer> model, const Faults& faults);

/// record(m, DIR): writes every prediction to DIR, one file per slice, named after task, source pixels and seed.
std::unique_ptr<Synthesizer> make_recorder(std::unique_ptr<Synthesizer> model,
                                           const std::filesystem::path& folder);
/// replay(DIR): answers from such a folder, bit for bit; a slice that was not recorded is a failure.
std::unique_ptr<Synthesizer> make_replay(const std::filesystem::path& folder);

}  // namespace synerbench
