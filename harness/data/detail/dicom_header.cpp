#include "harness/data/detail/dicom_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <set>

#include "harness/data/detail/byte_source.h"

namespace synerbench::detail {
namespace {

using Tag = DicomTag;
constexpr Tag kTransferSyntax = 0x00020010, kLut = 0x00283000, kPixels = 0x7FE00010, kTracer = 0x00540016;
constexpr Tag kItem = 0xFFFEE000, kItemEnd = 0xFFFEE00D, kSequenceEnd = 0xFFFEE0DD;

std::string tag_text(Tag tag) { return fmt::format("({:04X},{:04X})", tag >> 16, tag & 0xFFFF); }

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
            kDamagedHint);
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
      throw dicom_cut_off(place_, fmt::format("element {} promises {} bytes, {} are left",
                                              tag_text(element.tag), grouped(static_cast<int64_t>(length)),
                                              grouped(static_cast<int64_t>(bytes_.size() - at_))));
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
    if (bytes_.size() - at_ < count) throw dicom_cut_off(place_, fmt::format("ends within {}", what));
  }

  // Items until the mark of the end. What is in an item is walked, because only that tells where it ends.
  void skip_marked(Element& element, int depth) {
    constexpr int kDeepest = 16;
    if (depth > kDeepest)
      throw input_error(place_, "sequences inside sequences, more than 16 deep", kDamagedHint);
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
            kDamagedHint);
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
      throw dicom_cut_off(place_,
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
// Elements of one level; the items of the tracer's sequence are read as if they stood in it.
void collect(Elements elements, DicomHeader& header) {
  constexpr size_t kLongestKept = 4096;
  while (!elements.done()) {
    const auto element = elements.next();
    if (element.tag == kPixels) {
      header.has_pixels = true;
      header.packed_pixels = element.undefined;
      header.pixels_at = element.at;
      header.pixel_bytes = element.value.size();
    } else if (element.tag == kLut) {
      header.has_table = true;
    } else if (!element.undefined && element.vr != "SQ" && element.value.size() <= kLongestKept &&
               !header.values.contains(element.tag)) {
      header.values[element.tag] = {element.value.begin(), element.value.end()};
    }
  }
}

void collect_tracer(std::span<const std::byte> sequence, bool is_explicit, DicomHeader& header) {
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

bool is_explicit_syntax(const std::string& syntax, const std::string& place) {
  if (syntax == "1.2.840.10008.1.2") return false;
  if (syntax == "1.2.840.10008.1.2.1") return true;
  if (syntax == "1.2.840.10008.1.2.2")
    throw input_error(place, "is big-endian, a form that DICOM has given up",
                      "gdcmconv --raw IN OUT writes it anew");
  if (syntax == "1.2.840.10008.1.2.1.99") throw input_error(place, "is deflated as a whole", kUnpackHint);
  throw input_error(place, fmt::format("its pixels are compressed (transfer syntax {})", syntax),
                    kUnpackHint);
}

}  // namespace

Error dicom_cut_off(const std::string& place, const std::string& problem) {
  return input_error(place, problem, kCutOffHint);
}

std::string DicomHeader::text(Tag tag) const {
  const auto found = values.find(tag);
  return found == values.end() ? "" : trimmed_text(found->second);
}

int64_t DicomHeader::whole(Tag tag, const char* name) const {
  const auto found = values.find(tag);
  if (found == values.end() || found->second.size() < 2)
    throw input_error(place, fmt::format("has no {} {}", name, tag_text(tag)),
                      "this is no image of a scanner");
  return static_cast<int64_t>(found->second[0]) | static_cast<int64_t>(found->second[1]) << 8;
}

std::vector<double> DicomHeader::numbers(Tag tag, const char* name, size_t count) const {
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
                        kDamagedHint);
    }
    list.push_back(value);
    begin = end + 1;
  }
  if (list.size() != count) {
    throw input_error(
        place,
        all.empty() ? fmt::format("has no {} {}", name, tag_text(tag))
                    : fmt::format("{} {} is \"{}\", {} numbers are wanted", name, tag_text(tag), all, count),
        "without it the slice has no place in the patient: this is no slice of a scan");
  }
  return list;
}

bool begins_like_dicom(std::span<const std::byte> bytes) {
  return bytes.size() >= 132 && std::memcmp(&bytes[128], "DICM", 4) == 0;
}

DicomHeader read_dicom_header(std::span<const std::byte> bytes, const std::string& place) {
  DicomHeader header;
  header.place = place;
  Elements meta(bytes, 132, true, place);
  while (!meta.done() && meta.peek() >> 16 == 0x0002) {
    const auto element = meta.next();
    header.values[element.tag] = {element.value.begin(), element.value.end()};
  }
  const std::string syntax = header.text(kTransferSyntax);
  if (syntax.empty()) throw dicom_cut_off(place, "does not say how it is written (no transfer syntax)");
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

}  // namespace synerbench::detail
