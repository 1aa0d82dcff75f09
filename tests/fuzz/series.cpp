// DICOM: one file, and a series in which it is one of three; and zip archives, in which series come.
#include <cmath>

#include "harness/core/zip.h"
#include "harness/data/detail/dicom_elements.h"
#include "harness/data/detail/dicom_header.h"
#include "harness/data/dicom.h"
#include "harness/data/zip.h"
#include "tests/data/dicom_builder.h"
#include "tests/fuzz/targets.h"

namespace synerbench::fuzz {
namespace {

namespace fs = std::filesystem;
using detail::DicomElements;
using testing_support::MadeDicom;

// ---- DICOM

Volume tiny_volume() {
  Volume volume;
  volume.geometry = {{3, 2, 3}, {1, 1.5, 3}, {-12, 7, 30}, {1, 0, 0, 0, 1, 0, 0, 0, 1}};
  for (int v = 0; v < 18; ++v) volume.voxels.push_back(static_cast<float>(37 * v % 101));
  return volume;
}

std::string file_of(int64_t k, const MadeDicom& how = {}) {
  return testing_support::dicom_slice(tiny_volume(), k, how);
}

void check_series(const DicomSeries& series) {
  const Geometry& grid = series.geometry;
  SB_CHECK(!series.slices.empty() && grid.size[2] == static_cast<int64_t>(series.slices.size()),
           "a slice is a slice");
  for (size_t i = 0; i < 3; ++i) {
    SB_CHECK(std::isfinite(grid.spacing[i]) && grid.spacing[i] > 0, "voxels have a size");
    SB_CHECK(std::isfinite(grid.origin[i]), "a series lies somewhere");
  }
  SB_CHECK(grid_distance(grid, grid) < 1e-3, "a grid is itself");
  SB_CHECK(std::isfinite(series.factor) && series.factor > 0, "a factor leaves values what they are");
  SB_CHECK(series.modality != "PT" || !series.conversion.empty(), "a PET says how it became SUV");
  SB_CHECK(series.sha256.size() == 64, "a series has its hash");
  for (const DicomSlice& slice : series.slices) {
    const std::vector<double> pixels = pixels_of(slice);
    SB_CHECK(static_cast<int64_t>(pixels.size()) == slice.rows * slice.columns, "a pixel for each place");
    for (const double value : pixels) SB_CHECK(std::isfinite(value * series.factor), "a value is a number");
  }
}

void read_series(const fs::path& folder) {
  constexpr GateLimits kSmall{int64_t{1} << 22};
  DicomSeries series;
  if (accepted([&] { series = read_dicom_series(folder, folder.string(), kSmall); })) check_series(series);
}

void dicom_one(std::string_view input) {
  const std::span<const std::byte> bytes = std::as_bytes(std::span(input));
  if (detail::begins_like_dicom(bytes)) {
    accepted([&] {
      const detail::DicomHeader header = detail::read_dicom_header(bytes, "a.dcm");
      SB_CHECK(!header.has_pixels || header.pixels_at + header.pixel_bytes <= bytes.size(),
               "pixels lie in the file");
      for (const auto& [tag, value] : header.values) header.text(tag);
    });
  }
  put("alone/a.dcm", input);
  read_series(desk() / "alone");
  put("three/1.dcm", file_of(0));
  put("three/2.dcm", input);
  put("three/3.dcm", file_of(2));
  read_series(desk() / "three");
}

/// The elements of a file of explicit VR without their VR: the other way in which such files are written.
std::string implicit_of(const std::string& file) {
  static const std::string kExplicit = "1.2.840.10008.1.2.1";
  const size_t at = file.find(kExplicit);
  std::string out = file;
  out.replace(at, kExplicit.size() + 1, "1.2.840.10008.1.2" + std::string(3, '\0'));
  const size_t begin = out.find(std::string("\x08\0\x08\0", 4) + "CS");  // the first element behind the meta
  std::string body;
  for (size_t from = begin; from + 8 <= out.size();) {
    const std::string vr = out.substr(from + 4, 2);
    const bool wide = vr == "OB" || vr == "OW" || vr == "SQ";
    const auto byte = [&](size_t index) { return static_cast<unsigned char>(out[from + index]); };
    const size_t length = wide ? byte(8) | byte(9) << 8 | byte(10) << 16 : byte(6) | byte(7) << 8;
    body += out.substr(from, 4) + static_cast<char>(length & 255) + static_cast<char>(length >> 8 & 255) +
            static_cast<char>(length >> 16 & 255) + '\0';
    body += out.substr(from + (wide ? 12 : 8), length);
    from += (wide ? 12 : 8) + length;
  }
  return out.substr(0, begin) + body;
}

/// A sequence whose end and whose items' ends are marked, before the pixels.
std::string with_marked_sequence(std::string file) {
  const auto mark = [](int element, const char* length) {
    return std::string("\xfe\xff", 2) + static_cast<char>(element & 255) + static_cast<char>(element >> 8) +
           std::string(length, 4);
  };
  constexpr const char* kOpen = "\xff\xff\xff\xff";
  const char none[4] = {0, 0, 0, 0};
  const std::string inside = std::string("\x08\0\0\x01SH\x02\0ab", 10);
  const std::string sequence = std::string("\x08\0\x40\x11SQ\0\0", 8) + kOpen + mark(0xE000, kOpen) + inside +
                               mark(0xE00D, none) + mark(0xE0DD, none);
  return file.insert(file.find(std::string("\x20\0\x0d\0UI", 6)), sequence);
}

MadeDicom pet(const std::string& units, const std::function<void(DicomElements&)>& more = {}) {
  MadeDicom how = testing_support::made_pet([=](DicomElements& e, DicomElements& tracer) {
    e.text(0x00541001, "CS", units);
    e.text(0x00101030, "DS", "71.5");
    tracer.text(0x00181078, "DT", "20240131083000.5+0100");
    if (more) more(e);
  });
  how.slope = 0.5;
  return how;
}

Seeds dicom_seeds() {
  MadeDicom localizer, report, eight;
  localizer.change = [](int64_t, DicomElements& e) {
    e.text(0x00080008, "CS", "ORIGINAL\\PRIMARY\\LOCALIZER");
  };
  report.sop_class = "1.2.840.10008.5.1.4.1.1.88.11";
  report.change = [](int64_t, DicomElements& e) { e.erase(0x7FE00010); };
  eight.change = [](int64_t, DicomElements& e) {
    e.whole(0x00280100, 8);
    e.whole(0x00280101, 7);
    e.whole(0x00280102, 6);
    e.bytes(0x7FE00010, "OB", "abcdef");
  };
  const MadeDicom philips = pet("CNTS", [](DicomElements& e) {
    e.text(0x70531000, "DS", "0.00012");
    e.text(0x70531009, "DS", "1.5");
  });
  const MadeDicom ge = pet("BQML", [](DicomElements& e) {
    e.text(0x0009100D, "DT", "20240131092959.00");
    e.text(0x00080031, "TM", "235900");
  });
  return {{"explicit", file_of(1)},
          {"implicit", implicit_of(file_of(1))},
          {"marked-sequence", with_marked_sequence(file_of(1))},
          {"localizer", file_of(1, localizer)},
          {"report", file_of(1, report)},
          {"eight-bits", file_of(1, eight)},
          {"pet-activity", file_of(1, pet("BQML"))},
          {"pet-implicit", implicit_of(file_of(1, pet("BQML")))},
          {"pet-suv", file_of(1, pet("GML"))},
          {"pet-philips", file_of(1, philips)},
          {"pet-ge", file_of(1, ge)}};
}

// ---- zip

constexpr char kMark = '\x1e';

/// All files below a folder, by their path.
std::map<std::string, std::string> files_below(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file())
      files[fs::relative(entry.path(), folder).generic_string()] = read_file(entry.path());
  }
  return files;
}

