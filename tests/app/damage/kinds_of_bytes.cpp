// What can befall the bytes of any file, and the file itself.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "harness/core/file.h"
#include "tests/app/damage/edit.h"
#include "tests/app/damage/kinds.h"
#include "tests/data/image_builder.h"

namespace synerbench::damage {
namespace {

namespace fs = std::filesystem;
using testing::gzipped;

Variants flips(const std::string& bytes, size_t from, size_t to, Random& random) {
  Variants out;
  if (from >= to) return out;
  for (int i = 0; i < 3; ++i) {
    out.push_back(flipped(bytes, from + random.below(to - from), static_cast<int>(random.below(8))));
  }
  return out;
}

std::string web_page() {
  return "<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head><body>no such file</body></html>\n";
}

bool take_place(const fs::path& file, const fs::path& other) {
  if (!fs::exists(other)) return false;
  fs::copy_file(other, file, fs::copy_options::overwrite_existing);
  return true;
}

}  // namespace

std::vector<Damage> damages_of_bytes() {
  using S = const std::string&;
  return {
      {"empty file", 0, [](S, const Subject&, Random&) { return Variants{""}; }},
      {"1 byte", 0, [](S b, const Subject&, Random&) { return Variants{b.substr(0, 1)}; }},
      {"cut in the header", 0,
       [](S b, const Subject& s, Random&) { return Variants{b.substr(0, header_length(b, s) / 2)}; }},
      {"cut behind the header", 0,
       [](S b, const Subject& s, Random&) { return Variants{b.substr(0, header_length(b, s))}; }},
      {"cut in the middle", 0,
       [](S b, const Subject& s, Random&) {
         return Variants{b.substr(0, (header_length(b, s) + b.size()) / 2)};
       }},
      {"last byte missing", 0,
       [](S b, const Subject&, Random&) { return Variants{b.substr(0, b.size() - 1)}; }},
      {"last bytes missing", 0,
       [](S b, const Subject&, Random&) { return Variants{b.substr(0, b.size() - 5)}; }},
      {"bytes behind the end", 0,
       [](S b, const Subject&, Random&) { return Variants{b + "garbage behind the end"}; }},
      {"zeros behind the end", 0,
       [](S b, const Subject&, Random&) { return Variants{b + std::string(512, '\0')}; }},
      {"the file twice", 0, [](S b, const Subject&, Random&) { return Variants{b + b}; }},
      {"bit flipped in the header", 0,
       [](S b, const Subject& s, Random& r) { return flips(b, 0, header_length(b, s), r); }},
      {"bit flipped in the data", 0,
       [](S b, const Subject& s, Random& r) { return flips(b, header_length(b, s), b.size(), r); }},
      {"zeroed block", 0,
       [](S b, const Subject& s, Random&) {
         const size_t at = (header_length(b, s) + b.size()) / 2;
         return Variants{over(b, at, std::string(64, '\0'))};
       }},
      {"all zeros", 0, [](S b, const Subject&, Random&) { return Variants{std::string(b.size(), '\0')}; }},
      {"random bytes", 0,
       [](S b, const Subject&, Random& r) {
         std::string out(b.size(), ' ');
         for (char& c : out) c = static_cast<char>(r.below(256));
         return Variants{out};
       }},
      {"two blocks swapped", 0,
       [](S b, const Subject& s, Random&) {
         const size_t begin = header_length(b, s), block = std::min<size_t>(256, (b.size() - begin) / 4);
         std::string out = b;
         std::swap_ranges(out.begin() + static_cast<std::ptrdiff_t>(begin),
                          out.begin() + static_cast<std::ptrdiff_t>(begin + block),
                          out.begin() + static_cast<std::ptrdiff_t>(b.size() - block));
         return out == b ? Variants{} : Variants{out};
       }},
      {"a picture under this name", 0,
       [](S, const Subject&, Random&) {
         return Variants{std::string("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16) + std::string(300, 'x')};
       }},
      {"a web page under this name", 0, [](S, const Subject&, Random&) { return Variants{web_page()}; }},
      {"a gzip file under this name", 0, [](S b, const Subject&, Random&) { return Variants{gzipped(b)}; }},
  };
}

std::vector<Damage> damages_of_places() {
  return {
      {"missing", 0, {}, [](const Site& site, const Subject&) { return fs::remove(site.file); }},
      {"a folder in its place",
       0,
       {},
       [](const Site& site, const Subject&) {
         return fs::remove(site.file) && fs::create_directory(site.file);
       }},
      {"a pipe in its place",
       0,
       {},
       [](const Site& site, const Subject&) {
         return fs::remove(site.file) && ::mkfifo(site.file.c_str(), 0644) == 0;
       }},
      {"a device in its place",
       0,
       {},
       [](const Site& site, const Subject&) {
         fs::remove(site.file);
         fs::create_symlink("/dev/zero", site.file);
         return true;
       }},
      {"a link to itself",
       0,
       {},
       [](const Site& site, const Subject&) {
         fs::remove(site.file);
         fs::create_symlink(site.file.filename(), site.file);
         return true;
       }},
      {"a link to nothing",
       0,
       {},
       [](const Site& site, const Subject&) {
         fs::remove(site.file);
         fs::create_symlink("nowhere", site.file);
         return true;
       }},
      {"unreadable",
       0,
       {},
       [](const Site& site, const Subject&) {
         if (::geteuid() == 0) return false;  // nothing is unreadable for root
         fs::permissions(site.file, fs::perms::none);
         return true;
       }},
      {"two files swapped",
       0,
       {},
       [](const Site& site, const Subject& s) {
         if (s.sibling.empty()) return false;
         const std::string a = read_file(site.file), b = read_file(site.folder / s.sibling);
         std::ofstream(site.file, std::ios::binary) << b;
         std::ofstream(site.folder / s.sibling, std::ios::binary) << a;
         return true;
       }},
      {"the file of another run",
       0,
       {},
       [](const Site& site, const Subject& s) {
         return !s.stale.empty() && take_place(site.file, site.stale / s.stale);
       }},
  };
}

}  // namespace synerbench::damage
