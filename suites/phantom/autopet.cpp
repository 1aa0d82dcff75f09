// A case of autoPET: CT, CT on the grid of the PET, PET as activity and as SUV, lesions.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "suites/phantom/studio.h"

namespace synerbench::phantom {

std::vector<Image> simulate_autopet(Studio& studio) {
  Field field = studio.anatomy->field();
  const double pet_spacing = studio.by_size(field.size.x / 64, field.size.x / 128, 2.04);
  Field pet_field = field;
  std::array<int64_t, 3> pet_size = matrix(field, pet_spacing, studio.by_size<int64_t>(64, 128, 336));
  if (studio.options.size == CohortSize::kFull) pet_size = {400, 400, 336};
  pet_field = snapped(pet_field, pet_size, pet_spacing);
  const Geometry pet_grid = grid_over(pet_field, pet_size);
  // CT: finer, a little off in every direction, and not quite as wide.
  const double ct_spacing = studio.by_size(pet_spacing * 0.62, pet_spacing * 0.62, 0.977);
  Field ct_field = field;
  ct_field.center = ct_field.center + Vec3{studio.random.uniform(-3, 3), studio.random.uniform(-3, 3),
                                           studio.random.uniform(-1, 1)};
  std::array<int64_t, 3> ct_size = matrix(ct_field, ct_spacing, pet_size[2]);
  if (studio.options.size == CohortSize::kFull) ct_size = {512, 512, 336};
  const Geometry ct_grid = grid_over(snapped(ct_field, ct_size, ct_spacing), ct_size);

  TissueTable for_ct = studio.tissues;
  if (studio.random.uniform() < 0.6) give_iodine(for_ct, studio.random.uniform(0.6, 1.2));
  CtOptions ct_options;
  ct_options.noise_hu = studio.random.uniform(10, 25);
  if (studio.is_oracle()) ct_options.noise_hu = 0;
  ct_options.blur_mm = studio.random.uniform(0.6, 1.0);
  ct_options.seed = studio.seed(2);
  Rendering body = render(*studio.anatomy, ct_grid, {ct_channel(for_ct)}, {}, studio.threads);
  const double breath = studio.options.changes.breathing_mm;
  Random for_breath(studio.seed(44));
  const double height = breath * for_breath.uniform(0.6, 1.4), phase = for_breath.uniform(0, 0.6);
  if (breath > 0 && studio.geometry_of == Modality::kPET)
    body.channels[0] = breathed(body.channels[0], height, phase, studio.threads);
  Volume ct = simulate_ct(body.channels[0], body.inside, ct_options, studio.threads);
  round_to_int16(ct);
  Volume ct_on_pet = resample_cubic(ct, pet_grid, -1024, studio.threads);

  Channel uptake_channel =
      pet_channel(studio.knowledge == Knowledge::kPopulation ? typical_tissues() : studio.tissues);
  uptake_channel.lesion_uptake = studio.knowledge == Knowledge::kEverything;
  if (studio.is_oracle()) uptake_channel.texture = {};
  Rendering uptake = render(*studio.anatomy, pet_grid, {uptake_channel}, moved(studio, 5), studio.threads);
  if (breath > 0 && studio.geometry_of != Modality::kCT)
    uptake.channels[0] = breathed(uptake.channels[0], height, phase, studio.threads);
  PetOptions pet_options;
  pet_options.psf_mm = studio.random.uniform(5, 6);
  pet_options.noise = studio.random.uniform(0.06, 0.12);
  if (studio.knowledge != Knowledge::kEverything) pet_options.noise = 0;
  pet_options.seed = studio.seed(3);
  Volume suv = simulate_pet(uptake.channels[0], pet_options, studio.threads);
  // SUV = activity x factor; factor = 1000 x weight / (dose x decay).
  const double weight = studio.random.uniform(50, 110), dose = studio.random.uniform(240e6, 380e6),
               hours = studio.random.uniform(0.9, 1.3);
  const double factor = weight * 1000 / (dose * std::exp2(-hours * 60 / 109.77));
  Volume activity = suv;
  for (size_t v = 0; v < suv.voxels.size(); ++v) {
    activity.voxels[v] = static_cast<float>(suv.voxels[v] / factor);
    suv.voxels[v] = static_cast<float>(activity.voxels[v] * factor);
  }
  Volume lesions{pet_grid, uptake.lesion};
  for (float& value : lesions.voxels) value = value > 0.5f ? 1.0f : 0.0f;

  std::vector<Image> images;
  images.push_back(image("CT", {}, std::move(ct), Storage::kInt16));
  images.push_back(image("CTres", Modality::kCT, std::move(ct_on_pet), Storage::kFloat));
  images.push_back(image("PET", {}, std::move(activity), Storage::kFloat));
  images.push_back(image("SUV", Modality::kPET, std::move(suv), Storage::kFloat));
  images.push_back(image("SEG", {}, std::move(lesions), Storage::kMask));
  return images;
}

}  // namespace synerbench::phantom
