// What can befall the headers of images, and their packing.
#include <zlib.h>

#include <limits>

#include "tests/app/damage/edit.h"
#include "tests/app/damage/kinds.h"
#include "tests/data/image_builder.h"

namespace synerbench::damage {
namespace {

using testing::gzipped;
using testing::raw_bytes;

/// Bytes of a NIfTI file without and with its packing.
std::string nifti_of(const std::string& bytes, const Subject& subject) {
  if (!(subject.traits & kGzip)) return bytes;
  std::string out(1 << 20, '\0');
  z_stream stream{};
  inflateInit2(&stream, 15 + 16);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  ::inflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}
std::string packed_as(const Subject& subject, const std::string& nifti) {
  return subject.traits & kGzip ? gzipped(nifti) : nifti;
}

/// A field of the NIfTI-1 header.
Damage nifti_field(const std::string& name, size_t offset, const std::string& value) {
  return {name, kNifti, [=](const std::string& bytes, const Subject& subject, Random&) {
            return Variants{packed_as(subject, over(nifti_of(bytes, subject), offset, value))};
          }};
}

/// A line of the MetaImage header.
Damage meta_line(const std::string& name, const std::string& key, const std::string& value) {
  return {name, kMeta, [=](const std::string& bytes, const Subject&, Random&) {
            const size_t at = bytes.find(key + " = ");
            if (at == std::string::npos) return Variants{};
            std::string out = bytes;
            out.replace(at, bytes.find('\n', at) - at, key + " = " + value);
            return Variants{out};
          }};
}

}  // namespace

std::vector<Damage> damages_of_images() {
  using S = const std::string&;
  const auto infinity = raw_bytes(std::numeric_limits<float>::infinity()), nan = raw_bytes(std::nanf(""));
  return {
      nifti_field("magic", 344, "n+9"),
      nifti_field("header in the other byte order", 0, raw_bytes<int32_t>(348, true)),
      nifti_field("dimension 0", 42, raw_bytes<int16_t>(0)),
      nifti_field("dimension negative", 44, raw_bytes<int16_t>(-5)),
      nifti_field("dimension huge", 42, raw_bytes<int16_t>(32767)),
      nifti_field("datatype unknown", 70, raw_bytes<int16_t>(9999)),
      nifti_field("spacing NaN", 80, nan),
      nifti_field("spacing infinite", 80, infinity),
      nifti_field("slope infinite", 112, infinity),
      nifti_field("origin 1e30", 292, raw_bytes(1e30f)),
      nifti_field("offset of voxels huge", 108, raw_bytes(1e20f)),
      meta_line("dimension 0", "DimSize", "0 28 5"),
      meta_line("dimension negative", "DimSize", "24 -28 5"),
      meta_line("dimension huge", "DimSize", "99999999999 28 5"),
      meta_line("datatype unknown", "ElementType", "MET_NOTHING"),
      meta_line("spacing NaN", "ElementSpacing", "nan 1 3"),
      meta_line("spacing infinite", "ElementSpacing", "inf 1 3"),
      meta_line("voxels in another file", "ElementDataFile", "other.raw"),
      meta_line("the other byte order", "BinaryDataByteOrderMSB", "True"),
      {"gzip: wrong CRC", kGzip,
       [](S b, const Subject&, Random&) { return Variants{flipped(b, b.size() - 8, 0)}; }},
      {"gzip: wrong length", kGzip,
       [](S b, const Subject&, Random&) { return Variants{flipped(b, b.size() - 4, 0)}; }},
      {"gzip: second member", kGzip,
       [](S b, const Subject&, Random&) {
         return Variants{b + gzipped("more"), b + b};
       }},
      {"gzip: empty second member", kGzip,
       [](S b, const Subject&, Random&) { return Variants{b + gzipped("")}; }},
      {"gzip: two members", kGzip,
       [](S b, const Subject& s, Random&) {
         const std::string plain = nifti_of(b, s);
         return Variants{gzipped(plain.substr(0, 500)) + gzipped(plain.substr(500))};
       }},
  };
}

}  // namespace synerbench::damage
