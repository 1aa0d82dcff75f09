// What ITK and GDCM have to be told, and to make, before threads use them. For harness/data/itk only.
#pragma once

namespace synerbench::itk_bridge {

/// Called by whoever makes an ITK object, before it does; cheap after the first time. Thread-safe.
///
/// Note [ITK is set up by one thread] ITK 5.2.1 makes what its objects share (the list of factories, the pool
/// of threads, the time stamp, the global defaults) when the first object wants it, in a table without a
/// lock. Two threads that begin at once tear that table, and with it the heap: about one of 150 to 200 small
/// imports with two threads ended with signal 11, always in its first files. So one thread makes one of
/// everything that is used here, and all others wait for it.
void set_up_itk();

}  // namespace synerbench::itk_bridge
