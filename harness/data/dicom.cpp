#include "harness/data/dicom.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <optional>
#include <set>
#include <span>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/letters.h"
#include "harness/data/detail/byte_source.h"
#include "harness/data/suv.h"
#include "harness/data/tree.h"
#include "harness/data/zip.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;

using Tag = uint32_t;
constexpr Tag kTransferSyntax = 0x00020010, kMediaClass = 0x00020002, kSopClass = 0x00080016,
              kImageType = 0x00080008, kModality = 0x00080060, kStudyUid = 0x0020000D,
              kSeriesUid = 0x0020000E, kFrameUid = 0x00200052, kPosition = 0x00200032,
              kOrientation = 0x00200037, kThickness = 0x00180050, kRows = 0x00280010, kColumns = 0x00280011,
              kSpacing = 0x00280030, kAllocated = 0x00280100, kStored = 0x00280101, kHighBit = 0x00280102,
              kSigned = 0x00280103, kSamples = 0x00280002, kPhotometric = 0x00280004, kFrames = 0x00280008,
              kSlope = 0x00281053, kIntercept = 0x00281052, kLut = 0x00283000, kPixels = 0x7FE00010,
              kTracer = 0x00540016;
constexpr Tag kItem = 0xFFFEE000, kItemEnd = 0xFFFEE00D, kSequenceEnd = 0xFFFEE0DD;

// What SUV is made of. Those of the tracer stand in the items of a sequence.
struct Named {
  Tag tag;
  const char* name;
};
constexpr Named kSuvTexts[] = {
    {0x00541001, "Units"},
    {0x00541102, "DecayCorrection"},
    {0x00280051, "CorrectedImage"},
    {0x00541006, "SUVType"},
    {0x00101030, "PatientWeight"},
    {0x00080021, "SeriesDate"},
    {0x00080031, "SeriesTime"},
    {0x00080022, "AcquisitionDate"},
    {0x00080032, "AcquisitionTime"},
    {0x00181072, "RadiopharmaceuticalStartTime"},
    {0x00181078, "RadiopharmaceuticalStartDateTime"},
    {0x00181074, "RadionuclideTotalDose"},
    {0x00181075, "RadionuclideHalfLife"},
    {0x70531000, "Philips SUV factor"},
    {0x70531009, "Philips activity factor"},
    {0x0009100D, "GE scan time"},
};

// Patient, study and frame of reference: what a series that was computed from this one has to say again.
struct Kept {
  Tag tag;
  const char* vr;
};
constexpr Kept kKept[] = {{0x00080005, "CS"}, {0x00080020, "DA"}, {0x00080030, "TM"}, {0x00080050, "SH"},
                          {0x00080090, "PN"}, {0x00081030, "LO"}, {0x00100010, "PN"}, {0x00100020, "LO"},
                          {0x00100030, "DA"}, {0x00100040, "CS"}, {0x00101010, "AS"}, {0x00101030, "DS"},
                          {0x00185100, "CS"}, {0x0020000D, "UI"}, {0x00200010, "SH"}, {0x00200052, "UI"},
                          {0x00201040, "LO"}};

std::string tag_text(Tag tag) { return fmt::format("({:04X},{:04X})", tag >> 16, tag & 0xFFFF); }

Error damaged(const std::string& place, const std::string& problem) {
  return input_error(place, problem, detail::kCutOffHint);
}

// Texts are padded with spaces, UIDs with a byte 0.
std::string trimmed_text(std::span<const std::byte> bytes) {
  std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const auto blank = [](char c) { return c == ' ' || c == '\0'; };
  while (!text.empty() && blank(text.back())) text.pop_back();
  size_t begin = 0;
  while (begin < text.size() && blank(text[begin])) ++begin;
  return text.substr(begin);
}

/// Little-endian elements of a data set, one after the other. Whatever reaches beyond the bytes is an error.
class Elements {
 public:
  struct Element {
    Tag tag = 0;
    std::string vr;  // empty where the syntax leaves it out
    std::span<const std::byte> value;
    size_t at = 0;           // offset of the value in the file
    bool undefined = false;  // its end is marked, not counted; then `value` is what lies before the mark
  };

  Elements(std::span<const std::byte> bytes, size_t at, bool is_explicit, const std::string& place)
      : bytes_(bytes), at_(at), explicit_(is_explicit), place_(place) {}

  bool done() const { return at_ >= bytes_.size(); }
  size_t at() const { return at_; }
  Tag peek() const { return bytes_.size() - at_ >= 4 ? tag_at(at_) : 0; }

