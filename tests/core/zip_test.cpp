// Archives as other programs write them, and what damage does to them. The archives are made with libzip.
#include "harness/core/zip.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zip.h>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "tests/support/error_of.h"
#include "tests/support/temp_folder.h"

namespace synerbench {
namespace {

using ::testing::HasSubstr;
using testing_support::error_of;

class Zip : public ::testing::Test {
 protected:
  std::filesystem::path file() const { return folder_.path() / "a.zip"; }
  void make(const std::vector<std::pair<std::string, std::string>>& entries, int method = ZIP_CM_STORE,
            const char* password = nullptr) const {
    zip_t* zip = zip_open(file().c_str(), ZIP_CREATE | ZIP_TRUNCATE, nullptr);
    for (const auto& [name, bytes] : entries) {
      zip_source_t* source = zip_source_buffer(zip, bytes.data(), bytes.size(), 0);
      const zip_int64_t at = zip_file_add(zip, name.c_str(), source, 0);
      zip_set_file_compression(zip, static_cast<zip_uint64_t>(at), method, 0);
      if (password != nullptr)
        zip_file_set_encryption(zip, static_cast<zip_uint64_t>(at), ZIP_EM_AES_256, password);
    }
    ASSERT_EQ(zip_close(zip), 0);
  }
  static std::string content(const ZipFile& zip, size_t entry) {
    std::string bytes;
    zip.read(zip.entries().at(entry), [&](std::span<const std::byte> piece) {
      bytes.append(reinterpret_cast<const char*>(piece.data()), piece.size());
    });
    return bytes;
  }
  std::string refused() const {
    return error_of([&] { ZipFile(file()).check(); }, ExitCode::kBadInput);
  }
  TempFolder folder_;
};

TEST_F(Zip, EntriesComeWithTheirBytes) {
  const std::string large(200'000, 'x');
  for (const int method : {ZIP_CM_STORE, ZIP_CM_DEFLATE}) {
    make({{"a.txt", "hello"}, {"sub/b.bin", large}, {"empty", ""}}, method);
    const ZipFile zip(file());
    ASSERT_EQ(zip.entries().size(), 3u);
    EXPECT_EQ(zip.entries()[1].name, "sub/b.bin");
    EXPECT_EQ(zip.entries()[1].bytes, large.size());
    EXPECT_EQ(content(zip, 0), "hello");
    EXPECT_EQ(content(zip, 1), large);
    EXPECT_EQ(content(zip, 2), "");
    EXPECT_NO_THROW(zip.check());
  }
}

TEST_F(Zip, AChangedByteOfContentIsFound) {
  for (const int method : {ZIP_CM_STORE, ZIP_CM_DEFLATE}) {
    std::string text;
    for (int i = 0; i < 4000; ++i) text += std::to_string(i * i);
    make({{"a.txt", text}}, method);
    const std::string sound = read_file(file());
    int found = 0, tried = 0;
    for (size_t at = 40; at + 120 < sound.size(); at += sound.size() / 40) {
      std::string changed = sound;
      changed[at] ^= 4;
      write_file(file(), changed);
      ++tried;
      found += refused().find("a.txt") != std::string::npos;
    }
    EXPECT_EQ(found, tried) << method;
  }
}

TEST_F(Zip, ACutArchiveIsRefused) {
  make({{"a.txt", std::string(500, 'y')}});
  const std::string sound = read_file(file());
  for (size_t length = 0; length < sound.size(); length += 7) {
    write_file(file(), sound.substr(0, length));
    EXPECT_THAT(refused(), HasSubstr("a.zip")) << length;
  }
}

TEST_F(Zip, WhatCannotBeReadSaysWhy) {
  EXPECT_THAT(error_of([] { ZipFile("/nowhere.zip"); }, ExitCode::kBadInput), HasSubstr("no such file"));
  write_file(file(), "text");
  EXPECT_THAT(refused(), HasSubstr("is no zip archive"));
  make({{"secret", "x"}}, ZIP_CM_STORE, "word");
  EXPECT_THAT(refused(), HasSubstr("a.zip: secret: is encrypted"));
}

}  // namespace
}  // namespace synerbench
