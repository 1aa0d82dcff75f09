// The parser of this program as data: what completion and the page of the manual are made from.
#pragma once

#include <CLI/CLI.hpp>

#include "harness/core/command_page.h"

namespace synerbench {

/// A command with its options and the words behind it, in the order of --help.
CommandPage describe(const CLI::App& command);

}  // namespace synerbench
