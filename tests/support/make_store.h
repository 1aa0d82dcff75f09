// A slice store made in code, for tests of everything that reads stores. Needs only synerbench::data.
//
//     const TempFolder folder;
//     make_store(folder.path() / "store", {.regions = {{"brain", {Modality::kMRI, Modality::kCT}}}, .patients
//       = 5});
//     const SliceStore store(folder.path() / "store");
#pragma once

#include <fmt/core.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "harness/core/file.h"
#include "harness/core/random.h"
#include "harness/data/store_writer.h"
#include "tests/support/temp_folder.h"

namespace synerbench::testing_support {

struct MadeRegion {
  std::string region = "brain";
  std::vector<Modality> modalities{Modality::kMRI, Modality::kCT};
};

struct MakeStoreOptions {
  std::vector<MadeRegion> regions{MadeRegion{}};
  int patients = 4;  // per region; the last quarter (at least 1) is test, with 3 or more one is validation
  int cases_per_patient = 1;               // studies, time points
  std::array<int64_t, 3> size{40, 48, 6};  // voxels along i, j, k; spacing 1 x 1 x 3 mm
  uint64_t seed = 1;
  std::string dataset = "made";  // a second one goes into the same folder
};

/// Voxels of one made volume: an elliptic body with two smooth tissue fields a and b in [0, 1] that differ
/// per case. Each modality is its own function of them (CT and CBCT whole HU, stored I16; the others F32), so
/// that a model can learn one from the other but an identity map is wrong.
inline std::vector<float> made_voxels(const MakeStoreOptions& options, const std::string& name,
                                      Modality modality, std::vector<uint8_t>* mask) {
  Random anatomy(combine_seeds(options.seed, seed_from(name)));
  double phase[6];
  for (double& p : phase) p = anatomy.uniform(0, 6.283185307179586);
  const double radius = anatomy.uniform(0.34, 0.44);
  Random noise(combine_seeds(options.seed, seed_from(name + name_of(modality))));
  const auto [ni, nj, nk] = options.size;
  std::vector<float> voxels;
  mask->clear();
  for (int64_t k = 0; k < nk; ++k) {
    for (int64_t j = 0; j < nj; ++j) {
      for (int64_t i = 0; i < ni; ++i) {
        const double x = (static_cast<double>(i) + 0.5) / static_cast<double>(ni) - 0.5;
        const double y = (static_cast<double>(j) + 0.5) / static_cast<double>(nj) - 0.5;
        const double z = static_cast<double>(k) / static_cast<double>(nk);
        const bool inside = x * x + y * y < radius * radius;
        const double a = 0.5 + 0.25 * (std::sin(9 * x + phase[0] + z) + std::sin(7 * y + phase[1] - 2 * z));
        const double b =
            0.5 + 0.25 * (std::sin(11 * y + 5 * x + phase[2]) + std::sin(6 * x - 8 * z + phase[3]));
        const double n = noise.normal();
        double value = 0;
        switch (modality) {
          case Modality::kCT:
            value = inside ? std::round(-150 + 900 * a * a + 10 * n) : -1000;
            break;
          case Modality::kCBCT:
            value = inside ? std::round(-200 + 900 * a * a + 300 * (x * x + y * y) + 60 * n) : -1000;
            break;
          case Modality::kPET:
            value = inside ? 0.5 + 6 * b * a + 0.1 * std::abs(n) : 0;
            break;
          case Modality::kT1:
          case Modality::kMRI:
            value = inside ? 900 - 600 * a + 15.25 * n : 0;
            break;
          case Modality::kT1c:
            value = inside ? 900 - 600 * a + 500 * std::max(0.0, b - 0.7) + 15.25 * n : 0;
            break;
          case Modality::kT2:
          case Modality::kBSSFP:
            value = inside ? 200 + 700 * a + 100 * b + 15.25 * n : 0;
            break;
          case Modality::kFLAIR:
          case Modality::kLGE:
            value = inside ? 150 + 400 * a * b + 300 * b + 15.25 * n : 0;
            break;
        }
        voxels.push_back(static_cast<float>(value));
        mask->push_back(inside);
      }
    }
  }
  return voxels;
}

/// Writes the store; dataset "made", cases "made/<region>-pNN-cN", patient "<region>-pNN", groups "A" and "B"
/// in turn, whole-body regions ("wb") in the coronal plane.
inline void make_store(const std::filesystem::path& folder, const MakeStoreOptions& options = {}) {
  StoreWriter writer(folder, options.dataset, Json{{"rule", "made by a test"}});
  const int test_patients = std::max(1, options.patients / 4);
  for (const auto& made : options.regions) {
    for (int p = 0; p < options.patients; ++p) {
      for (int c = 0; c < options.cases_per_patient; ++c) {
        CaseToStore to_store;
        to_store.patient = fmt::format("{}-p{:02}", made.region, p);
        to_store.name = fmt::format("{}-c{}", to_store.patient, c);
        to_store.region = made.region;
        to_store.group = p % 2 == 0 ? "A" : "B";
        to_store.plane = made.region == "wb" ? "coronal" : "axial";
        const int from_end = options.patients - 1 - p;
        to_store.split = from_end < test_patients                             ? Split::kTest
                         : from_end == test_patients && options.patients >= 3 ? Split::kValidation
                                                                              : Split::kTrain;
        to_store.geometry.size = options.size;
        to_store.geometry.spacing = {1, 1, 3};
        to_store.mask_rule = "made by a test";
        for (const Modality modality : made.modalities) {
          VolumeToStore volume;
          volume.modality = modality;
          volume.voxels = made_voxels(options, to_store.name, modality, &to_store.mask);
          volume.intensity = default_intensity_map(modality, volume.voxels, to_store.mask, to_store.name);
          volume.source = Json{{"path", to_store.name + "/" + name_of(modality)}};
          to_store.volumes.push_back(std::move(volume));
        }
        writer.add(to_store, sha256_hex(to_store.name));
      }
    }
  }
  writer.finish();
}

}  // namespace synerbench::testing_support
