#include "baselines/catalog/protocols.h"

#include <fmt/format.h>

#include <stdexcept>

#include "baselines/catalog/plugins.h"
#include "harness/core/error.h"
#include "metrics/questions.h"

namespace synerbench {

// A protocol that needs more than metrics/ (a network, say) joins here: builtin_protocols().with(its row).
const ProtocolTable& protocols() {
  static const ProtocolTable table = [] {
    ProtocolTable all = builtin_protocols().with(questions_protocol());
    for (const Protocol& row : plugins().protocols) {
      try {
        all = all.with(row);
      } catch (const std::invalid_argument& problem) {
        throw usage_error(
            fmt::format("protocol \"{}\"", printable(row.info.id)),
            fmt::format("a plug-in brings it, and it does not fit into the table: {}", problem.what()),
            "metrics/protocol.h says what a row holds");
      }
    }
    return all;
  }();
  return table;
}

}  // namespace synerbench
