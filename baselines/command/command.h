// A model that is a program: command:'python3 mine.py'. It is started once, is sent slices over its standard
// input and answers over its standard output. docs/pipe.md has the frames and who speaks when.
//
// Note [Trouble with a program] A program that dies, does not answer in time or writes something that is no
// answer is ended and started again for the next slices, at most `restarts` times in a row without an answer
// between: after that every slice fails with the last reason. An ERROR frame is an answer: it fails its
// slices, and the program goes on. The time a call has is `timeout` for each of its slices; the harness's own
// time-out is handed on and never fires, so that no thread is left behind. An interrupt of the harness goes
// to the program as SIGINT. At the end it is told BYE and its input is closed; a program that stays is
// killed.
#pragma once

#include "harness/method/method.h"

namespace synerbench {

/// command:'PROGRAM ARGUMENTS',option=value,...
Method command_method();

}  // namespace synerbench