/// What begins with "n" is names and contents of files that are packed; everything else is an archive.
void zip_one(std::string_view input) {
  std::vector<std::pair<std::string, std::string>> packed;
  std::string bytes(input);
  if (input.starts_with("n")) {
    input.remove_prefix(1);
    while (!input.empty()) {
      const std::string name(take_until(&input, kMark));
      packed.emplace_back(name, take_until(&input, kMark));
    }
    bytes = testing_support::stored_zip(packed);
  }
  const fs::path archive = put("a.zip", bytes), folder = desk() / "unpacked";
  fs::remove_all(folder);
  fs::create_directories(folder);
  std::map<std::string, std::string> contents;
  accepted([&] {
    const ZipFile file(archive);
    for (const ZipEntry& entry : file.entries()) {
      if (entry.folder()) continue;  // what stands in a folder's entry, nobody reads
      std::string& content = contents[entry.name];
      file.read(entry, [&](std::span<const std::byte> piece) {
        content.append(reinterpret_cast<const char*>(piece.data()), piece.size());
      });
      SB_CHECK(content.size() == entry.bytes, "as long as the archive says");
    }
  });
  if (!accepted([&] { unpack_zip(archive, folder, {1000, int64_t{1} << 24}); })) return;
  const auto files = files_below(folder);
  size_t wanted = 0;
  for (const auto& [name, content] : contents) {
    ++wanted;
    const auto found = files.find(fs::path(name).lexically_normal().generic_string());
    SB_CHECK(found != files.end() && found->second == content, "a file of the archive lies below the folder");
  }
  SB_CHECK(files.size() == wanted, "and nothing else does");
}

Seeds zip_seeds() {
  const std::string two = testing_support::stored_zip({{"a.dcm", "abc"}, {"sub/b.dcm", "0123456789"}});
  // As `zip` packs them: sub/ and sub/c.txt, which is deflated.
  const std::string text(300, 'x');
  std::string deflated = testing_support::stored_zip({{"c.txt", text}});
  const auto n = [](const std::string& rest) {
    std::string out = "n" + rest;
    std::replace(out.begin(), out.end(), '|', kMark);
    return out;
  };
  return {{"two", two},
          {"folder", testing_support::stored_zip({{"sub/", ""}, {"sub/b", "b"}})},
          {"stored", deflated},
          {"names", n("a.dcm|abc|sub/b.dcm|0123456789|")},
          {"climbs", n("../a|abc|")},
          {"dots", n("./a|abc|b/./c|d|e//f|g|")},
          {"file-and-folder", n("a|abc|a/b|d|")},
          {"long-name", n(std::string(300, 'a') + "|abc|")}};
}

}  // namespace

Target dicom() { return {"dicom", dicom_one, dicom_seeds, 2000}; }
Target zip() { return {"zip", zip_one, zip_seeds, 800}; }

}  // namespace synerbench::fuzz
