// Good files, and ways to damage them.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "tests/data/gate_fixture.h"

namespace synerbench::testing {

struct SampleFile {
  std::string name;  // its ending tells the format
  std::string bytes;
};

/// One good file of every kind, a few hundred bytes each, oblique, with slope where the format has one.
inline std::vector<SampleFile> sample_files() {
  Random random(31);
  const Geometry grid = random_geometry(random, {5, 4, 3});
  std::vector<float> noise(60);
  for (float& value : noise) value = static_cast<float>(random.normal() * 100);
  NiftiBuilder one, two;
  one.set_sform(grid).set_voxels(sample_voxels<int16_t>(60));
  one.slope = 2.5;
  one.extensions = std::string("\1\0\0\0", 4).append(raw_bytes(int32_t{32})).append(28, 'e');
  two.version = 2;
  two.big_endian = true;
  two.set_sform(grid).set_voxels(noise);
  const std::string first = one.bytes();
  return {{"raw.nii", first},
          {"two.nii", two.bytes()},
          {"packed.nii.gz", gzipped(first)},
          {"noise.nii.gz", gzipped(two.bytes())},
          {"members.nii.gz", gzipped(first.substr(0, 300)).append(gzipped(first.substr(300)))},
          {"raw.mha", MetaImageBuilder::of(grid, sample_voxels<uint16_t>(60)).bytes()},
          {"packed.mha", MetaImageBuilder::of(grid, sample_voxels<int16_t>(60), true).bytes()},
          {"noise.mha", MetaImageBuilder::of(grid, noise, true, true).bytes()}};
}

/// One to three random edits: what disks, networks, editors and enemies do.
inline std::string mutated(std::string bytes, const std::string& donor, Random& random) {
  static const std::vector<std::string> interesting{std::string(8, '\0'),
                                                    std::string(8, '\xff'),
                                                    std::string("\x7f\xff\xff\xff", 4),
                                                    std::string("\0\0\x80\x7f", 4),
                                                    std::string("\0\0\xc0\x7f", 4),
                                                    std::string("\x1f\x8b", 2),
                                                    "-1",
                                                    "nan",
                                                    "99999999999",
                                                    "1e308",
                                                    "=",
                                                    "\n"};
  for (uint64_t edits = 1 + random.below(3); edits > 0 && !bytes.empty(); --edits) {
    const size_t at = random.below(bytes.size());
    const size_t length =
        std::min<size_t>(1 + random.below(random.below(4) == 0 ? 200 : 8), bytes.size() - at);
    switch (random.below(8)) {
      case 0:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.below(8)));
        break;
      case 1:
        bytes[at] = static_cast<char>(random.below(256));
        break;
      case 2:
        bytes.erase(at, length);
        break;
      case 3:
        bytes.insert(at, bytes.substr(random.below(bytes.size()), length));
        break;
      case 4:
        bytes.resize(at);
        break;
      case 5: {
        const std::string& piece = interesting[random.below(interesting.size())];
        for (size_t i = 0; i < piece.size() && at + i < bytes.size(); ++i) bytes[at + i] = piece[i];
        break;
      }
      case 6:
        bytes.insert(at, interesting[random.below(interesting.size())]);
        break;
      case 7: {
        const size_t from = random.below(donor.size());
        for (size_t i = 0; i < length && from + i < donor.size(); ++i) bytes[at + i] = donor[from + i];
        break;
      }
    }
  }
  return bytes;
}

}  // namespace synerbench::testing