  Element next(int depth = 0) {
    Element element;
    need(8, "the header of an element");
    element.tag = tag_at(at_);
    at_ += 4;
    uint64_t length = 0;
    const bool is_mark = element.tag >> 16 == 0xFFFE;
    if (explicit_ && !is_mark) {
      element.vr = std::string(reinterpret_cast<const char*>(&bytes_[at_]), 2);
      if (!std::all_of(element.vr.begin(), element.vr.end(), [](char c) { return c >= 'A' && c <= 'Z'; })) {
        throw input_error(
            place_,
            fmt::format("element {} at byte {} has no kind of value (VR)", tag_text(element.tag), at_ - 4),
            detail::kDamagedHint);
      }
      static const std::set<std::string> kLong{"OB", "OD", "OF", "OL", "OV", "OW", "SQ",
                                               "SV", "UC", "UN", "UR", "UT", "UV"};
      if (kLong.contains(element.vr)) {
        at_ += 4;
        need(4, "the length of an element");
        length = number(at_, 4);
        at_ += 4;
      } else {
        length = number(at_ + 2, 2);
        at_ += 4;
      }
    } else {
      length = number(at_, 4);
      at_ += 4;
    }
    element.at = at_;
    if (length == 0xFFFFFFFF) {
      element.undefined = true;
      skip_marked(element, depth);
      return element;
    }
    if (length > bytes_.size() - at_) {
      throw damaged(place_, fmt::format("element {} promises {} bytes, {} are left", tag_text(element.tag),
                                        detail::grouped(static_cast<int64_t>(length)),
                                        detail::grouped(static_cast<int64_t>(bytes_.size() - at_))));
    }
    element.value = bytes_.subspan(at_, length);
    at_ += length;
    return element;
  }

 private:
  Tag tag_at(size_t at) const { return static_cast<Tag>(number(at, 2) << 16 | number(at + 2, 2)); }
  uint64_t number(size_t at, size_t width) const {
    uint64_t value = 0;
    for (size_t i = width; i-- > 0;) value = value << 8 | static_cast<uint64_t>(bytes_[at + i]);
    return value;
  }
  void need(size_t count, const char* what) const {
    if (bytes_.size() - at_ < count) throw damaged(place_, fmt::format("ends within {}", what));
  }

  // Items until the mark of the end. What is in an item is walked, because only that tells where it ends.
  void skip_marked(Element& element, int depth) {
    constexpr int kDeepest = 16;
    if (depth > kDeepest)
      throw input_error(place_, "sequences inside sequences, more than 16 deep", detail::kDamagedHint);
    const size_t begin = at_;
    // Of an unknown kind the inside is implicit, whatever the file is (PS3.5, 6.2.2).
    Elements inner(bytes_, at_, explicit_ && element.vr != "UN", place_);
    while (true) {
      const Element item = inner.next_mark();
      if (item.tag == kSequenceEnd) break;
      if (item.tag != kItem) {
        throw input_error(
            place_,
            fmt::format("{} stands where an item of {} is wanted", tag_text(item.tag), tag_text(element.tag)),
            detail::kDamagedHint);
      }
      if (!item.undefined) continue;
      while (inner.peek() != kItemEnd) inner.next(depth + 1);
      inner.next_mark();
    }
    element.value = bytes_.subspan(begin, inner.at() - 8 - begin);
    at_ = inner.at();
  }

 public:
  /// An item or an end; an item of counted length is skipped, `value` is what it holds.
  Element next_mark() {
    Element mark;
    need(8, "an item of a sequence");
    mark.tag = tag_at(at_);
    const uint64_t length = number(at_ + 4, 4);
    at_ += 8;
    mark.at = at_;
    if (length == 0xFFFFFFFF) {
      mark.undefined = true;
      return mark;
    }
    if (length > bytes_.size() - at_)
      throw damaged(place_,
                    fmt::format("an item promises {} bytes, {} are left", length, bytes_.size() - at_));
    mark.value = bytes_.subspan(at_, length);
    at_ += length;
    return mark;
  }

 private:
  std::span<const std::byte> bytes_;
  size_t at_ = 0;
  bool explicit_ = true;
  std::string place_;
};

/// The values of a file by tag. Numbers and texts are parsed when asked for.
struct Header {
  std::string place;
  std::map<Tag, std::vector<std::byte>> values;  // all short ones outside sequences, and the tracer's
  bool has_pixels = false, packed_pixels = false;
  size_t pixels_at = 0, pixel_bytes = 0;

  bool has(Tag tag) const { return values.contains(tag) && !values.at(tag).empty(); }
  std::string text(Tag tag) const {
    const auto found = values.find(tag);
    return found == values.end() ? "" : trimmed_text(found->second);
  }
  int64_t whole(Tag tag, const char* name) const {
    const auto found = values.find(tag);
    if (found == values.end() || found->second.size() < 2)
      throw input_error(place, fmt::format("has no {} {}", name, tag_text(tag)),
                        "this is no image of a scanner");
    return static_cast<int64_t>(found->second[0]) | static_cast<int64_t>(found->second[1]) << 8;
  }
  /// `count` decimal numbers between backslashes.
  std::vector<double> numbers(Tag tag, const char* name, size_t count) const {
    std::vector<double> list;
    const std::string all = text(tag);
    for (size_t begin = 0; begin <= all.size() && !all.empty();) {
      const size_t end = std::min(all.find('\\', begin), all.size());
      std::string one = all.substr(begin, end - begin);
      while (!one.empty() && (one.front() == ' ' || one.front() == '+')) one.erase(0, 1);
      while (!one.empty() && one.back() == ' ') one.pop_back();
      double value = 0;
      const auto [stop, error] = std::from_chars(one.data(), one.data() + one.size(), value);
      if (error != std::errc() || stop != one.data() + one.size() || !std::isfinite(value)) {
        throw input_error(place, fmt::format("{} {} is \"{}\", numbers are wanted", name, tag_text(tag), all),
                          detail::kDamagedHint);
      }
      list.push_back(value);
      begin = end + 1;
    }
    if (list.size() != count) {
      throw input_error(place,
                        all.empty() ? fmt::format("has no {} {}", name, tag_text(tag))
                                    : fmt::format("{} {} is \"{}\", {} numbers are wanted", name,
                                                  tag_text(tag), all, count),
                        "without it the slice has no place in the patient: this is no slice of a scan");
    }
    return list;
  }
};

