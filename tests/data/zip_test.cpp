#include "harness/data/zip.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "tests/data/dicom_builder.h"
#include "tests/support/temp_folder.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing_support::stored_zip;

class UnpackedZip : public testing::Test {
 protected:
  std::string unpack(const std::string& bytes, const ZipLimits& limits = {}) const {
    const fs::path to = folder_.path() / "out";
    fs::remove_all(to);
    fs::create_directories(to);
    try {
      unpack_zip(folder_.write("a.zip", bytes), to, limits);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kBadInput);
      EXPECT_THAT(error.what(), HasSubstr("a.zip"));
      return error.what();
    }
    return "";
  }
  std::string read(const std::string& name) const { return read_file(folder_.path() / "out" / name); }
  TempFolder folder_;
};

// The stored file "a" of an archive, deflated instead.
std::string deflated_zip(const std::string& content) {
  std::string packed(content.size() + 100, '\0');
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  std::string zip = stored_zip({{"a", packed}});
  const uLong crc =
      crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size()));
  const size_t central = zip.rfind(std::string("PK\1\2", 4));
  const auto put = [&](size_t at, uint64_t value, int width) {
    for (int i = 0; i < width; ++i)
      zip[at + static_cast<size_t>(i)] = static_cast<char>(value >> (8 * i) & 0xFF);
  };
  put(8, 8, 2);
  put(central + 10, 8, 2);
  put(14, crc, 4);
  put(central + 16, crc, 4);
  put(22, content.size(), 4);
  put(central + 24, content.size(), 4);
  return zip;
}

TEST_F(UnpackedZip, StoredAndDeflatedFilesComeOut) {
  EXPECT_EQ(unpack(stored_zip({{"a.txt", "one"}, {"folder/b.txt", "two"}, {"empty/", ""}})), "");
  EXPECT_EQ(read("a.txt"), "one");
  EXPECT_EQ(read("folder/b.txt"), "two");
  std::string content;
  for (int i = 0; i < 100'000; ++i) content += std::to_string(i * 7919 % 1000);
  EXPECT_EQ(unpack(deflated_zip(content)), "");
  EXPECT_EQ(read("a"), content);
  EXPECT_EQ(unpack(stored_zip({})), "");
}

TEST_F(UnpackedZip, ADamagedArchiveIsRefusedWhereverItIsCut) {
  const std::string whole = deflated_zip(std::string(3000, 'x') + "end");
  for (size_t length = 0; length < whole.size(); ++length)
    EXPECT_NE(unpack(whole.substr(0, length)), "") << length;
  for (size_t at = 30; at < whole.size() - 22;
       ++at) {  // not the fields of the local header, which nobody reads
    std::string turned = whole;
    turned[at] = static_cast<char>(turned[at] ^ 0x55);
    const std::string error = unpack(turned);  // an Error or the same content; never anything else
    if (error.empty() && fs::exists(folder_.path() / "out/a")) {
      EXPECT_EQ(read("a"), std::string(3000, 'x') + "end") << at;
    }
  }
}

TEST_F(UnpackedZip, NamesThatLeadOutAndFilesThatStandTwiceAreRefused) {
  for (const char* name : {"../a", "/etc/a", "a/../../b", "a\\b", "", "a\nb"})
    EXPECT_THAT(unpack(stored_zip({{name, "x"}})), HasSubstr("is no name of a file inside an archive"))
        << name;
  // Names that no file system takes, and such as stand for folders.
  for (const std::string& name : {std::string(300, 'a'), "b/" + std::string(300, 'a') + "/c",
                                  std::string("."), std::string("a/."), std::string(1500, 'a') + "/b"})
    EXPECT_THAT(unpack(stored_zip({{name, "x"}})), HasSubstr("is no name of a file inside an archive"))
        << name;
  std::string deep;
  for (int i = 0; i < 3000; ++i) deep += "d/";
  EXPECT_THAT(unpack(stored_zip({{deep + "a", "x"}})), HasSubstr("is no name of a file inside an archive"));
  EXPECT_THAT(unpack(stored_zip({{"a", "x"}, {"./a", "y"}})), HasSubstr("is in it twice"));
  const std::string twice = unpack(stored_zip({{"a/x", "1"}, {"b", "2"}, {"a/x", "3"}}));
  EXPECT_THAT(twice, HasSubstr(" twice"));
  EXPECT_THAT(twice, HasSubstr("write the archive anew")) << "a copy of it has it twice, too";
  EXPECT_THAT(unpack(stored_zip({{"a", "x"}, {"a/b", "y"}})),
              HasSubstr("\"a\" is a file in it and a folder"));
  EXPECT_THAT(unpack(stored_zip({{"a/b/c", "x"}, {"a", "y"}})),
              HasSubstr("\"a\" is a file in it and a folder"));
  EXPECT_FALSE(fs::exists(folder_.path() / "a"));
}

TEST_F(UnpackedZip, LimitsAndWhatIsNoArchiveAreNamed) {
  EXPECT_THAT(unpack(stored_zip({{"a", "12345"}, {"b", "12345"}}), {.files = 1}),
              HasSubstr("holds 2 files, more than 1"));
  EXPECT_THAT(unpack(stored_zip({{"a", "12345"}, {"b", "12345"}}), {.bytes = 9}),
              HasSubstr("more than 9 bytes"));
  EXPECT_THAT(unpack("This is no archive, although it is long enough to be one."),
              HasSubstr("no zip archive"));
}

}  // namespace
}  // namespace synerbench
