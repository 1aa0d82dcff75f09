#include "baselines/catalog/protocols.h"

#include "metrics/questions.h"

namespace synerbench {

// A protocol that needs more than metrics/ (a network, say) joins here: builtin_protocols().with(its row).
const ProtocolTable& protocols() {
  static const ProtocolTable table = builtin_protocols().with(questions_protocol());
  return table;
}

}  // namespace synerbench
