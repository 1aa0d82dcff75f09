#include "harness/train/trainable.h"

#include "harness/nn/tensors.h"

namespace synerbench {

void Trainable::update_end(int64_t, const Losses&) {}
void Trainable::epoch_end(int64_t) {}
void Trainable::save_extra(std::vector<nn::NamedTensor>&) const {}
void Trainable::load_extra(const SafetensorsFile&, const std::string&) {}

}  // namespace synerbench
