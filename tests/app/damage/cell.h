// One cell of the table: a kind of damage tried on a file.
#pragma once

#include <string>

#include "tests/app/damage/kinds.h"
#include "tests/app/damage/program.h"
#include "tests/app/damage/subjects.h"

namespace synerbench::damage {

/// What the program made of it; the verdicts are those of damage_matrix.cpp.
struct Cell {
  char verdict = '-';  // "-": the kind does not apply to the file
  int code = 0;
  std::string message;
};

/// A larger one is worse.
int badness(char verdict);

/// File names that are known only when the fixture is made.
std::string real_file(const Program& program, const Subject& subject);

/// The worst of the damage's variants counts; `reduced`: of the first one only. Where the environment names a
/// folder as DAMAGE_KEEP, the bytes of faults are kept there.
Cell try_cell(const Program& program, const Subject& subject, const Damage& damage, bool reduced);

}  // namespace synerbench::damage
