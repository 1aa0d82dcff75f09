// Room for the matrix library, before it asks for it. No LibTorch header.
//
// Note [Buffers of OpenBLAS] Its first product in a thread asks the system for a buffer of 128 MiB. When
// there is no room, OpenBLAS asks again, for ever: under `ulimit -v` a program stands still in the middle of
// its work, at full load and without a word. So where the address space has a limit, the buffers are asked
// for at the beginning, by us: it keeps them. Other matrix libraries have no such buffers, and nothing is
// done.
#pragma once

#include <string>

namespace synerbench::nn {

/// Sees to it that `threads` threads may multiply matrices at a time. Error(kBadInput) at `place` when their
/// buffers have no room. Without effect where the address space has no limit. Thread-safe.
void take_matrix_buffers(int threads, const std::string& place);

}  // namespace synerbench::nn