// Elements of one level; the items of the tracer's sequence are read as if they stood in it.
void collect(Elements elements, Header& header) {
  constexpr size_t kLongestKept = 4096;
  while (!elements.done()) {
    const auto element = elements.next();
    if (element.tag == kPixels) {
      header.has_pixels = true;
      header.packed_pixels = element.undefined;
      header.pixels_at = element.at;
      header.pixel_bytes = element.value.size();
    } else if (element.tag == kLut) {
      header.values[kLut] = {std::byte{1}};
    } else if (!element.undefined && element.vr != "SQ" && element.value.size() <= kLongestKept &&
               !header.values.contains(element.tag)) {
      header.values[element.tag] = {element.value.begin(), element.value.end()};
    }
  }
}

void collect_tracer(std::span<const std::byte> sequence, bool is_explicit, Header& header) {
  Elements items(sequence, 0, is_explicit, header.place);
  if (items.done()) return;
  auto item = items.next_mark();
  if (!item.undefined) return collect(Elements(item.value, 0, is_explicit, header.place), header);
  Elements inside(sequence, item.at, is_explicit, header.place);
  while (!inside.done() && inside.peek() != kItemEnd) {
    const auto element = inside.next();
    if (!element.undefined && element.vr != "SQ" && !header.values.contains(element.tag))
      header.values[element.tag] = {element.value.begin(), element.value.end()};
  }
}

constexpr const char* kUnpack =
    "write it without compression first: gdcmconv --raw IN OUT, or dcmdjpeg, dcmdjpls, dcmdrle IN OUT";

bool is_explicit_syntax(const std::string& syntax, const std::string& place) {
  if (syntax == "1.2.840.10008.1.2") return false;
  if (syntax == "1.2.840.10008.1.2.1") return true;
  if (syntax == "1.2.840.10008.1.2.2")
    throw input_error(place, "is big-endian, a form that DICOM has given up",
                      "gdcmconv --raw IN OUT writes it anew");
  if (syntax == "1.2.840.10008.1.2.1.99") throw input_error(place, "is deflated as a whole", kUnpack);
  throw input_error(place, fmt::format("its pixels are compressed (transfer syntax {})", syntax), kUnpack);
}

bool begins_like_dicom(std::span<const std::byte> bytes) {
  return bytes.size() >= 132 && std::memcmp(&bytes[128], "DICM", 4) == 0;
}

Header read_header(const std::string& bytes_text, const std::string& place) {
  const std::span<const std::byte> bytes(reinterpret_cast<const std::byte*>(bytes_text.data()),
                                         bytes_text.size());
  Header header;
  header.place = place;
  Elements meta(bytes, 132, true, place);
  while (!meta.done() && meta.peek() >> 16 == 0x0002) {
    const auto element = meta.next();
    header.values[element.tag] = {element.value.begin(), element.value.end()};
  }
  const std::string syntax = header.text(kTransferSyntax);
  if (syntax.empty()) throw damaged(place, "does not say how it is written (no transfer syntax)");
  if (header.text(kMediaClass) == "1.2.840.10008.1.3.10") return header;  // DICOMDIR
  const bool is_explicit = is_explicit_syntax(syntax, place);
  Elements all(bytes, meta.at(), is_explicit, place);
  collect(all, header);
  // The tracer's sequence once more, from the first level.
  Elements again(bytes, meta.at(), is_explicit, place);
  while (!again.done()) {
    const auto element = again.next();
    if (element.tag == kTracer) collect_tracer(element.value, is_explicit && element.vr != "UN", header);
    if (element.tag > kTracer) break;
  }
  return header;
}

