// Small sound folders that hold every file that is damaged, made by the program itself.
#pragma once

#include "tests/app/damage/program.h"

namespace synerbench::damage {

/// Makes desk/sound, of which a cell gets its copy, and desk/stale, which holds files of other runs. False
/// when the program is built without LibTorch: the folders of learned models are not there then.
bool make_fixtures(const Program& program);

void copy_all(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace synerbench::damage
