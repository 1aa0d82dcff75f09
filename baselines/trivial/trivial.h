// Trivial models: without any idea of anatomy. A learned model that does not beat them has learned nothing.
//
//   constant   one value everywhere: the median of the training targets inside the body mask, or a given
//              value
//   identity   the source, range mapped: the lower end of the source's intensity map becomes that of the
//              target's
//   mean       the mean training target, pixel by pixel of the canvas
//   line       target = a + b * source, least squares over the training pixels inside the body mask
//   monotone   the best monotone function of the source's value (isotonic regression), and one value for
//              background
//   nearest    the target of the training slice whose source looks most like this one (all sources together)
//   median3    the median of the source's values in this slice and its two neighbors, range mapped
//   regression target = a + b1 * source1 + b2 * source2 + ..., least squares over the training pixels inside
//     the body mask
//
// constant, mean, nearest and regression take any number of sources. The others make one source into the
// target, so they are refused for tasks with several: which one they took would be a choice that no table
// shows.
//
// All of them fit in one or two passes over the training pairs when they are prepared, are deterministic, may
// be called from several threads, and have no parameters to count. What they answer outside the body:
//   constant: the same value; identity, line, median3, regression: what the rule makes of the source's value
//     there; mean: the mean there;
//   monotone: source pixels at the lower end (-1: air around an MR, outside a field of view) get the mean
//     target of such
//   training pixels; nearest: the found slice's own background.
#pragma once

#include "harness/method/method.h"

namespace synerbench {

/// The rows of the table of methods, in the order above.
MethodTable trivial_models();

}  // namespace synerbench