std::array<double, 9> axes_from(const Header& header) {
  const auto cosines = header.numbers(kOrientation, "orientation", 6);
  std::array<std::array<double, 3>, 3> axis{};
  for (size_t a = 0; a < 2; ++a) {
    double length = 0;
    for (size_t i = 0; i < 3; ++i) length += cosines[3 * a + i] * cosines[3 * a + i];
    length = std::sqrt(length);
    if (!(std::abs(length - 1) < 1e-2))
      throw input_error(header.place,
                        fmt::format("an axis of its orientation has length {:g}, not 1", length),
                        detail::kDamagedHint);
    for (size_t i = 0; i < 3; ++i) axis[a][i] = cosines[3 * a + i] / length;
  }
  double dot = 0;
  for (size_t i = 0; i < 3; ++i) dot += axis[0][i] * axis[1][i];
  if (!(std::abs(dot) < 1e-3))
    throw input_error(header.place, "rows and columns are not perpendicular",
                      "resample it onto a straight grid");
  for (size_t i = 0; i < 3; ++i) axis[1][i] -= dot * axis[0][i];
  for (size_t i = 0; i < 3; ++i) {
    const size_t b = (i + 1) % 3, c = (i + 2) % 3;
    axis[2][i] = axis[0][b] * axis[1][c] - axis[0][c] * axis[1][b];
  }
  std::array<double, 9> columns{};
  for (size_t a = 0; a < 3; ++a) {
    for (size_t i = 0; i < 3; ++i) columns[3 * i + a] = axis[a][i];
  }
  return columns;
}

void check_pixels(const Header& header, const DicomSlice& slice) {
  const auto refuse = [&](const std::string& problem, const std::string& hint) {
    throw input_error(header.place, problem, hint);
  };
  if (header.packed_pixels) refuse("its pixels are compressed", kUnpack);
  if (header.has(kFrames) && header.numbers(kFrames, "number of frames", 1)[0] != 1)
    refuse(fmt::format("holds {} frames", header.text(kFrames)),
           "only one slice in a file is read; dcm4che's emf2sf splits such files");
  if (header.has(kSamples) && header.whole(kSamples, "samples per pixel") != 1)
    refuse("is a color image", "only gray values are read");
  if (const std::string kind = header.text(kPhotometric); !kind.empty() && kind != "MONOCHROME2")
    refuse(fmt::format("its gray values are written as {}", kind), "MONOCHROME2 is wanted");
  if (header.has(kLut))
    refuse("its values go through a look-up table, not through slope and intercept",
           "export it with slope and intercept");
  if (slice.bits != 8 && slice.bits != 16 && slice.bits != 32)
    refuse(fmt::format("{} bits are allocated for a pixel", slice.bits), "8, 16 and 32 are read");
  if (slice.stored_bits < 1 || slice.stored_bits > slice.bits)
    refuse(fmt::format("{} of {} bits are stored", slice.stored_bits, slice.bits), detail::kDamagedHint);
  if (header.has(kHighBit) && header.whole(kHighBit, "high bit") != slice.stored_bits - 1)
    refuse("its stored bits do not begin at the lowest one", "gdcmconv --raw IN OUT writes it anew");
  if (slice.slope == 0) refuse("its rescale slope is 0, so all values are one", detail::kDamagedHint);
  const int64_t expected = slice.rows * slice.columns * (slice.bits / 8);
  const auto found = static_cast<int64_t>(header.pixel_bytes);
  if (found != expected && found != expected + expected % 2)
    throw input_error(header.place,
                      fmt::format("{} bytes of pixels expected from the header, {} found",
                                  detail::grouped(expected), detail::grouped(found)),
                      found < expected ? detail::kCutOffHint : detail::kDamagedHint);
}

DicomSlice slice_from(const Header& header, const fs::path& path, const std::string& name) {
  DicomSlice slice;
  slice.path = path;
  slice.name = name;
  slice.modality = header.text(kModality);
  slice.series = header.text(kSeriesUid);
  slice.study = header.text(kStudyUid);
  slice.frame_of_reference = header.text(kFrameUid);
  const std::string type = header.text(kImageType);
  slice.localizer = type.find("LOCALIZER") != std::string::npos;
  if (slice.series.empty()) throw input_error(header.place, "names no series", detail::kDamagedHint);
  if (slice.localizer) return slice;  // of no further use; its pixels were seen to be there
  slice.rows = header.whole(kRows, "number of rows");
  slice.columns = header.whole(kColumns, "number of columns");
  if (slice.rows == 0 || slice.columns == 0)
    throw input_error(header.place, "has no pixel", detail::kDamagedHint);
  slice.bits = static_cast<int>(header.whole(kAllocated, "number of allocated bits"));
  slice.stored_bits =
      header.has(kStored) ? static_cast<int>(header.whole(kStored, "number of stored bits")) : slice.bits;
  slice.is_signed = header.has(kSigned) && header.whole(kSigned, "representation of pixels") == 1;
  if (header.has(kSlope)) slice.slope = header.numbers(kSlope, "rescale slope", 1)[0];
  if (header.has(kIntercept)) slice.intercept = header.numbers(kIntercept, "rescale intercept", 1)[0];
  check_pixels(header, slice);
  slice.pixels_at = static_cast<int64_t>(header.pixels_at);
  const auto spacing = header.numbers(kSpacing, "spacing of pixels", 2);  // between rows first
  slice.spacing = {spacing[1], spacing[0]};
  for (const double mm : slice.spacing) {
    if (!(mm > 0))
      throw input_error(header.place, fmt::format("its pixels are {:g} mm apart", mm), detail::kDamagedHint);
  }
  const auto position = header.numbers(kPosition, "position", 3);
  std::copy(position.begin(), position.end(), slice.position.begin());
  slice.axes = axes_from(header);
  if (header.has(kThickness)) slice.thickness = header.numbers(kThickness, "thickness", 1)[0];
  for (const auto& [tag, vr] : kKept) {
    if (header.values.contains(tag)) slice.kept[tag] = {vr, header.text(tag)};
  }
  for (const auto& [tag, text] : kSuvTexts) {
    if (!header.has(tag)) continue;
    slice.texts[text] = header.text(tag);
  }
  return slice;
}

