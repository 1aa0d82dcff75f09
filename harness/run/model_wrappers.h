// Models that wrap models: what used to be a debugging session is a word on the command line. One row each; a
// new wrapper is a new row in model_wrappers.cpp and nothing else.
//
//   check(a, b, tol=1e-3)     answers with a's prediction; a slice in which any pixel of b's differs by more
//                             than `tol` (model units, the range is 2 wide) is a failure that says where and
//                             by how much
//   faulty(m, nan=0, throw=0, hang=0, seed=7, heal=FILE)
//                             each is the probability of that fault per slice, decided by (seed, the slice's
//                               seed) only. "hang" does
//                             not return before the process ends or the file `heal` exists. Once `heal`
//                               exists nothing fails any
//                             more, so that a resume can be tried
//   in_domain(m)              a model that is fitted to training pairs, fitted to those of the task itself
//                             where its suite names a route that stands in for the task: the floor in the
//                             domain, beside the one that is transferred
//   record(m, DIR)            writes every prediction to DIR, one file per slice, named after task, source
//                             pixels and seed
//   replay(DIR)               answers from such a folder, bit for bit; a slice that was not recorded is a
//                             failure
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "harness/core/model.h"
#include "harness/core/schema.h"
#include "harness/method/method.h"

namespace synerbench {

/// A wrapper, as it is written and listed: name(model, ..., path, option=value, ...).
struct Wrapper {
  std::string name, summary;
  std::string path;  // what the folder behind the models means; empty: takes none
  std::vector<FieldInfo> options;
  size_t models = 1;  // models it is put around
  /// `inner` holds that many models. Error(kUsage) at the request's place for bad options.
  std::function<std::unique_ptr<Synthesizer>(std::vector<std::unique_ptr<Synthesizer>> inner,
                                             const LoadRequest& request)>
      make;
};

/// Every wrapper the program knows.
const std::vector<Wrapper>& model_wrappers();

}  // namespace synerbench
