#include "baselines/catalog/protocols.h"

namespace synerbench {

// A protocol that needs more than metrics/ (a network, say) joins here: builtin_protocols().with(its row).
const ProtocolTable& protocols() { return builtin_protocols(); }

}  // namespace synerbench
