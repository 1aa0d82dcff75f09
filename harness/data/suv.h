// From PET activity to the standardized uptake value.
#pragma once

namespace synerbench {

/// What a PET series' metadata say about injection and acquisition.
struct PetMeta {
  double weight_kg = 0;               // > 0
  double injected_dose_bq = 0;        // > 0, at the time of injection
  double injection_seconds = 0;       // time of day
  double acquisition_seconds = 0;     // time of day of the first slice; not before the injection
  double half_life_seconds = 6586.2;  // > 0; 18-F
};

/// SUV = activity [Bq/ml] * factor, factor = 1000 weight / (dose * 0.5^((acquisition - injection) /
/// half-life)): body weight in g over the dose decayed to the acquisition, as autoPET's own conversion
/// computes it. Times are of one day: an acquisition before the injection is refused, because it would be a
/// study across midnight read wrongly. Error(kBadInput) for values that cannot be.
double suv_factor(const PetMeta& meta);

}  // namespace synerbench
