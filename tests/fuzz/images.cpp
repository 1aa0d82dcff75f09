// Image files through the gate: NIfTI, plain and packed, and MetaImage.
#include "harness/data/detail/byte_source.h"
#include "harness/data/gate.h"
#include "tests/data/damage.h"
#include "tests/fuzz/targets.h"

namespace synerbench::fuzz {
namespace {

constexpr GateLimits kSmall{int64_t{1}
                            << 22};  // voxels: keeps a header that promises much from taking minutes

void check_accepted(const VerifiedFile& file, std::string_view bytes) {
  const Geometry& grid = file.geometry;
  SB_CHECK(grid.size[0] >= 1 && grid.size[1] >= 1 && grid.size[2] >= 1, "no empty axis");
  SB_CHECK(grid.count() == file.values.count, "as many voxels as the header says");
  SB_CHECK(file.file_bytes == static_cast<int64_t>(bytes.size()), "the file as a whole was read");
  SB_CHECK(file.sha256 == sha256_hex(bytes), "the hash is of these bytes");
  SB_CHECK(file.values.not_finite >= 0 && file.values.not_finite <= file.values.count,
           "a share of the voxels");
  SB_CHECK(grid_distance(grid, grid) < 1e-3, "a grid is itself");
}

/// The verdict on a file of this name: nothing when it is refused.
std::optional<VerifiedFile> verdict(const std::string& name, std::string_view bytes) {
  const auto path = put(name, bytes);
  std::optional<VerifiedFile> file;
  accepted([&] { file = verify_image_file(path, kSmall); });
  Geometry grid;
  const bool header = accepted([&] { grid = read_image_grid(path, kSmall); });
  if (file) {
    check_accepted(*file, bytes);
    SB_CHECK(header && grid.size == file->geometry.size, "header alone and whole file agree");
  }
  return file;
}

void nifti_one(std::string_view input) {
  const auto plain = verdict("a.nii", input);
  const auto packed = verdict("b.nii.gz", testing::gzipped(std::string(input)));
  SB_CHECK(plain.has_value() == packed.has_value(), "packing changes no verdict");
  if (plain) {
    SB_CHECK(plain->values.weighted_sum == packed->values.weighted_sum || plain->values.not_finite > 0,
             "packing changes no value");
  }
}

void nifti_gz_one(std::string_view input) { verdict("c.nii.gz", input); }
void metaimage_one(std::string_view input) { verdict("d.mha", input); }

Seeds seeds_ending(const std::string& ending) {
  Seeds seeds;
  for (const auto& sample : testing::sample_files()) {
    if (sample.name.ends_with(ending)) seeds[sample.name] = sample.bytes;
  }
  return seeds;
}

/// What zlib itself makes of one stream, or of gzip members in a row; nothing when it refuses.
std::optional<std::string> unpacked_by_zlib(std::string_view input, bool gzip) {
  std::string out;
  do {
    z_stream stream{};
    if (inflateInit2(&stream, gzip ? 15 + 16 : 15) != Z_OK) return {};
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
    stream.avail_in = static_cast<uInt>(input.size());
    int code = Z_OK;
    while (code == Z_OK) {
      std::array<char, 4096> buffer;
      stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
      stream.avail_out = buffer.size();
      code = inflate(&stream, Z_NO_FLUSH);
      out.append(buffer.data(), buffer.size() - stream.avail_out);
      if (code == Z_BUF_ERROR && stream.avail_in == 0) break;
    }
    input.remove_prefix(input.size() - stream.avail_in);
    inflateEnd(&stream);
    if (code != Z_STREAM_END) return {};
  } while (gzip && !input.empty());
  if (!input.empty()) return {};
  return out;
}

/// All that our reader unpacks, with the length known beforehand or not; nothing when it refuses.
std::optional<std::string> unpacked_by_us(const std::filesystem::path& path, bool gzip, int64_t expected) {
  std::string out;
  const auto wrapper = gzip ? detail::InflateSource::Wrapper::kGzip : detail::InflateSource::Wrapper::kZlib;
  bool whole = false;
  const bool taken = accepted([&] {
    detail::FileSource file(path);
    detail::InflateSource source(file, wrapper);
    if (expected >= 0) source.expect(expected);
    std::array<std::byte, 1000> buffer;
    for (size_t got = buffer.size(); got == buffer.size();) {
      got = source.read(buffer);
      out.append(reinterpret_cast<const char*>(buffer.data()), got);
    }
    whole = !source.cut_off();
  });
  if (!taken || !whole) return {};
  return out;
}

/// The first byte says which wrapper. zlib, our reader through one buffer, and our reader that knows the
/// length have one opinion.
void inflate_one(std::string_view input) {
  if (input.empty()) return;
  const bool gzip = input.front() != 'z';
  input.remove_prefix(1);
  const auto wanted = unpacked_by_zlib(input, gzip);
  const auto path = put(gzip ? "e.gz" : "e.z", input);
  const auto streamed = unpacked_by_us(path, gzip, -1);
  SB_CHECK(wanted == streamed || (streamed == "" && !wanted), "zlib and the stream agree");
  if (!wanted) return;
  const auto known = unpacked_by_us(path, gzip, static_cast<int64_t>(wanted->size()));
  SB_CHECK(known == wanted, "a known length changes nothing");
}

Seeds inflate_seeds() {
  const std::string text = "one line of some text, one line of some other text\n";
  return {{"gzip", "g" + testing::gzipped(text)},
          {"zlib", "z" + testing::zlibbed(text)},
          {"members", "g" + testing::gzipped(text) + testing::gzipped("") + testing::gzipped(text)},
          {"long", "g" + testing::gzipped(std::string(5000, 'x'))}};
}

}  // namespace

Target nifti() {
  return {"nifti", nifti_one, [] { return seeds_ending(".nii"); }, 1200};
}
Target nifti_gz() {
  return {"nifti_gz", nifti_gz_one, [] { return seeds_ending(".nii.gz"); }, 1200};
}
Target metaimage() {
  return {"metaimage", metaimage_one, [] { return seeds_ending(".mha"); }, 1200};
}
Target inflate() { return {"inflate", inflate_one, inflate_seeds, 400}; }

}  // namespace synerbench::fuzz
