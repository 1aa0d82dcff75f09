#include "suites/phantom/physics.h"

#include <cmath>
#include <numbers>

namespace synerbench::phantom {

// ---- CT ---------------------------------------------------------------------------------------------------

Channel ct_channel(const TissueTable& tissues) {
  Channel channel;
  for (size_t t = 0; t < kTissueCount; ++t) {
    const TissueProperties& row = tissues.rows[t];
    channel.value[t] = static_cast<float>(row.hu);
    channel.texture[kDensityTexture][t] = static_cast<float>(0.9 * row.hu_texture);
    channel.texture[kT1Broad][t] = static_cast<float>(0.3 * row.hu_texture);
  }
  return channel;
}

void add_couch(Volume& hu, const std::vector<float>& inside, const Couch& couch, int threads) {
  const Geometry& grid = hu.geometry;
  const int64_t ni = grid.size[0], nj = grid.size[1], nk = grid.size[2];
  // The couch touches the lowest point of the body.
  int64_t lowest = -1;
  for (int64_t k = 0; k < nk; ++k) {
    for (int64_t j = nj - 1; j > lowest; --j) {
      const auto row = inside.begin() + (k * nj + j) * ni;
      if (std::any_of(row, row + ni, [](float f) { return f > 0.5f; })) lowest = j;
    }
  }
  if (lowest < 0) return;
  const double top = grid.origin[1] + grid.spacing[1] * (static_cast<double>(lowest) + 0.5);
  const double soft = std::max(grid.spacing[0], grid.spacing[1]);
  const auto cover = [&](double d) { return smooth_step(0.5 * soft, -0.5 * soft, d); };
#pragma omp parallel for num_threads(threads) schedule(static)
  for (int64_t k = 0; k < nk; ++k) {
    for (int64_t j = 0; j < nj; ++j) {
      for (int64_t i = 0; i < ni; ++i) {
        const auto at = static_cast<size_t>((k * nj + j) * ni + i);
        const Vec3 p = point_of(grid, i, j, k);
        const double depth = p.y - (top + couch.gap - p.x * p.x / (2 * couch.bend));
        const double plate = std::max(std::abs(depth - 0.5 * couch.thickness) - 0.5 * couch.thickness,
                                      std::abs(p.x) - couch.half_width);
        const double outer = cover(plate), core = cover(plate + 2.0);
        if (outer <= 0) continue;
        const double material =
            -1000 + 760 * (outer - core) + 90 * core;  // skin of carbon fibre, foam inside
        const double free = 1 - static_cast<double>(inside[at]);
        hu.voxels[at] = static_cast<float>(hu.voxels[at] + free * (material + 1000));
      }
    }
  }
}

Volume simulate_ct(const Volume& hu, const std::vector<float>& inside, const CtOptions& options,
                   int threads) {
  Volume ct = hu;
  if (options.couch) add_couch(ct, inside, options.head_rest ? kHeadRest : Couch{}, threads);
  const auto& s = ct.geometry.spacing;
  blur(ct, {options.blur_mm / s[0], options.blur_mm / s[1], options.blur_mm / s[2]}, threads);
  const Volume noise = correlated_noise(
      ct.geometry, {std::max(0.45, 0.7 / s[0]), std::max(0.45, 0.7 / s[1]), 0.35}, options.seed, threads);
  for (size_t v = 0; v < ct.voxels.size(); ++v) {
    // Less noise in air than in the body: fewer photons are lost there.
    const double amount = options.noise_hu * (0.35 + 0.65 * static_cast<double>(inside[v]));
    ct.voxels[v] = static_cast<float>(std::clamp(ct.voxels[v] + amount * noise.voxels[v], -1024.0, 3071.0));
  }
  return ct;
}

// ---- MR ---------------------------------------------------------------------------------------------------

double mr_signal(const MrSequence& s, const TissueProperties& tissue) {
  if (tissue.pd <= 0) return 0;
  const double t1 = s.contrast ? tissue.t1_contrast : tissue.t1, t2 = tissue.t2;
  const double a = s.flip * std::numbers::pi / 180, e1 = std::exp(-s.tr / t1), e2 = std::exp(-s.tr / t2),
               decay = std::exp(-s.te / t2);
  switch (s.kind) {
    case MrSequence::Kind::kSpinEcho:
      return tissue.pd * (1 - e1) * decay;
    case MrSequence::Kind::kInversionRecovery:
      return tissue.pd * (1 - 2 * std::exp(-s.ti / t1) + e1) * decay;
    case MrSequence::Kind::kGradientEcho:
      return tissue.pd * std::sin(a) * (1 - e1) / (1 - std::cos(a) * e1) * decay;
    case MrSequence::Kind::kBalanced:
      return tissue.pd * std::sin(a) * (1 - e1) / (1 - (e1 - e2) * std::cos(a) - e1 * e2) * decay;
  }
  return 0;
}

Channel mr_channel(const MrSequence& sequence, const TissueTable& tissues) {
  Channel channel;
  for (size_t t = 0; t < kTissueCount; ++t) {
    const double signal = mr_signal(sequence, tissues.rows[t]);
    channel.value[t] = static_cast<float>(signal);
    // Texture is a variation of the tissue's T1, T2 and proton density, seen through the sequence.
    const auto swing = [&](double TissueProperties::*parameter) {
      TissueProperties more = tissues.rows[t], less = tissues.rows[t];
      more.*parameter *= 1.01;
      less.*parameter *= 0.99;
      return (mr_signal(sequence, more) - mr_signal(sequence, less)) / 0.02 * tissues.rows[t].mr_texture;
    };
    const double t1 = swing(sequence.contrast ? &TissueProperties::t1_contrast : &TissueProperties::t1),
                 t2 = swing(&TissueProperties::t2);
    channel.texture[kDensityTexture][t] = static_cast<float>(0.4 * swing(&TissueProperties::pd));
    channel.texture[kT1Texture][t] = static_cast<float>(0.8 * t1);
    channel.texture[kT1Broad][t] = static_cast<float>(0.8 * t1);
    channel.texture[kT2Texture][t] = static_cast<float>(1.0 * t2);
    channel.texture[kT2Broad][t] = static_cast<float>(1.0 * t2);
  }
  return channel;
}

double rician_at(uint64_t seed, uint64_t index, double signal, double sigma) {
  const double real = signal + sigma * normal_at(seed, 2 * index),
               imaginary = sigma * normal_at(seed, 2 * index + 1);
  return std::sqrt(real * real + imaginary * imaginary);
}

/// Share of brain below which a voxel of a stripped image is background. Voxels at the edge keep their part
/// of the signal: a coarse image is the average of a fine one whose edge is sharp.
constexpr float kStripped = 0.05f;

Volume simulate_mr(const Volume& signal, const std::vector<float>& inside, const MrOptions& options,
                   int threads) {
  Volume mr = signal;
  blur(mr, {options.psf_voxels, options.psf_voxels, 0}, threads);  // before the magnitude: signs cancel
  double sum = 0, weight = 0;
  for (size_t v = 0; v < mr.voxels.size(); ++v) {
    sum += std::abs(static_cast<double>(mr.voxels[v])) * static_cast<double>(inside[v]);
    weight += static_cast<double>(inside[v]);
  }
  const double sigma = weight > 0 ? sum / weight / options.snr : 0;
  const Geometry& grid = mr.geometry;
  const double reach = std::max({grid.spacing[0] * static_cast<double>(grid.size[0]),
                                 grid.spacing[1] * static_cast<double>(grid.size[1])});
  const NoiseField field(combine_seeds(options.seed, 1), 0.5 * reach);
  // Scaled so that the bias within the body spans exactly what is asked for.
  double least = 1e9, most = -1e9;
#pragma omp parallel for num_threads(threads) schedule(static) reduction(min : least) reduction(max : most)
  for (int64_t k = 0; k < grid.size[2]; ++k) {
    for (int64_t j = 0; j < grid.size[1]; ++j) {
      for (int64_t i = 0; i < grid.size[0]; ++i) {
        if (inside[static_cast<size_t>((k * grid.size[1] + j) * grid.size[0] + i)] < 0.5f) continue;
        const double value = field.at(point_of(grid, i, j, k));
        least = std::min(least, value);
        most = std::max(most, value);
      }
    }
  }
  const double log_scale = most > least ? std::log(1 + options.bias) / (most - least) : 0,
               log_middle = 0.5 * (least + most);
  const uint64_t noise_seed = combine_seeds(options.seed, 2);
  const int64_t ni = grid.size[0], nj = grid.size[1];
#pragma omp parallel for num_threads(threads) schedule(static)
  for (int64_t k = 0; k < grid.size[2]; ++k) {
    for (int64_t j = 0; j < nj; ++j) {
      for (int64_t i = 0; i < ni; ++i) {
        const auto at = static_cast<size_t>((k * nj + j) * ni + i);
        if (!options.background && inside[at] < kStripped) {
          mr.voxels[at] = 0;
          continue;
        }
        const double sensitivity = std::exp(log_scale * (field.at(point_of(grid, i, j, k)) - log_middle));
        const double magnitude = std::abs(static_cast<double>(mr.voxels[at])) * sensitivity;
        mr.voxels[at] = static_cast<float>(options.gain * rician_at(noise_seed, at, magnitude, sigma));
      }
    }
  }
  return mr;
}

// ---- PET --------------------------------------------------------------------------------------------------

Channel pet_channel(const TissueTable& tissues) {
  Channel channel;
  channel.lesion_uptake = true;
  for (size_t t = 0; t < kTissueCount; ++t) {
    const double suv = static_cast<Tissue>(t) == Tissue::kTumor ? 1.4 : tissues.rows[t].suv;
    channel.value[t] = static_cast<float>(suv);
    channel.texture[kDensityTexture][t] = static_cast<float>(0.05 * suv);
    channel.texture[kT2Broad][t] =
        static_cast<float>(0.12 * suv);  // perfusion and metabolism: nothing that CT shows
  }
  return channel;
}

Volume simulate_pet(const Volume& uptake, const PetOptions& options, int threads) {
  Volume pet = uptake;
  const auto& s = pet.geometry.spacing;
  const double sigma = options.psf_mm / (2 * std::sqrt(2 * std::log(2.0)));
  blur(pet, {sigma / s[0], sigma / s[1], sigma / s[2]}, threads);
  const double grain = 0.8 * sigma;
  const Volume noise =
      correlated_noise(pet.geometry, {grain / s[0], grain / s[1], grain / s[2]}, options.seed, threads);
  for (size_t v = 0; v < pet.voxels.size(); ++v) {
    const double value = std::max(0.0, static_cast<double>(pet.voxels[v]));
    const double deviation = options.noise * std::sqrt(2 * (value + 0.02));
    pet.voxels[v] = static_cast<float>(std::max(0.0, value + deviation * noise.voxels[v]));
  }
  return pet;
}

}  // namespace synerbench::phantom