// Along the normal of the first slice, in mm.
double place_along(const DicomSlice& first, const std::array<double, 3>& position) {
  double along = 0;
  for (size_t i = 0; i < 3; ++i) along += first.axes[3 * i + 2] * position[i];
  return along;
}

std::string both(const DicomSlice& a, const DicomSlice& b) {
  return fmt::format("{} and {}", a.name, b.name);
}

void check_alike(const std::vector<DicomSlice>& slices, const std::string& place) {
  const DicomSlice& first = slices.front();
  std::map<std::string, std::pair<size_t, std::string>> series;  // UID -> how many files, and one of them
  for (const auto& slice : slices) {
    auto& entry = series[slice.series];
    if (++entry.first == 1) entry.second = slice.name;
  }
  if (series.size() > 1) {
    std::vector<std::string> each;
    for (const auto& [uid, entry] : series)
      each.push_back(fmt::format("{} files of {} ({}, ...)", entry.first, uid, entry.second));
    throw input_error(place, fmt::format("holds {} series: {}", series.size(), fmt::join(each, "; ")),
                      "give each series a folder of its own");
  }
  const auto differ = [&](const DicomSlice& other, const std::string& what) {
    throw input_error(place, fmt::format("{} differ in {}", both(first, other), what),
                      "one series of one size and one direction is wanted; sort the files into folders");
  };
  for (const auto& slice : slices) {
    if (slice.rows != first.rows || slice.columns != first.columns)
      differ(slice, fmt::format("size: {}x{} and {}x{} pixels", first.columns, first.rows, slice.columns,
                                slice.rows));
    for (size_t i = 0; i < 2; ++i) {
      if (std::abs(slice.spacing[i] - first.spacing[i]) > 1e-4 * first.spacing[i])
        differ(slice,
               fmt::format("the spacing of pixels: {:g} and {:g} mm", first.spacing[i], slice.spacing[i]));
    }
    for (size_t i = 0; i < 9; ++i) {
      if (std::abs(slice.axes[i] - first.axes[i]) > 1e-4) differ(slice, "their direction in space");
    }
    if (slice.modality != first.modality)
      differ(slice, fmt::format("modality: {} and {}", first.modality, slice.modality));
    if (slice.frame_of_reference != first.frame_of_reference) differ(slice, "their frame of reference");
  }
}

/// Sorts the slices and finds the grid they lie on.
Geometry grid_of(std::vector<DicomSlice>& slices, const std::string& place) {
  const DicomSlice reference = slices.front();
  const auto along = [&](const DicomSlice& slice) { return place_along(reference, slice.position); };
  std::sort(slices.begin(), slices.end(), [&](const auto& a, const auto& b) {
    return std::pair(along(a), a.name) < std::pair(along(b), b.name);
  });
  std::vector<double> gaps;
  constexpr double kSame = 1e-3;  // mm
  for (size_t s = 1; s < slices.size(); ++s) {
    gaps.push_back(along(slices[s]) - along(slices[s - 1]));
    if (gaps.back() < kSame) {
      throw input_error(
          place, fmt::format("{} are of one place", both(slices[s - 1], slices[s])),
          "the series holds a slice twice, or several images of each place (echoes, b-values, times): "
          "give each a folder of its own");
    }
  }
  double step = reference.thickness;
  if (!gaps.empty()) {
    std::vector<double> sorted = gaps;
    std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2),
                     sorted.end());
    const double usual = sorted[sorted.size() / 2];
    for (size_t s = 0; s < gaps.size(); ++s) {
      if (gaps[s] < 1.5 * usual && gaps[s] > 0.5 * usual) continue;
      throw input_error(
          place,
          fmt::format("{} lie {:g} mm apart, the others {:g} mm", both(slices[s], slices[s + 1]), gaps[s],
                      usual),
          gaps[s] > usual ? fmt::format("about {:.0f} slices are missing between them; copy the series again",
                                        std::round(gaps[s] / usual) - 1)
                          : "the slices are not evenly spaced: two stacks may be in one folder");
    }
    step = (along(slices.back()) - along(slices.front())) / static_cast<double>(gaps.size());
  } else if (!(step > 0)) {
    throw input_error(place, "holds one slice, whose thickness is not said", "a volume has several slices");
  }
  Geometry grid;
  grid.size = {reference.columns, reference.rows, static_cast<int64_t>(slices.size())};
  grid.spacing = {reference.spacing[0], reference.spacing[1], step};
  grid.origin = slices.front().position;
  grid.direction = slices.front().axes;
  for (size_t s = 0; s < slices.size(); ++s) {
    const auto at = grid.to_voxel(slices[s].position);
    const double sideways = std::hypot(at[0], at[1]), off = std::abs(at[2] - static_cast<double>(s));
    if (sideways > kSameGridTolerance) {
      throw input_error(
          place,
          fmt::format("{} is shifted sideways by {:.3g} pixels against {}", slices[s].name, sideways,
                      slices.front().name),
          "the slices lie at an angle to their stack (a tilted gantry); resample them onto a straight "
          "grid first");
    }
    if (off > kSameGridTolerance) {
      throw input_error(
          place, fmt::format("{} lies {:.3g} of a slice's distance beside its place", slices[s].name, off),
          "the slices are not evenly spaced; resample them onto an even grid first");
    }
  }
  return grid;
}

