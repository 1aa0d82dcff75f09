// MetaImage headers (.mha): lines "Key = Value" up to "ElementDataFile = LOCAL", then the voxels.
// Source: https://itk.org/Wiki/ITK/MetaIO/Documentation
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
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

/// The header's lines by key. Keys that are not asked for are tolerated: scanners and tools add their own.
class Header {
 public:
  explicit Header(FileSource& file) : place_(file.place()) {
    size_t total = 0;
    while (!lines_.contains("ElementDataFile")) {
      const std::string line = next_line(file, total);
      const auto equals = line.find('=');
      const std::string key = trimmed(line.substr(0, equals));
      if (equals == std::string::npos || key.empty()) {
        if (trimmed(line).empty()) continue;
        throw input_error(
            place_, fmt::format("header line {} is \"{:.60}\", wanted \"Key = Value\"", number_, line),
            "this is no MetaImage file, or its header is damaged; copy it again from its source");
      }
      if (!lines_.emplace(key, trimmed(line.substr(equals + 1))).second) {
        throw input_error(place_, fmt::format("header line {}: {} occurs twice", number_, key), kDamagedHint);
      }
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
    if (*value == "True" || *value == "true" || *value == "TRUE" || *value == "1") return true;
    if (*value == "False" || *value == "false" || *value == "FALSE" || *value == "0") return false;
    throw input_error(place_, fmt::format("{} = {}, wanted True or False", key, *value), kDamagedHint);
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
      Number number{};
      const auto [next, error] = std::from_chars(at, end, number);
      if (error != std::errc{} || (next != end && *next != ' ' && *next != '\t'))
        bad_numbers(key, value, count);
      result.push_back(number);
      at = next;
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
  const std::string& place() const { return place_; }

 private:
  std::string next_line(FileSource& file, size_t& total) {
    std::string line;
    ++number_;
    for (;;) {
      const auto bytes = file.peek();
      if (bytes.empty()) {
        throw input_error(place_, "the header does not end with an ElementDataFile line", kCutOffHint);
      }
      const auto end = std::find(bytes.begin(), bytes.end(), std::byte{'\n'});
      const size_t count = static_cast<size_t>(end - bytes.begin());
      line.append(reinterpret_cast<const char*>(bytes.data()), count);
      total += count + 1;
      if (total > kMaxHeaderBytes || line.find('\0') != std::string::npos) {
        throw input_error(
            place_, fmt::format("header line {} is no text", number_),
            "this is no MetaImage file, or its header is damaged; copy it again from its source");
      }
      const bool complete = end != bytes.end();
      file.skip(count + (complete ? 1 : 0));
      if (complete) return line;
    }
  }
  [[noreturn]] void bad_numbers(const std::string& key, const std::string& value, size_t count) const {
    throw input_error(place_, fmt::format("{} = {:.80}, wanted {} numbers", key, value, count), kDamagedHint);
  }

  std::string place_;
  std::map<std::string, std::string> lines_;
  int number_ = 0;
};

// MET_LONG and MET_ULONG are left out: 4 bytes to MetaIO, 8 to other writers.
const std::map<std::string, StoredType> kTypes{
    {"MET_CHAR", StoredType::kInt8},       {"MET_UCHAR", StoredType::kUInt8},
    {"MET_SHORT", StoredType::kInt16},     {"MET_USHORT", StoredType::kUInt16},
    {"MET_INT", StoredType::kInt32},       {"MET_UINT", StoredType::kUInt32},
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
  const auto spacing_key = header.first_of({"ElementSpacing", "ElementSize"});
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

}  // namespace

ImageHeader read_metaimage_header(FileSource& file, const GateLimits& limits) {
  const Header header(file);
  const std::string& place = header.place();
  require(header, header.text("ObjectType") == "Image", "ObjectType", "Image", "give an image file");
  if (header.text("ElementDataFile") != "LOCAL") {
    throw input_error(
        place,
        fmt::format("ElementDataFile = {}: the voxels are in another file", header.text("ElementDataFile")),
        "convert the image to a single .mha or .nii.gz file");
  }
  const int64_t axes = header.numbers<int64_t>("NDims", 1)[0];
  require(header, axes >= 2 && axes <= 4, "NDims", "2, 3 or 4",
          "extract one 3-D volume into a file of its own");

  ImageHeader image;
  image.format = "metaimage";
  image.frame = "metaimage";
  image.axes = static_cast<int>(std::min<int64_t>(3, axes));
  const auto type = kTypes.find(header.text("ElementType"));
  require(header, type != kTypes.end(), "ElementType",
          "MET_[U]CHAR, MET_[U]SHORT, MET_[U]INT, MET_[U]LONG_LONG, MET_FLOAT or MET_DOUBLE",
          "convert the image to int16 or float first");
  image.type = type->second;
  if (header.find("ElementNumberOfChannels")) {
    require(header, header.numbers<int64_t>("ElementNumberOfChannels", 1)[0] == 1, "ElementNumberOfChannels",
            "1", "convert color and vector images to one value per voxel first");
  }
  require(header, header.flag("BinaryData", true), "BinaryData", "True", "write the voxels in binary form");
  if (header.find("HeaderSize")) {
    require(header, header.numbers<int64_t>("HeaderSize", 1)[0] == 0, "HeaderSize", "0",
            "convert the image to a plain .mha or .nii.gz file");
  }
  // ITK ignores these two without a word; better to refuse than to be wrong by a factor.
  for (const auto& [key, neutral] : {std::pair{"ElementToIntensityFunctionSlope", 1.0},
                                     std::pair{"ElementToIntensityFunctionOffset", 0.0}}) {
    if (header.find(key)) {
      require(header, header.numbers<double>(key, 1)[0] == neutral, key, fmt::format("{}", neutral),
              "apply the scale to the voxels and write the image again");
    }
  }
  if (const auto unit = header.find("DistanceUnits")) {
    require(header, *unit == "mm" || *unit == "?" || unit->empty(), "DistanceUnits", "mm",
            "write the image again in mm");
  }
  if (const auto key = header.first_of({"BinaryDataByteOrderMSB", "ElementByteOrderMSB"})) {
    image.big_endian = header.flag(*key, false);
  }
  image.zlib_voxels = header.flag("CompressedData", false);
  if (image.zlib_voxels) {  // without the size ITK reads garbage and says nothing
    image.compressed_bytes = header.numbers<int64_t>("CompressedDataSize", 1)[0];
    require(header, image.compressed_bytes > 0, "CompressedDataSize", "a count of bytes", kDamagedHint);
  }
  const auto size = read_size(header, static_cast<size_t>(axes));
  check_size(size, place, limits);
  image.geometry = read_frame(header, static_cast<size_t>(axes), size);
  return image;
}

}  // namespace synerbench::detail
