// Every protocol that the program knows, by id: one table, read by all verbs that score, compare or report.
#pragma once

#include "metrics/protocol.h"

namespace synerbench {

/// The built-in protocols, and those of rooms above metrics/: one line each in protocols.cpp.
const ProtocolTable& protocols();

}  // namespace synerbench