/// Seconds since the year 0 of a date and a time as DICOM writes them: "20240131", "093015.25". Nothing when
/// they are no such texts.
std::optional<double> seconds_of(const std::string& date, const std::string& time) {
  const auto digits = [](const std::string& text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  };
  if (date.size() != 8 || !digits(date) || time.size() < 4) return std::nullopt;
  const std::string whole = time.substr(0, std::min(time.find('.'), time.size()));
  if (!digits(whole) || (whole.size() != 4 && whole.size() != 6)) return std::nullopt;
  const int year = std::stoi(date.substr(0, 4)), month = std::stoi(date.substr(4, 2)),
            day = std::stoi(date.substr(6, 2));
  if (month < 1 || month > 12 || day < 1 || day > 31) return std::nullopt;
  // Days since the first of March of the year 0 (Gregorian).
  const int64_t y = month <= 2 ? year - 1 : year, m = (month + 9) % 12;
  const int64_t days = 365 * y + y / 4 - y / 100 + y / 400 + (m * 306 + 5) / 10 + day - 1;
  double seconds = std::stod(whole.substr(0, 2)) * 3600 + std::stod(whole.substr(2, 2)) * 60;
  if (whole.size() == 6) seconds += std::stod(whole.substr(4, 2));
  if (time.size() > whole.size() + 1) {
    const std::string fraction = time.substr(whole.size() + 1);
    if (!digits(fraction) || fraction.size() > 9) return std::nullopt;
    seconds += std::stod("0." + fraction);
  }
  return static_cast<double>(days) * 86400 + seconds;
}

// "20240131093015.25+0100": date, then time; the zone counts for nothing, for all times of a series share it.
std::optional<double> seconds_of_moment(const std::string& text) {
  if (text.size() < 12) return std::nullopt;
  const std::string time = text.substr(8);
  return seconds_of(text.substr(0, 8), time.substr(0, time.find_first_of("+-")));
}

/// Note [SUV from a header] as the QIBA profile for FDG-PET has it, and as Philips, GE and Siemens write:
///   GML    the values are SUV by body weight already
///   BQML   activity in Bq/ml, decay-corrected to the begin of the scan (START) or to the injection (ADMIN)
///   CNTS   counts: Philips gives a factor to SUV, or one to Bq/ml
/// The begin of the scan is the series' time, unless that lies behind the first acquisition: then somebody
/// made the series later, and GE's own entry or the first acquisition counts.
class SuvFromHeader {
 public:
  SuvFromHeader(const std::vector<DicomSlice>& slices, std::string place)
      : slices_(slices), place_(std::move(place)) {}

  void convert(DicomSeries& series) const {
    const std::string units = text("Units");
    if (const std::string type = text("SUVType"); !type.empty() && type != "BW")
      throw wrong(fmt::format("its SUV is by {}, not by body weight (BW)", type), "export it by body weight");
    if (units == "GML") {
      series.conversion = "SUV as stored (GML)";
      return;
    }
    if (units == "CNTS") return convert_counts(series);
    if (units != "BQML") {
      throw wrong(units.empty() ? "does not say its units" : fmt::format("its units are {}", units),
                  "BQML, GML, or CNTS with the factors of Philips are read");
    }
    series.factor = by_body_weight(series);
    series.conversion = fmt::format("SUV by body weight from BQML: x {:.9g}", series.factor);
  }

 private:
  std::string text(const std::string& name) const {
    const auto& texts = slices_.front().texts;
    const auto found = texts.find(name);
    return found == texts.end() ? "" : found->second;
  }
  double number(const std::string& name, const char* what) const {
    const std::string value = text(name);
    double number = 0;
    const auto [stop, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc() || stop != value.data() + value.size() || !(number > 0)) {
      throw wrong(value.empty() ? fmt::format("says no {} ({})", what, name)
                                : fmt::format("{} ({}) is \"{}\"", what, name, value),
                  "SUV needs it; add it to the header, or convert the images yourself and import SUV");
    }
    return number;
  }
  Error wrong(const std::string& problem, const std::string& hint) const {
    return input_error(place_, "PET: " + problem, hint);
  }

