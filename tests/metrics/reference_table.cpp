#include "tests/metrics/reference_table.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include "harness/data/volume_io.h"
#include "metrics/ms_ssim.h"
#include "metrics/overlap.h"
#include "metrics/pixelwise.h"
#include "metrics/ssim.h"
#include "metrics/statistics.h"
#include "metrics/surface_distance.h"
#include "metrics/synthrad.h"
#include "tests/metrics/images.h"

namespace synerbench {
namespace {

// Note [Tolerances]
// Float64 on both sides: one unit in the last printed digit, which covers the rounding of the print and
// leaves the order of summation 1e-13 or less. Counts are exact.
// Published in float32 ("as in the original"): 1e-7, because the source's own float32 and float64 differ by
// 3e-8. Float32 kernels are rounded where the original rounds, so they are held to the float64 tolerance as
// well.
constexpr double kFloat32 = 1e-7;

double last_digit(const std::string& published) {
  const size_t point = published.find('.');
  const size_t decimals = point == std::string::npos ? 0 : published.size() - point - 1;
  return decimals == 0 ? 0.0 : std::pow(10.0, -static_cast<double>(decimals));
}

using Rows = std::vector<ReferenceRow>;

void add(Rows& rows, const std::string& section, const std::string& quantity, const std::string& case_name,
         const std::string& published, double ours, double tolerance = -1) {
  if (published == "-") return;
  if (tolerance < 0) tolerance = last_digit(published);
  rows.push_back({section, quantity, case_name, published, ours, tolerance});
}

/// A box of voxels in double, axes (k, j, i) as ImageView has them.
struct Array {
  std::vector<double> values;
  int64_t depth = 1, height = 0, width = 0;
  ImageView view() const { return {values.data(), depth, height, width}; }
};

struct Box {
  std::array<int64_t, 3> begin, size;  // i, j, k
};

Box whole(const Volume& volume) { return {{0, 0, 0}, volume.geometry.size}; }

Array take(const Volume& volume, const Box& box) {
  Array array{{}, box.size[2], box.size[1], box.size[0]};
  array.values.reserve(static_cast<size_t>(box.size[0] * box.size[1] * box.size[2]));
  for (int64_t k = 0; k < box.size[2]; ++k) {
    for (int64_t j = 0; j < box.size[1]; ++j) {
      for (int64_t i = 0; i < box.size[0]; ++i) {
        array.values.push_back(volume.at(box.begin[0] + i, box.begin[1] + j, box.begin[2] + k));
      }
    }
  }
  return array;
}

struct Mask {
  std::vector<uint8_t> inside;
  MaskView view(const Array& like) const { return {inside.data(), like.depth, like.height, like.width}; }
  int64_t count() const { return std::count(inside.begin(), inside.end(), 1); }
};

/// CT > -300: the body in these crops.
Mask body_of(const Array& ct) {
  Mask mask;
  for (const double value : ct.values) mask.inside.push_back(value > -300);
  return mask;
}

/// STS_xxx/<name>.nii.gz
Volume read_sts(const std::filesystem::path& real, const std::string& case_name, const std::string& name) {
  return read_volume(real / "ibsi-sts" / case_name / (name + ".nii.gz"));
}

}  // namespace

double published_value(const ReferenceRow& row) { return std::stod(row.published); }

int published_decimals(const ReferenceRow& row) {
  const size_t point = row.published.find('.');
  return point == std::string::npos ? 0 : static_cast<int>(row.published.size() - point - 1);
}

Rows pitfall_rows(const std::filesystem::path& real) {
  using testing_images::Picture;
  const Volume t1c =
      read_volume(real / "brats-met" / "BraTS-MET-00110-000" / "BraTS-MET-00110-000-t1c.nii.gz");
  const Array slice = take(t1c, {{0, 0, 80}, {240, 240, 1}});
  Picture target{1, slice.height, slice.width, slice.values};
  for (double& value : target.voxels) value = std::clamp(value / 1000, 0.0, 1.0);
  testing_images::Stencil brain{1, slice.height, slice.width, {}};
  for (const double value : target.voxels) brain.inside.push_back(value > 0);

  Rows rows;
  const auto add_ssim = [&](const char* name, const char* published, const Picture& prediction,
                            double range = 1, const MaskView& mask = {}) {
    add(rows, "8", std::string("SSIM `skimage`") + (mask ? ", brain" : ""), name, published,
        ssim(prediction.view(), target.view(), mask, ssim_convention("skimage", 2, range)).value());
  };
  const auto add_psnr = [&](const char* name, const char* published, const Picture& prediction,
                            double range = 1) {
    add(rows, "8", "PSNR", name, published,
        peak_signal_to_noise_ratio(prediction.view(), target.view(), {}, range).value());
  };
  const Picture darker = testing_images::mapped(target, [](double v) { return 0.8 * v; });
  add_psnr("P1: 0.8 x", "29.06", darker);
  add_ssim("P1: 0.8 x", "0.985", darker);
  const Picture soft = testing_images::blurred(target, 1);
  add_psnr("P2: blur 1, R 1", "33.6", soft);
  add_ssim("P2: blur 1, R 1", "0.958", soft);
  add_psnr("P2: blur 1, R 2", "39.6", soft, 2);
  add_ssim("P2: blur 1, R 2", "0.973", soft, 2);
  add_psnr("P2: blur 1, R 255", "81.7", soft, 255);
  add_ssim("P2: blur 1, R 255", "1.000", soft, 255);
  add_ssim("P4: blur 1", "0.891", soft, 1, brain.view());
  add(rows, "8", "MAE, brain", "P4: blur 1", "0.0204",
      mean_absolute_error(soft.view(), target.view(), brain.view()).value());
  add(rows, "8", "MAE", "P4: blur 1", "0.0068", mean_absolute_error(soft.view(), target.view()).value());
  const Picture moved = testing_images::shifted(target);
  add_psnr("P5: shift", "28.3", moved);
  add_ssim("P5: shift", "0.906", moved);
  const Picture softer = testing_images::blurred(target, 2);
  add_psnr("P5: blur 2", "29.3", softer);
  add_ssim("P5: blur 2", "0.881", softer);
  add_ssim("P5: gamma 0.8", "0.986",
           testing_images::mapped(target, [](double v) { return std::pow(v, 0.8); }));
  return rows;
}

Rows contrast_rows(const std::filesystem::path& real) {
  const std::filesystem::path folder = real / "brats-met" / "BraTS-MET-00110-000";
  const Volume t1c = read_volume(folder / "BraTS-MET-00110-000-t1c.nii.gz");
  const Volume t1n = read_volume(folder / "BraTS-MET-00110-000-t1n.nii.gz");
  const std::array<Box, 3> boxes{Box{{0, 0, 80}, {240, 240, 1}}, Box{{10, 15, 80}, {221, 189, 1}},
                                 Box{{96, 96, 60}, {48, 48, 32}}};

  struct Quantity {
    const char* name;
    const char* convention;  // of ssim; "" for the first three rows
    std::array<const char*, 3> published;
  };
  const std::vector<Quantity> pixelwise{
      {"MAE", "", {"0.056495000000", "0.077907347554", "0.137654581706"}},
      {"MSE", "", {"0.012065940382", "0.016639090378", "0.024444976006"}},
      {"PSNR", "", {"19.184388248721", "17.788704193073", "16.118103846751"}},
  };
  const std::vector<Quantity> similarities{
      {"SSIM `skimage`", "skimage", {"0.793199823389", "0.712198488486", "0.454697097369"}},
      {"SSIM `uniform`", "uniform", {"0.793871957294", "0.713133889785", "0.455035209921"}},
      {"SSIM `skimage-gaussian`", "skimage-gaussian", {"0.792988158395", "0.710310022306", "0.490838011104"}},
      {"SSIM `wang2004`", "wang2004", {"0.793302453778", "0.710749301573", "0.490929552004"}},
      {"SSIM `monai`", "monai", {"0.793302453778", "0.710749301573", "0.490929552004"}},
      {"SSIM `torchmetrics-1.4.1`",
       "torchmetrics-1.4.1",
       {"0.793302453778", "0.710749301573", "0.490929552004"}},
      {"SSIM `pytorch-msssim`", "pytorch-msssim", {"0.793303062220", "0.710750153775", "0.490934313664"}},
      {"SSIM `torchmetrics`", "torchmetrics", {"0.810168399390", "0.738219727666", "0.470783062426"}},
      {"SSIM `torchmetrics-uniform`",
       "torchmetrics-uniform",
       {"0.804049529403", "0.729781725528", "0.445151206731"}},
  };
  const std::vector<Quantity> multi_scale{
      {"MS-SSIM `pytorch-msssim`", "pytorch-msssim", {"0.786683534021", "0.714682147153", "-"}},
      {"MS-SSIM `pytorch-msssim-float64`",
       "pytorch-msssim-float64",
       {"0.786683162415", "0.714681605432", "-"}},
      {"MS-SSIM `monai`", "monai", {"0.786683162415", "0.711174521964", "-"}},
      {"MS-SSIM `torchmetrics-1.4.1`", "torchmetrics-1.4.1", {"0.786683159082", "0.711174517717", "-"}},
      {"MS-SSIM `torchmetrics-1.9.0`", "torchmetrics-1.9.0", {"0.793887025010", "0.726342631099", "-"}},
  };

  Rows rows;
  for (size_t g = 0; g < boxes.size(); ++g) {
    const char* name = std::array{"G1", "G2", "G3"}[g];
    const int dimensions = g == 2 ? 3 : 2;
    Array target = take(t1c, boxes[g]), prediction = take(t1n, boxes[g]);
    for (Array* array : {&target, &prediction}) {
      for (double& value : array->values) value = std::clamp(value / 1000, 0.0, 1.0);
    }
    const ImageView p = prediction.view(), t = target.view();
    add(rows, "11.1", pixelwise[0].name, name, pixelwise[0].published[g], mean_absolute_error(p, t).value());
    add(rows, "11.1", pixelwise[1].name, name, pixelwise[1].published[g], mean_squared_error(p, t).value());
    add(rows, "11.1", pixelwise[2].name, name, pixelwise[2].published[g],
        peak_signal_to_noise_ratio(p, t, {}, 1.0).value());
    for (const Quantity& quantity : similarities) {
      add(rows, "11.1", quantity.name, name, quantity.published[g],
          ssim(p, t, {}, ssim_convention(quantity.convention, dimensions, 1.0)).value());
    }
    if (dimensions == 3) continue;
    for (const Quantity& quantity : multi_scale) {
      add(rows, "11.1", quantity.name, name, quantity.published[g],
          ms_ssim(p, t, ms_ssim_convention(quantity.convention, dimensions, 1.0)).value());
    }
  }
  return rows;
}

Rows synthrad_rows(const std::filesystem::path& real) {
  struct Case {
    const char *name, *inside, *all, *mae_masked, *mae_whole, *psnr_masked, *psnr_whole, *ssim_masked,
        *ssim_float32, *ssim_whole, *psnr_2025, *ms_ssim_3071, *ms_ssim_3000;
  };
  const std::vector<Case> cases{
      {"STS_010", "836251", "1790060", "38.0193255374", "33.7687379194", "33.1722216042", "34.2767115208",
       "0.9650447539", "0.9650447277", "0.9510359820", "33.3241402852", "0.9881817816", "0.9880670971"},
      {"STS_001", "1723396", "2359764", "27.9598873387", "28.2797368720", "37.5584296936", "37.1327898313",
       "0.9719073994", "0.9719074000", "0.9622705428", "37.7103483745", "0.9917903574", "0.9916750052"},
      {"STS_050", "949870", "1493856", "29.8469095771", "28.2649184393", "35.5178138596", "36.3274785968",
       "0.9695334063", "0.9695334086", "0.9582513517", "35.6697325405", "0.9879910043", "0.9878503147"},
  };
  Rows rows;
  for (const Case& c : cases) {
    const Volume ct = read_sts(real, c.name, "CT_image");
    const Array target = take(ct, whole(ct));
    Array prediction = target;  // the next voxel along the first axis, the last repeated, plus 15 HU
    for (int64_t row = 0; row < target.depth * target.height; ++row) {
      for (int64_t i = 0; i < target.width; ++i) {
        const int64_t next = std::min(i + 1, target.width - 1);
        prediction.values[static_cast<size_t>(row * target.width + i)] =
            target.values[static_cast<size_t>(row * target.width + next)] + 15;
      }
    }
    const Mask body = body_of(target);
    const MaskView mask = body.view(target);
    const ImageView p = prediction.view(), t = target.view();
    const auto row = [&](const char* quantity, const char* published, const Score& ours,
                         double tolerance = -1) {
      add(rows, "11.2", quantity, c.name, published, ours.value(), tolerance);
    };
    row("mask voxels", c.inside, static_cast<double>(body.count()));
    row("all voxels", c.all, static_cast<double>(t.count()));
    row("MAE, masked (HU)", c.mae_masked, mean_absolute_error(p, t, mask));
    row("MAE, whole image (HU)", c.mae_whole, mean_absolute_error(p, t));
    row("2023 PSNR, masked", c.psnr_masked, synthrad_psnr(p, t, mask, kSynthRad2023Range));
    row("2023 PSNR, whole image", c.psnr_whole, synthrad_psnr(p, t, {}, kSynthRad2023Range));
    const Score masked = synthrad2023_ssim(p, t, mask);
    row("2023 SSIM, masked", c.ssim_masked, masked);
    row("2023 SSIM, masked (published in float32)", c.ssim_float32, masked, kFloat32);
    row("2023 SSIM, whole image", c.ssim_whole, synthrad2023_ssim(p, t, {}));
    row("2025 PSNR (range 3071)", c.psnr_2025, synthrad_psnr(p, t, mask, kSynthRad2025Range));
    row("2025 MS-SSIM (range 3071)", c.ms_ssim_3071, synthrad2025_ms_ssim(p, t, mask));
    row("2025 MS-SSIM (range 3000)", c.ms_ssim_3000, synthrad2025_ms_ssim(p, t, mask, kSynthRad2023Range));
  }
  return rows;
}

Rows baseline_rows(const std::filesystem::path& real) {
  struct Case {
    const char* name;
    std::array<int64_t, 3> mr_origin;  // in CT voxels
    const char *inside, *slope, *intercept, *correlation, *line_mae, *line_psnr, *line_ssim, *zero_mae,
        *zero_psnr, *zero_ssim;
  };
  const std::vector<Case> cases{
      {"STS_010",
       {30, 4, 0},
       "673398",
       "-0.246937314",
       "164.174926943",
       "-0.335831",
       "90.637382611",
       "26.914576821",
       "0.865681662",
       "94.513244768",
       "26.221497934",
       "0.843607933"},
      {"STS_001",
       {24, 20, 0},
       "1315761",
       "-0.070704157",
       "72.316368574",
       "-0.107539",
       "75.740127534",
       "27.440500954",
       "0.848610835",
       "83.952359129",
       "27.101850805",
       "0.853309148"},
      {"STS_050",
       {10, 32, 0},
       "870918",
       "-0.129744698",
       "85.815032614",
       "-0.220021",
       "82.410296913",
       "26.608557827",
       "0.852384413",
       "90.868178175",
       "26.335098570",
       "0.863871281"},
  };
  Rows rows;
  for (const Case& c : cases) {
    const Volume ct_file = read_sts(real, c.name, "CT_image"),
                 mr_file = read_sts(real, c.name, "MR_T1_image");
    const Array mr = take(mr_file, whole(mr_file));
    const Array ct = take(ct_file, {c.mr_origin, mr_file.geometry.size});
    const Mask body = body_of(ct);
    const MaskView mask = body.view(ct);

    double n = 0, mean_mr = 0, mean_ct = 0;
    for (size_t i = 0; i < ct.values.size(); ++i) {
      if (body.inside[i] == 0) continue;
      n += 1;
      mean_mr += mr.values[i];
      mean_ct += ct.values[i];
    }
    mean_mr /= n;
    mean_ct /= n;
    double mr_mr = 0, mr_ct = 0, ct_ct = 0;
    for (size_t i = 0; i < ct.values.size(); ++i) {
      if (body.inside[i] == 0) continue;
      const double a = mr.values[i] - mean_mr, b = ct.values[i] - mean_ct;
      mr_mr += a * a;
      mr_ct += a * b;
      ct_ct += b * b;
    }
    const double slope = mr_ct / mr_mr, intercept = mean_ct - slope * mean_mr;
    Array line = mr, zero = mr;
    for (double& value : line.values) value = slope * value + intercept;
    std::fill(zero.values.begin(), zero.values.end(), 0.0);

    const auto row = [&](const char* quantity, const char* published, const Score& ours) {
      add(rows, "11.3", quantity, c.name, published, ours.value());
    };
    row("mask voxels", c.inside, static_cast<double>(body.count()));
    row("line: slope b", c.slope, slope);
    row("line: intercept a", c.intercept, intercept);
    row("line: correlation r", c.correlation, mr_ct / std::sqrt(mr_mr * ct_ct));
    const ImageView t = ct.view();
    row("line: MAE", c.line_mae, mean_absolute_error(line.view(), t, mask));
    row("line: PSNR", c.line_psnr, synthrad_psnr(line.view(), t, mask, kSynthRad2023Range));
    row("line: SSIM", c.line_ssim, synthrad2023_ssim(line.view(), t, mask));
    row("0 HU: MAE", c.zero_mae, mean_absolute_error(zero.view(), t, mask));
    row("0 HU: PSNR", c.zero_psnr, synthrad_psnr(zero.view(), t, mask, kSynthRad2023Range));
    row("0 HU: SSIM", c.zero_ssim, synthrad2023_ssim(zero.view(), t, mask));
  }
  return rows;
}

Rows resampling_rows(const std::filesystem::path& real) {
  // The resampled voxels are float32, so a single one is held to its 24 bits: 1e-4 HU at 1500 HU.
  const auto float32_of = [](const char* published) {
    return last_digit(published) + std::abs(std::stod(published)) * 0x1p-23;
  };
  struct Case {
    const char *name, *inside, *all, *mean, *low, *high, *at_16_15_30, *at_10_20_10, *correlation, *mean_suv;
  };
  const std::vector<Case> cases{
      {"STS_010", "56463", "62186", "-468.476600", "-1000", "1508.5676", "16.357318", "-86.404445",
       "0.440359", "0.494823300"},
      {"STS_001", "101598", "104017", "-222.116768", "-1000", "1358.7318", "13.086756", "-108.566976",
       "0.442370", "0.669974578"},
      {"STS_050", "46800", "53248", "-336.160212", "-1000", "1460.9906", "5.885523", "47.724274", "0.443753",
       "0.516996572"},
  };
  Rows rows;
  for (const Case& c : cases) {
    constexpr float kOutside = -1024;  // the CTs end at -1000
    const Volume pet = read_sts(real, c.name, "PET_image");
    const Volume ct = resample_linear(read_sts(real, c.name, "CT_image"), pet.geometry, kOutside);
    std::vector<double> hu, suv;
    for (size_t i = 0; i < ct.voxels.size(); ++i) {
      if (ct.voxels[i] == kOutside) continue;
      hu.push_back(ct.voxels[i]);
      suv.push_back(pet.voxels[i]);
    }
    const double mean_hu = mean(hu), mean_suv_inside = mean(suv);
    double hh = 0, hs = 0, ss = 0;
    for (size_t i = 0; i < hu.size(); ++i) {
      hh += (hu[i] - mean_hu) * (hu[i] - mean_hu);
      hs += (hu[i] - mean_hu) * (suv[i] - mean_suv_inside);
      ss += (suv[i] - mean_suv_inside) * (suv[i] - mean_suv_inside);
    }
    const std::vector<double> all_suv(pet.voxels.begin(), pet.voxels.end());
    const auto row = [&](const char* quantity, const char* published, double ours, double tolerance = -1) {
      add(rows, "11.4", quantity, c.name, published, ours, tolerance);
    };
    row("voxels inside", c.inside, static_cast<double>(hu.size()));
    row("voxels", c.all, static_cast<double>(ct.voxels.size()));
    row("mean inside (HU)", c.mean, mean_hu);
    row("least inside (HU)", c.low, *std::min_element(hu.begin(), hu.end()));
    row("greatest inside (HU)", c.high, *std::max_element(hu.begin(), hu.end()), float32_of(c.high));
    row("value at (16, 15, 30)", c.at_16_15_30, ct.at(16, 15, 30), float32_of(c.at_16_15_30));
    row("value at (10, 20, 10)", c.at_10_20_10, ct.at(10, 20, 10), float32_of(c.at_10_20_10));
    row("correlation with SUV inside", c.correlation, hs / std::sqrt(hh * ss));
    row("mean SUV, whole file", c.mean_suv, mean(all_suv));
  }
  return rows;
}

Rows segmentation_rows(const std::filesystem::path& real) {
  struct Case {
    const char *name, *dice, *jaccard, *hd95, *to_reference, *to_prediction, *hausdorff, *mean_surface;
  };
  const std::vector<Case> cases{
      {"STS_010", "0.913578351078", "0.840905878473", "3.932081739", "3.932081739", "3.932081739",
       "4.805273549", "1.871949915"},
      {"STS_050", "0.896934745118", "0.813129360343", "4.026468371", "3.932081739", "4.026468371",
       "4.805273549", "2.244655146"},
  };
  Rows rows;
  for (const Case& c : cases) {
    const Volume file = read_sts(real, c.name, "CT_mask");
    const auto [ni, nj, nk] = file.geometry.size;
    std::vector<uint8_t> reference, prediction;
    for (int64_t k = 0; k < nk; ++k) {
      for (int64_t j = 0; j < nj; ++j) {
        for (int64_t i = 0; i < ni; ++i) {
          reference.push_back(file.at(i, j, k) != 0);
          prediction.push_back(i >= 3 && j >= 2 && k >= 1 && file.at(i - 3, j - 2, k - 1) != 0);
        }
      }
    }
    const MaskView p{prediction.data(), nk, nj, ni}, r{reference.data(), nk, nj, ni};
    const VoxelSize size{file.geometry.spacing[2], file.geometry.spacing[1], file.geometry.spacing[0]};
    const SurfaceDistances distances = surface_distances(p, r, size);
    const auto row = [&](const char* quantity, const char* published, const Score& ours) {
      add(rows, "11.5", quantity, c.name, published, ours.value());
    };
    row("Dice", c.dice, dice(p, r));
    row("Jaccard", c.jaccard, jaccard(p, r));
    row("HD95 (mm, MONAI rule)", c.hd95, hausdorff_quantile(p, r, size));
    row("HD95, prediction to reference", c.to_reference, quantile(distances.to_reference, 0.95));
    row("HD95, reference to prediction", c.to_prediction, quantile(distances.to_prediction, 0.95));
    row("Hausdorff (mm)", c.hausdorff, hausdorff(p, r, size));
    row("mean surface distance (mm)", c.mean_surface, mean_surface_distance(p, r, size));
  }
  return rows;
}

}  // namespace synerbench
