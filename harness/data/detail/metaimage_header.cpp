// MetaImage headers (.mha): lines "Key = Value" up to "ElementDataFile = LOCAL", then the voxels.
// Source: https://itk.org/Wiki/ITK/MetaIO/Documentation
//
// Note [What MetaIO takes] The documentation leaves much open, so what ITK and SimpleITK read is the measure
// (tests/data/optional_parts_test.cpp):
//   - a colon for the equals sign, any white space around it, lines that end in CRLF;
//   - keys that nobody knows, also more than once;
//   - flags by their first letter, whole numbers with a fraction of zero, a sign "+";
//   - ElementSize beside ElementSpacing: the size of a voxel, where the spacing is that of the grid;
//   - MET_LONG as four bytes;
//   - HeaderSize: where the voxels begin, or -1 for as many bytes from the end as they are;
//   - gzip where zlib is usual.
// Where two lines contradict each other the file is refused, though MetaIO takes the last.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <type_traits>
#include <vector>

#include "harness/core/error.h"
#include "harness/data/detail/image_header.h"

namespace synerbench::detail {
namespace {

constexpr size_t kMaxHeaderBytes = size_t{1} << 20;

std::string trimmed(const std::string& text) {
  const auto begin = text.find_first_not_of(" \t\r");
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

/// Keys that say something about the image; of any other a file may have what it likes.
bool has_meaning(const std::string& key) {
  constexpr std::array kKeys{"ObjectType",
                             "NDims",
                             "BinaryData",
                             "BinaryDataByteOrderMSB",
                             "ElementByteOrderMSB",
                             "CompressedData",
                             "CompressedDataSize",
                             "TransformMatrix",
                             "Orientation",
                             "Rotation",
                             "Offset",
                             "Position",
                             "Origin",
                             "ElementSpacing",
                             "ElementSize",
                             "DistanceUnits",
                             "DimSize",
                             "HeaderSize",
                             "ElementType",
                             "ElementNumberOfChannels",
                             "ElementToIntensityFunctionSlope",
                             "ElementToIntensityFunctionOffset",
                             "ElementDataFile"};
  return std::find(kKeys.begin(), kKeys.end(), key) != kKeys.end();
}

/// The header's lines by key. Keys that are not asked for are tolerated: scanners and tools add their own.
class Header {
 public:
  explicit Header(FileSource& file) : place_(file.place()), content_(known_content(file.peek())) {
    size_t total = 0;
    while (!lines_.contains("ElementDataFile")) {
      const std::string line = next_line(file, total);
      const auto separator = line.find_first_of("=:");
      const std::string key = trimmed(line.substr(0, separator));
      if (separator == std::string::npos || key.empty()) {
        // MetaIO takes such a line and the next for one, whose key nobody knows then.
        if (trimmed(line).empty()) continue;
        no_header(
            fmt::format("header line {} is \"{:.60}\", wanted \"Key = Value\"", number_, printable(line)));
      }
      const std::string value = trimmed(line.substr(separator + 1));
      const auto [known, fresh] = lines_.emplace(key, value);
      if (!fresh && has_meaning(key) && known->second != value) {
        throw input_error(place_,
                          fmt::format("header line {}: {} occurs twice, as {:.60} and as {:.60}", number_,
                                      key, printable(known->second), printable(value)),
                          kDamagedHint);
      }
      if (fresh) order_.push_back(key);
    }
  }

  std::optional<std::string> find(const std::string& key) const {
    const auto at = lines_.find(key);
    return at == lines_.end() ? std::nullopt : std::optional(at->second);
  }
  std::string text(const std::string& key) const {
    const auto value = find(key);
    if (!value) throw input_error(place_, fmt::format("the header has no {}", key), kDamagedHint);
    return *value;
  }
  bool flag(const std::string& key, bool fallback) const {
    const auto value = find(key);
    if (!value) return fallback;
    const char first = value->empty() ? ' ' : value->front();
    if (first == 'T' || first == 't' || first == '1') return true;
    if (first == 'F' || first == 'f' || first == '0') return false;
    throw input_error(place_, fmt::format("{} = {}, wanted True or False", key, printable(*value)),
                      kDamagedHint);
  }
  template <class Number>
  std::vector<Number> numbers(const std::string& key, size_t count) const {
    const std::string value = text(key);
    std::vector<Number> result;
    const char* at = value.data();
    const char* const end = at + value.size();
    while (at != end) {
      if (*at == ' ' || *at == '\t') {
        ++at;
        continue;
      }
      if (*at == '+' && at + 1 != end && at[1] != '-') ++at;
      const char* const stop = std::find_if(at, end, [](char c) { return c == ' ' || c == '\t'; });
      Number number{};
      auto [next, error] = std::from_chars(at, stop, number);
      if constexpr (std::is_integral_v<Number>) {  // "5.0"
        if (error == std::errc{} && next != stop && *next == '.')
          next = std::find_if(next + 1, stop, [](char c) { return c != '0'; });
      }
      if (error != std::errc{} || next != stop) bad_numbers(key, value, count);
      result.push_back(number);
      at = stop;
    }
    if (result.size() != count) bad_numbers(key, value, count);
    return result;
  }
  /// The first of several spellings that is there.
  std::optional<std::string> first_of(std::initializer_list<const char*> keys) const {
    std::optional<std::string> found;
    for (const char* key : keys) {
      if (!lines_.contains(key)) continue;
      if (found && lines_.at(*found) != lines_.at(key)) {
        throw input_error(place_, fmt::format("{} and {} contradict each other", *found, key), kDamagedHint);
      }
      if (!found) found = key;
    }
    return found;
  }
  /// MetaIO reads as many numbers as NDims said before, so NDims has to stand first.
  void check_order() const {
    const auto place_of = [&](const std::string& key) {
      return std::find(order_.begin(), order_.end(), key);
    };
    for (const char* key : {"DimSize", "ElementSpacing", "ElementSize", "Offset", "Position", "Origin",
                            "TransformMatrix", "Orientation", "Rotation"}) {
      if (place_of(key) < place_of("NDims")) {
        throw input_error(place_,
                          fmt::format("{} stands before NDims, which says how many numbers it has", key),
                          "write NDims before it");
      }
    }
  }
  const std::string& place() const { return place_; }

 private:
  /// For messages: a header may hold any bytes.
  static std::string printable(const std::string& text) {
    std::string shown;
    for (const char c : text) shown += c >= 0x20 && c < 0x7f ? c : '?';
    return shown;
  }
  [[noreturn]] void no_header(const std::string& problem) const {
    const bool foreign = !content_.empty() && content_ != "a MetaImage file";
    throw input_error(
        place_, foreign ? fmt::format("the content is {}, not a MetaImage file", content_) : problem,
        foreign ? "its name is wrong: unpack, convert or download it again"
                : "this is no MetaImage file, or its header is damaged; copy it again from its source");
  }
  std::string next_line(FileSource& file, size_t& total) {
    std::string line;
    ++number_;
    for (;;) {
      const auto bytes = file.peek();
      if (bytes.empty()) {
        if (!content_.empty() && content_ != "a MetaImage file") no_header("");
        throw input_error(place_, "the header does not end with an ElementDataFile line", kCutOffHint);
      }
      const auto end = std::find(bytes.begin(), bytes.end(), std::byte{'\n'});
      const size_t count = static_cast<size_t>(end - bytes.begin());
      line.append(reinterpret_cast<const char*>(bytes.data()), count);
      total += count + 1;
      if (total > kMaxHeaderBytes || line.find('\0') != std::string::npos) {
        no_header(fmt::format("header line {} is no text", number_));
      }
      const bool complete = end != bytes.end();
      file.skip(count + (complete ? 1 : 0));
      if (complete) return line;
    }
  }
  [[noreturn]] void bad_numbers(const std::string& key, const std::string& value, size_t count) const {
    throw input_error(place_, fmt::format("{} = {:.80}, wanted {} numbers", key, printable(value), count),
                      kDamagedHint);
  }

  std::string place_, content_;
  std::map<std::string, std::string> lines_;
  std::vector<std::string> order_;  // of the keys
  int number_ = 0;
};

// MET_LONG and MET_ULONG have 4 bytes, as MetaIO reads them. Of a writer for which they have 8 there are more
// bytes than that, and the file is refused.
const std::map<std::string, StoredType> kTypes{
    {"MET_CHAR", StoredType::kInt8},       {"MET_UCHAR", StoredType::kUInt8},
    {"MET_SHORT", StoredType::kInt16},     {"MET_USHORT", StoredType::kUInt16},
    {"MET_INT", StoredType::kInt32},       {"MET_UINT", StoredType::kUInt32},
    {"MET_LONG", StoredType::kInt32},      {"MET_ULONG", StoredType::kUInt32},
    {"MET_LONG_LONG", StoredType::kInt64}, {"MET_ULONG_LONG", StoredType::kUInt64},
    {"MET_FLOAT", StoredType::kFloat32},   {"MET_DOUBLE", StoredType::kFloat64}};

void require(const Header& header, bool good, const std::string& key, const std::string& wanted,
             const std::string& hint) {
  if (!good) {
    throw input_error(header.place(), fmt::format("{} = {}, wanted {}", key, header.text(key), wanted), hint);
  }
}

std::array<int64_t, 3> read_size(const Header& header, size_t axes) {
  const auto dims = header.numbers<int64_t>("DimSize", axes);
  for (size_t axis = 3; axis < axes; ++axis) {
    if (dims[axis] != 1) {
      throw input_error(
          header.place(),
          fmt::format("DimSize = {}: a series of volumes, one 3-D volume is wanted", header.text("DimSize")),
          "extract one volume into a file of its own");
    }
  }
  std::array<int64_t, 3> size{1, 1, 1};
  for (size_t axis = 0; axis < std::min<size_t>(3, axes); ++axis) size[axis] = dims[axis];
  return size;
}

Geometry read_frame(const Header& header, size_t axes, const std::array<int64_t, 3>& size) {
  Geometry geometry;
  geometry.size = size;
  const size_t used = std::min<size_t>(3, axes);
  // ElementSize is that of a voxel, which differs from the step of the grid where slices overlap or leave
  // gaps.
  const auto spacing_key = header.find("ElementSpacing") ? std::optional<std::string>("ElementSpacing")
                                                         : header.first_of({"ElementSize"});
  if (!spacing_key) {
    throw input_error(header.place(), "the header has no ElementSpacing",
                      "write the image again with its spacing in mm");
  }
  const auto spacing = header.numbers<double>(*spacing_key, axes);
  std::copy_n(spacing.begin(), used, geometry.spacing.begin());
  if (const auto key = header.first_of({"Offset", "Position", "Origin"})) {
    const auto origin = header.numbers<double>(*key, axes);
    std::copy_n(origin.begin(), used, geometry.origin.begin());
  }
  if (const auto key = header.first_of({"TransformMatrix", "Orientation", "Rotation"})) {
    // One line per axis: the first numbers are the direction of axis 1.
    const auto matrix = header.numbers<double>(*key, axes * axes);
    for (size_t axis = 0; axis < used; ++axis) {
      for (size_t row = 0; row < used; ++row) geometry.direction[3 * row + axis] = matrix[axis * axes + row];
    }
  }
  check_frame(geometry, header.place(), "ElementSpacing, Offset, TransformMatrix");
  return geometry;
}

/// HeaderSize: 0, or where the voxels begin; -1: as far from the end as they have bytes.
void pass_over_header(const Header& header, FileSource& file, const ImageHeader& image) {
  const int64_t told = header.numbers<int64_t>("HeaderSize", 1)[0];
  if (told == 0) return;
  require(header, !image.zlib_voxels, "HeaderSize", "0 beside compressed voxels",
          "convert the image to a plain .mha or .nii.gz file");
  const int64_t begin = told == -1 ? file.size() - image.geometry.count() * bytes_of(image.type) : told;
  require(header, told >= -1 && begin >= file.position() && begin <= file.size(), "HeaderSize",
          fmt::format("a place behind the header, which ends at byte {}", grouped(file.position())),
          kDamagedHint);
  for (int64_t gap = begin - file.position(); gap > 0;) {
    const auto bytes = file.peek();
    if (bytes.empty()) throw input_error(file.place(), "the file ends before the voxels", kCutOffHint);
    const auto step = static_cast<size_t>(std::min<int64_t>(gap, std::ssize(bytes)));
    file.skip(step);
    gap -= static_cast<int64_t>(step);
  }
}

}  // namespace

ImageHeader read_metaimage_header(FileSource& file, const GateLimits& limits) {
  const Header header(file);
  const std::string& place = header.place();
  if (header.find("ObjectType"))
    require(header, header.text("ObjectType") == "Image", "ObjectType", "Image", "give an image file");
  const std::string data_file = header.text("ElementDataFile");
  if (data_file != "LOCAL" && data_file != "Local" && data_file != "local") {
    throw input_error(
        place,
        fmt::format("ElementDataFile = {}: the voxels are in another file", header.text("ElementDataFile")),
        "convert the image to a single .mha or .nii.gz file");
  }
  const int64_t axes = header.numbers<int64_t>("NDims", 1)[0];
  require(header, axes >= 2 && axes <= 4, "NDims", "2, 3 or 4",
          "extract one 3-D volume into a file of its own");
  header.check_order();

  ImageHeader image;
  image.format = "metaimage";
  image.frame = "metaimage";
  image.axes = static_cast<int>(std::min<int64_t>(3, axes));
  const auto type = kTypes.find(header.text("ElementType"));
  require(header, type != kTypes.end(), "ElementType",
          "MET_[U]CHAR, MET_[U]SHORT, MET_[U]INT, MET_[U]LONG, MET_[U]LONG_LONG, MET_FLOAT or MET_DOUBLE",
          "convert the image to int16 or float first");
  image.type = type->second;
  image.long_of_4 = type->first == "MET_LONG" || type->first == "MET_ULONG";
  if (header.find("ElementNumberOfChannels")) {
    require(header, header.numbers<int64_t>("ElementNumberOfChannels", 1)[0] == 1, "ElementNumberOfChannels",
            "1", "convert color and vector images to one value per voxel first");
  }
  require(header, header.flag("BinaryData", true), "BinaryData", "True", "write the voxels in binary form");
  // ITK ignores these two without a word; better to refuse than to be wrong by a factor.
  for (const auto& [key, neutral] : {std::pair{"ElementToIntensityFunctionSlope", 1.0},
                                     std::pair{"ElementToIntensityFunctionOffset", 0.0}}) {
    if (header.find(key)) {
      require(header, header.numbers<double>(key, 1)[0] == neutral, key, fmt::format("{}", neutral),
              "apply the scale to the voxels and write the image again");
    }
  }
  if (const auto unit = header.find("DistanceUnits")) {
    require(header, *unit == "mm" || *unit == "MM" || *unit == "?" || unit->empty(), "DistanceUnits", "mm",
            "write the image again in mm");
  }
  if (const auto key = header.first_of({"BinaryDataByteOrderMSB", "ElementByteOrderMSB"})) {
    image.big_endian = header.flag(*key, false);
  }
  image.zlib_voxels = header.flag("CompressedData", false);
  if (image.zlib_voxels) {  // without the size ITK reads garbage and says nothing
    if (!header.find("CompressedDataSize")) {
      throw input_error(place, "the header has no CompressedDataSize",
                        "common readers return garbage without it; write the image again");
    }
    image.compressed_bytes = header.numbers<int64_t>("CompressedDataSize", 1)[0];
    require(header, image.compressed_bytes > 0, "CompressedDataSize", "a count of bytes", kDamagedHint);
  }
  const auto size = read_size(header, static_cast<size_t>(axes));
  check_size(size, place, limits);
  image.geometry = read_frame(header, static_cast<size_t>(axes), size);
  if (header.find("HeaderSize")) pass_over_header(header, file, image);
  image.note = header.find("Comment").value_or("");
  return image;
}

}  // namespace synerbench::detail
