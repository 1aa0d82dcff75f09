// Independent pieces of work on several threads, with results and failures that do not depend on their
// number.
#pragma once

#include <cstddef>
#include <functional>

namespace synerbench {

/// Calls `work(item, worker)` once for each item 0 .. count - 1, started in that order, on at most `threads`
/// threads (>= 1). The caller's thread is one of them: worker 0. The others are 1 .. threads - 1; none is
/// started without an item to do. Two items of one worker never overlap.
///
/// When a call throws, nothing more is started, what runs is finished, and the exception of the smallest item
/// is rethrown. Since everything before that item was started before it, all of that is done, however many
/// threads there are.
///
/// `stop` (may be empty) is asked before each item, from any thread: once it says true nothing more is
/// started, and parallel_for returns when what runs is finished. Work that throws on an interrupt needs no
/// `stop`.
void parallel_for(size_t count, int threads, const std::function<void(size_t item, int worker)>& work,
                  const std::function<bool()>& stop = {});

}  // namespace synerbench
