// The oracle of simulated patients: the target without its noise, as the simulator wrote it beside the
// cohort. No model can be better on average than what it would say of the patient, and none reaches it: it
// knows the target's own geometry and the scanner's settings. docs/phantom.md says what it leaves out.
//
//   oracle:FOLDER     the folder "oracle" that `synerbench phantom --cohort` writes, or the folder it lies in
//
// Only for stores that hold images of that cohort: an answer belongs to the SHA-256 of the image file that
// was imported. Any other store is refused before the run starts.
#pragma once

#include "harness/method/method.h"

namespace synerbench {

/// The row of the table of methods.
Method oracle_method();

}  // namespace synerbench
