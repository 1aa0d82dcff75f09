// Pictures of the phantom cohorts for docs/phantom.md: one montage per region, modalities in rows, slices in
// columns.
//
//   phantom_pictures OUT [tiny|small|full] [seed] [region ...]
//
// Writes OUT/<region>.png through gnuplot (gray values as raw bytes, gnuplot draws and labels them).
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <thread>

#include "harness/core/error.h"
#include "harness/data/intensity.h"
#include "suites/phantom/cohort.h"

namespace synerbench::phantom {
namespace {

struct Row {
  std::string label;
  Volume volume;
  double low = 0, high = 1;
  bool coronal = false;
};

Row row_of(const Image& image, const std::string& region) {
  Row row;
  row.volume = to_canonical(image.volume);
  row.coronal = region == "wb";
  const std::vector<float>& values = row.volume.voxels;
  const std::string name = image.modality ? synerbench::name_of(*image.modality) : image.name;
  if (image.modality == Modality::kCT || image.modality == Modality::kCBCT) {
    const float lowest = *std::min_element(values.begin(), values.end());
    const bool shifted = image.modality == Modality::kCBCT && lowest >= 0;  // stored without negative values
    row.low = region == "brain" ? -150 : -300;
    row.high = region == "brain" ? 250 : 500;
    if (shifted) {
      row.low += 1000;
      row.high += 1000;
    }
    row.label = fmt::format("{} [{}, {}]{}", name, row.low, row.high, shifted ? "" : " HU");
  } else if (image.modality == Modality::kPET) {
    row.low = 8;  // dark = avid
    row.high = 0;
    row.label = "PET [0, 8] SUV";
  } else if (image.storage == Storage::kMask || !image.modality) {
    row.low = 0;
    row.high = std::max(1.0f, *std::max_element(values.begin(), values.end()));
    row.label = name;
  } else {
    row.high = percentile(values, region == "brain" ? 97 : 99.7);  // scalp fat outshines the brain
    row.label = name;
  }
  return row;
}

void write_montage(const std::filesystem::path& out, const std::string& region, const std::vector<Row>& rows,
                   int columns) {
  const std::filesystem::path scratch = out / "panels";
  std::filesystem::create_directories(scratch);
  std::string script;
  double tallest = 0, widest = 0;
  for (const Row& row : rows) {
    const Geometry& g = row.volume.geometry;
    widest = std::max(widest, g.spacing[0] * static_cast<double>(g.size[0]));
    const size_t down = row.coronal ? 2 : 1;
    tallest = std::max(tallest, g.spacing[down] * static_cast<double>(g.size[down]));
  }
  const int panel = 132, high = static_cast<int>(panel * std::min(2.2, tallest / widest)) + 18;
  script +=
      fmt::format("set terminal pngcairo size {},{} font 'sans,8' enhanced\nset output '{}'\n",
                  panel * columns, high * static_cast<int>(rows.size()), (out / (region + ".png")).string());
  script += fmt::format("set multiplot layout {},{} margins 0.002,0.998,0.004,0.97 spacing 0.004,0.035\n",
                        rows.size(), columns);
  script += "unset key\nunset tics\nunset border\nunset colorbox\nset palette gray\nset cbrange [0:255]\n";
  for (size_t r = 0; r < rows.size(); ++r) {
    const Row& row = rows[r];
    const Geometry& g = row.volume.geometry;
    const size_t deep = row.coronal ? 1 : 2, down = row.coronal ? 2 : 1;
    const int64_t n = g.size[deep], w = g.size[0], h = g.size[down];
    for (int c = 0; c < columns; ++c) {
      const double share = n <= columns ? (c + 0.5) / columns : 0.14 + 0.72 * (c + 0.5) / columns;
      const int64_t slice = std::min<int64_t>(n - 1, static_cast<int64_t>(share * static_cast<double>(n)));
      std::string bytes;
      for (int64_t v = 0; v < h; ++v) {
        for (int64_t u = 0; u < w; ++u) {
          const double value = row.coronal ? row.volume.at(u, slice, h - 1 - v) : row.volume.at(u, v, slice);
          bytes.push_back(static_cast<char>(static_cast<unsigned char>(
              std::clamp(255 * (value - row.low) / (row.high - row.low), 0.0, 255.0))));
        }
      }
      const std::filesystem::path file = scratch / fmt::format("{}-{}-{}.raw", region, r, c);
      std::ofstream(file, std::ios::binary) << bytes;
      script += fmt::format(
          "set title '{}' offset 0,-0.8\nset size ratio {}\n", c == 0 ? row.label : std::string(" "),
          g.spacing[down] * static_cast<double>(h) / (g.spacing[0] * static_cast<double>(w)));
      script += fmt::format("set xrange [-0.5:{}]\nset yrange [{}:-0.5]\n", static_cast<double>(w) - 0.5,
                            static_cast<double>(h) - 0.5);
      script +=
          fmt::format("plot '{}' binary array=({},{}) format='%uchar' with image\n", file.string(), w, h);
    }
  }
  script += "unset multiplot\n";
  const std::filesystem::path script_file = scratch / (region + ".gp");
  std::ofstream(script_file) << script;
  if (std::system(fmt::format("gnuplot '{}'", script_file.string()).c_str()) != 0)
    throw usage_error("gnuplot", "failed on " + script_file.string());
  std::filesystem::remove_all(scratch);
}

int run(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: phantom_pictures OUT [tiny|small|full] [seed] [region ...]\n";
    return 1;
  }
  const std::filesystem::path out = argv[1];
  CohortOptions options;
  options.size = parse_cohort_size(argc > 2 ? argv[2] : "small");
  options.seed = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 1;
  for (int a = 4; a < argc; ++a) options.regions.push_back(argv[a]);
  options.patients = 2;
  const int threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  std::vector<std::string> order;
  std::map<std::string, std::vector<Row>> montages;
  std::map<std::string, int> taken;
  for (const PlannedCase& planned : plan_cohort(options)) {
    if (taken[planned.dataset + planned.edition + planned.region]++ > 0 || planned.edition == "2023")
      continue;
    if (!montages.count(planned.region)) order.push_back(planned.region);
    for (const Image& image : simulate_case(planned, options, threads)) {
      const bool helper = !image.modality && image.name != "seg" && image.name != "gd" && image.name != "SEG";
      if (!helper) montages[planned.region].push_back(row_of(image, planned.region));
    }
  }
  for (const std::string& region : order)
    write_montage(out, region, montages[region], region == "wb" ? 5 : region == "heart" ? 4 : 6);
  return 0;
}

}  // namespace
}  // namespace synerbench::phantom

int main(int argc, char** argv) {
  try {
    return synerbench::phantom::run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