  void convert_counts(DicomSeries& series) const {
    if (!text("Philips SUV factor").empty() && text("Philips SUV factor") != "0") {
      series.factor = number("Philips SUV factor", "factor to SUV");
      series.conversion = fmt::format("SUV from counts by Philips' factor: x {:.9g}", series.factor);
      return;
    }
    if (text("Philips activity factor").empty())
      throw wrong("its units are counts (CNTS), without a factor to SUV or Bq/ml",
                  "export it in Bq/ml or SUV");
    const double to_activity = number("Philips activity factor", "factor to Bq/ml");
    series.factor = to_activity * by_body_weight(series);
    series.conversion =
        fmt::format("SUV by body weight from counts by Philips' factor: x {:.9g}", series.factor);
  }

  double by_body_weight(DicomSeries& series) const {
    const std::string corrected = text("CorrectedImage");
    if (!corrected.empty() &&
        (corrected.find("ATTN") == std::string::npos || corrected.find("DECY") == std::string::npos)) {
      throw wrong(fmt::format("it is corrected for {} only", corrected),
                  "SUV needs images corrected for attenuation (ATTN) and decay (DECY)");
    }
    PetMeta meta;
    meta.weight_kg = number("PatientWeight", "body weight");
    meta.injected_dose_bq = number("RadionuclideTotalDose", "injected dose");
    meta.half_life_seconds = number("RadionuclideHalfLife", "half-life");
    const std::string decay = text("DecayCorrection");
    if (decay == "ADMIN") return suv_factor(meta);  // no time passes
    if (decay != "START") {
      throw wrong(decay.empty() ? "does not say to when its decay is corrected (DecayCorrection)"
                                : fmt::format("its decay is corrected to \"{}\"", decay),
                  "START and ADMIN are read");
    }
    const double begin = begin_of_scan(series);
    auto injection = seconds_of_moment(text("RadiopharmaceuticalStartDateTime"));
    if (!injection) {
      const std::string date = text("SeriesDate").empty() ? text("AcquisitionDate") : text("SeriesDate");
      injection = seconds_of(date, text("RadiopharmaceuticalStartTime"));
      if (injection)
        series.remarks.emplace_back("PET: the injection has a time but no date; taken as on the scan's day");
    }
    if (!injection) throw wrong("says no time of injection", "SUV needs it to undo the decay");
    if (*injection > begin) {
      throw wrong(fmt::format("the injection lies {:.0f} s behind the begin of the scan", *injection - begin),
                  "a clock or a date is wrong, or the study went over midnight without dates");
    }
    meta.acquisition_seconds = begin - *injection;
    return suv_factor(meta);
  }

  double begin_of_scan(DicomSeries& series) const {
    std::optional<double> first;
    for (const auto& slice : slices_) {
      const auto of = [&](const char* name) {
        const auto found = slice.texts.find(name);
        return found == slice.texts.end() ? std::string() : found->second;
      };
      const auto moment = seconds_of(of("AcquisitionDate").empty() ? of("SeriesDate") : of("AcquisitionDate"),
                                     of("AcquisitionTime"));
      if (moment && (!first || *moment < *first)) first = moment;
    }
    const auto own = seconds_of(text("SeriesDate"), text("SeriesTime"));
    if (own && (!first || *own <= *first)) return *own;
    if (const auto ge = seconds_of_moment(text("GE scan time"))) return *ge;
    if (!first) throw wrong("says neither when the series nor when its slices were taken", "SUV needs it");
    series.remarks.emplace_back(
        "PET: the series' time lies behind its first acquisition; the first acquisition counts as the begin "
        "of "
        "the scan");
    return *first;
  }

  const std::vector<DicomSlice>& slices_;
  std::string place_;
};

// Objects that lie beside images and have no pixels. Of every other kind, a file without pixels was cut off.
bool has_no_image_by_kind(const std::string& sop_class) {
  static const std::string kImages = "1.2.840.10008.5.1.4.1.1.";
  if (sop_class == "1.2.840.10008.1.3.10") return true;  // DICOMDIR
  if (!sop_class.starts_with(kImages)) return false;
  const std::string kind = sop_class.substr(kImages.size());
  for (const char* one : {"481.3", "481.5", "481.8", "66.1", "66.3"}) {  // structures, plans, registrations
    if (kind == one) return true;
  }
  // presentations, waveforms, reports, documents
  return kind.starts_with("11.") || kind.starts_with("9.") || kind.starts_with("88.") ||
         kind.starts_with("104.");
}

std::vector<TreeFile> files_in(const fs::path& folder) {
  std::vector<TreeFile> files;
  for (auto& file : list_tree(folder)) {
    // What a folder of images says about DICOM ("is not read; convert it") is not true here.
    const std::string low = lower(file.name);
    const bool by_name =
        low.ends_with(".dcm") || low.ends_with(".dicom") || low.ends_with(".ima") || low == "dicomdir";
    if (by_name) file.problem.clear();
    files.push_back(std::move(file));
  }
  return files;
}

