// The reference numbers measured with the published Python software on the files in shared/data/real, beside
// ours. One table drives the parity tests and the program that prints it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace synerbench {

struct ReferenceRow {
  std::string section;    // "11.1"
  std::string quantity;   // "PSNR"
  std::string case_name;  // "G1", "STS_010"
  std::string published;  // as printed in the source, all digits
  double ours = 0;
  double tolerance = 0;  // see Note [Tolerances] in reference_table.cpp
};

double published_value(const ReferenceRow& row);
/// Digits after the point in the published text.
int published_decimals(const ReferenceRow& row);

std::vector<ReferenceRow> pitfall_rows(const std::filesystem::path& real);     // 8: what a broken rule costs
std::vector<ReferenceRow> contrast_rows(const std::filesystem::path& real);    // 11.1: SSIM conventions, MR
std::vector<ReferenceRow> synthrad_rows(const std::filesystem::path& real);    // 11.2: SynthRAD, CT
std::vector<ReferenceRow> baseline_rows(const std::filesystem::path& real);    // 11.3: trivial MR -> CT
std::vector<ReferenceRow> resampling_rows(const std::filesystem::path& real);  // 11.4: CT on the PET grid
std::vector<ReferenceRow> segmentation_rows(const std::filesystem::path& real);  // 11.5: Dice, HD95

}  // namespace synerbench
