#include "tests/app/damage/kinds.h"

namespace synerbench::damage {

std::vector<Damage> damages() {
  std::vector<Damage> all;
  for (auto part : {damages_of_bytes, damages_of_places, damages_of_text, damages_of_json, damages_of_images,
                    damages_of_dicom, damages_of_zip, damages_of_tensors, damages_of_lines}) {
    for (Damage& damage : part()) all.push_back(std::move(damage));
  }
  return all;
}

}  // namespace synerbench::damage