std::string sha256_of_files(const std::vector<std::pair<std::string, std::string>>& files) {
  std::string text;
  for (const auto& [name, sha256] : files) text += name + "  " + sha256 + "\n";
  return sha256_hex(text);
}

}  // namespace

std::string DicomSlice::stored_type() const { return fmt::format("{}int{}", is_signed ? "" : "u", bits); }

bool is_dicom_place(const fs::path& path) {
  std::error_code code;
  return fs::is_directory(path, code) || is_zip(path);
}

DicomSeries read_dicom_series(const fs::path& folder, const std::string& place, const GateLimits& limits) {
  DicomSeries series;
  std::vector<std::pair<std::string, std::string>> hashed;
  std::vector<std::string> no_image;
  size_t localizers = 0;
  std::string first_localizer;
  for (const auto& file : files_in(folder)) {
    const std::string where = place + "/" + file.path;
    if (!file.problem.empty())
      throw input_error(where, file.problem, "a folder of DICOM files holds the files of one series");
    const std::string bytes = read_file(folder / file.path);
    hashed.emplace_back(file.path, sha256_hex(bytes));
    if (!begins_like_dicom({reinterpret_cast<const std::byte*>(bytes.data()), bytes.size()})) {
      if (is_companion(file)) {
        no_image.push_back(file.path);
        continue;
      }
      throw input_error(where, "is no DICOM file: \"DICM\" does not stand behind its first 128 bytes",
                        "remove it from the folder, or copy it again if it is a slice");
    }
    const Header header = read_header(bytes, where);
    if (!header.has_pixels) {
      if (!has_no_image_by_kind(header.text(kMediaClass))) throw damaged(where, "ends before its pixels");
      no_image.push_back(file.path);
      continue;
    }
    DicomSlice slice = slice_from(header, folder / file.path, file.path);
    slice.sha256 = hashed.back().second;
    if (slice.localizer) {
      if (localizers++ == 0) first_localizer = slice.name;
      continue;
    }
    series.slices.push_back(std::move(slice));
  }
  if (series.slices.empty()) {
    throw input_error(
        place, "holds no slice of a DICOM series",
        hashed.empty() ? "the folder is empty" : fmt::format("{} files were looked at", hashed.size()));
  }
  check_alike(series.slices, place);
  const DicomSlice& any = series.slices.front();
  const auto slices = static_cast<int64_t>(series.slices.size());
  if (any.rows * any.columns > limits.max_voxels / slices) {
    throw input_error(place,
                      fmt::format("{}x{}x{} voxels, more than {}", any.columns, any.rows, slices,
                                  detail::grouped(limits.max_voxels)),
                      "a larger limit is given with --max-voxels");
  }
  series.geometry = grid_of(series.slices, place);
  series.modality = series.slices.front().modality;
  series.kept = series.slices.front().kept;
  if (series.modality == "PT") SuvFromHeader(series.slices, place).convert(series);
  if (localizers > 0)
    series.remarks.push_back(fmt::format("DICOM: {} localizer{} left out, the first: {}", localizers,
                                         localizers == 1 ? "" : "s", first_localizer));
  if (!no_image.empty())
    series.remarks.push_back(fmt::format("DICOM: {} file{} without an image left out, the first: {}",
                                         no_image.size(), no_image.size() == 1 ? "" : "s", no_image.front()));
  series.sha256 = sha256_of_files(hashed);
  return series;
}

std::vector<double> pixels_of(const DicomSlice& slice) {
  const std::string bytes = read_file(slice.path);
  if (sha256_hex(bytes) != slice.sha256)
    throw input_error(slice.path.string(), "the file changed while it was being read", "try again");
  const auto count = static_cast<size_t>(slice.rows * slice.columns),
             width = static_cast<size_t>(slice.bits / 8);
  SB_CHECK(static_cast<size_t>(slice.pixels_at) + count * width <= bytes.size(), slice.name);
  std::vector<double> values(count);
  const auto* at = reinterpret_cast<const unsigned char*>(bytes.data()) + slice.pixels_at;
  const int unused = 64 - slice.stored_bits;
  for (size_t v = 0; v < count; ++v, at += width) {
    uint64_t word = 0;
    for (size_t b = width; b-- > 0;) word = word << 8 | at[b];
    word <<= unused;  // bits above the stored ones are of no value
    const double stored = slice.is_signed ? static_cast<double>(static_cast<int64_t>(word) >> unused)
                                          : static_cast<double>(word >> unused);
    values[v] = stored * slice.slope + slice.intercept;
  }
  return values;
}

std::string sha256_of_image(const fs::path& path) {
  std::error_code code;
  if (!fs::is_directory(path, code)) return sha256_file(path);
  std::vector<std::pair<std::string, std::string>> files;
  for (const auto& file : files_in(path)) {
    if (file.problem.empty()) files.emplace_back(file.path, sha256_file(path / file.path));
  }
  return sha256_of_files(files);
}

}  // namespace synerbench
