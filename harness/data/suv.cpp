#include "harness/data/suv.h"

#include <fmt/core.h>

#include <cmath>

#include "harness/core/error.h"

namespace synerbench {

double suv_factor(const PetMeta& meta) {
  const auto positive = [](double value, const char* what) {
    if (!(value > 0) || !std::isfinite(value)) {
      throw input_error("PET metadata", fmt::format("{} is {:g}, a positive number is wanted", what, value),
                        "look at the series' header");
    }
  };
  positive(meta.weight_kg, "the patient's weight (kg)");
  positive(meta.injected_dose_bq, "the injected dose (Bq)");
  positive(meta.half_life_seconds, "the half-life (s)");
  const double elapsed = meta.acquisition_seconds - meta.injection_seconds;
  if (!(elapsed >= 0) || !std::isfinite(elapsed)) {
    throw input_error("PET metadata",
                      fmt::format("acquisition at {:g} s, injection at {:g} s of the day",
                                  meta.acquisition_seconds, meta.injection_seconds),
                      "times across midnight need their dates; add 86400 s to the acquisition");
  }
  return 1000 * meta.weight_kg / (meta.injected_dose_bq * std::exp2(-elapsed / meta.half_life_seconds));
}

}  // namespace synerbench
