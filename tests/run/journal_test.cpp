#include "harness/run/journal.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "tests/support/temp_folder.h"

namespace synerbench {
namespace {

const std::string kIdentity(64, 'a');

Measure measure(const std::string& metric, double value) {
  Measure m;
  m.protocol = "p@1";
  m.metric = metric;
  m.value = value;
  m.count = 2;
  return m;
}

ItemResult scored(const std::string& case_id, double value) {
  ItemResult result;
  CaseRecord& r = result.record;
  r.task = "brain-mr-to-ct";
  r.model = "m";
  r.scan = parse_case_id(case_id, "test");
  r.scan.patient = case_id;
  r.slices = 2;
  r.measures = {measure("ssim", value)};
  Measure psnr;
  psnr.protocol = "p@1";
  psnr.metric = "psnr";
  psnr.undefined = "identical-images";
  psnr.undefined_count = 2;
  r.measures.push_back(psnr);
  for (int64_t slice : {3, 4}) {
    Measure m = measure("ssim", value + 0.1 * static_cast<double>(slice));
    m.count = 0;
    Measure u = psnr;
    u.undefined_count = 0;
    result.slices.push_back({slice, 1.0 / 3, {m, u}});
  }
  result.prediction_sha256 = std::string(64, '1');
  result.panel_sha256 = std::string(64, '2');
  return result;
}

ItemResult failed(const std::string& case_id) {
  ItemResult result;
  result.record.task = "brain-mr-to-ct";
  result.record.model = "m";
  result.record.scan = parse_case_id(case_id, "test");
  result.record.status = CaseStatus::kFailed;
  result.record.reason = "1 of 5 slices failed; slice 2: \"boom\"\nover two lines";
  result.failures = {{2, "\"boom\"\nover two lines"}};
  return result;
}

/// Without flushing to disk: these tests write thousands of files.
void put(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

ItemKey key(const std::string& case_id) { return {"brain-mr-to-ct", "m", parse_case_id(case_id, "test")}; }

TEST(Journal, GivesBackWhatWasWritten) {
  for (const ItemResult& item : {scored("d/a", 1.0 / 3), failed("d/b")}) {
    const std::string block = to_block(item);
    const ItemResult back = from_block(block, "test");
    EXPECT_EQ(to_block(back), block);
    EXPECT_EQ(back.record.scan, item.record.scan);
    EXPECT_EQ(back.record.scan.patient, item.record.scan.patient);
    EXPECT_EQ(back.slices.size(), item.slices.size());
    EXPECT_EQ(back.failures.size(), item.failures.size());
    EXPECT_EQ(back.prediction_sha256, item.prediction_sha256);
  }
  EXPECT_EQ(from_block(to_block(scored("d/a", 1.0 / 3)), "test").record.measures[0].value, 1.0 / 3);
}

TEST(Journal, ALaterBlockReplacesAnEarlierOne) {
  const TempFolder folder;
  {
    Journal journal(folder / "j", kIdentity, Journal::Mode::kWrite);
    journal.append(failed("d/a"));
    EXPECT_EQ(journal.state(key("d/a")), Journal::State::kFailed);
    journal.append(scored("d/a", 0.5));
  }
  const Journal journal(folder / "j", kIdentity, Journal::Mode::kRead);
  EXPECT_EQ(journal.items(), std::vector<ItemKey>{key("d/a")});
  EXPECT_EQ(journal.state(key("d/a")), Journal::State::kScored);
  EXPECT_EQ(journal.state(key("d/b")), Journal::State::kMissing);
}

TEST(Journal, SurvivesKillAtAnyByte) {
  const TempFolder folder;
  std::string whole;
  std::vector<size_t> ends;  // where a block is complete
  {
    Journal journal(folder / "whole", kIdentity, Journal::Mode::kWrite);
    ends.push_back(read_file(folder / "whole").size());
    for (const ItemResult& item : {scored("d/a", 0.25), failed("d/b"), scored("d/c", 0.75)}) {
      journal.append(item);
      ends.push_back(read_file(folder / "whole").size());
    }
    whole = read_file(folder / "whole");
  }
  for (size_t length = 0; length <= whole.size(); ++length) {
    const auto path = folder / "cut";
    put(path, whole.substr(0, length));
    size_t complete = 0;  // blocks that were durable before the kill
    while (complete + 1 < ends.size() && ends[complete + 1] <= length) ++complete;
    {
      Journal journal(path, kIdentity, Journal::Mode::kWrite);
      ASSERT_EQ(journal.items().size(), complete) << "cut to " << length << " bytes";
      ASSERT_TRUE(length < ends[0] || read_file(path) == whole.substr(0, ends[complete]))
          << "cut to " << length << " bytes";
      // Doing the rest again leaves the same bytes. Not at every byte, because each append waits for the
      // disk.
      const bool near_an_end = std::any_of(
          ends.begin(), ends.end(), [&](size_t end) { return length + 2 >= end && length <= end + 2; });
      if (length % 97 != 0 && !near_an_end) continue;
      const std::vector<ItemResult> items{scored("d/a", 0.25), failed("d/b"), scored("d/c", 0.75)};
      for (size_t i = complete; i < items.size(); ++i) journal.append(items[i]);
    }
    ASSERT_TRUE(read_file(path) == whole) << "cut to " << length << " bytes";
  }
}

TEST(Journal, ReadingDoesNotChangeATornFile) {
  const TempFolder folder;
  { Journal(folder / "j", kIdentity, Journal::Mode::kWrite).append(scored("d/a", 0.5)); }
  const std::string torn = read_file(folder / "j") + "{\"begin\":{\"task";
  write_file(folder / "j", torn);
  const Journal journal(folder / "j", kIdentity, Journal::Mode::kRead);
  EXPECT_EQ(journal.items().size(), 1U);
  EXPECT_EQ(journal.bytes_cut(), 15);
  EXPECT_EQ(read_file(folder / "j"), torn);
}

// A kill leaves a beginning of a block. All of it with one byte changed comes from somewhere else.
TEST(Journal, ADamagedLastBlockIsRefusedAndNotCut) {
  const TempFolder folder;
  size_t start = 0;
  {
    Journal journal(folder / "j", kIdentity, Journal::Mode::kWrite);
    journal.append(scored("d/a", 0.5));
    start = read_file(folder / "j").size();
    journal.append(scored("d/b", 0.5));
  }
  const std::string sound = read_file(folder / "j");
  size_t refused = 0, tried = 0;
  for (size_t at = start; at + 1 < sound.size(); at += 7) {
    std::string bad = sound;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    put(folder / "bad", bad);
    ++tried;
    try {
      const Journal journal(folder / "bad", kIdentity, Journal::Mode::kRead);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kBadInput);
      ++refused;
    }
  }
  // The word {"end": itself may be hit: then the block looks torn.
  EXPECT_GE(refused + 2, tried);
}

TEST(Journal, LinesOfAnotherTypeAreBadInput) {
  const TempFolder folder;
  const std::string sound = to_block(scored("d/a", 0.5));
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string block = sound.substr(0, sound.rfind("{\"end\""));
    const size_t at = block.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    block.replace(at, from.size(), to);
    return block + "{\"end\":\"" + sha256_hex(block).substr(0, 16) + "\"}\n";
  };
  const std::pair<const char*, const char*> changes[] = {
      {"\"measures\":{\"p@1\":{", "\"measures\":{\"p@1\":3,\"q\":{"},
      {"\"psnr\":\"identical-images\"", "\"psnr\":[]"},
      {"\"slice\":3", "\"slice\":\"three\""},
      {"\"status\":\"scored\"", "\"status\":7"},
      {"\"foreground\":", "\"foreground\":null,\"x\":"},
      {"\"patient\":\"d/a\"", "\"patient\":[]"}};
  for (const auto& [from, to] : changes) {
    write_file(folder / "j", Journal::header(kIdentity) + with(from, to));
    try {
      const Journal journal(folder / "j", kIdentity, Journal::Mode::kRead);
      journal.read(key("d/a"));
      ADD_FAILURE() << to << " was read";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kBadInput) << to;
    }
  }
  for (const char* first :
       {"{\"schema\":7,\"schema_version\":2,\"identity\":\"a\"}\n", "{\"schema\":\"synerbench/journal\"}\n",
        "{\"schema\":\"synerbench/journal\",\"schema_version\":\"2\",\"identity\":[]}\n", "[]\n", "{{{\n"}) {
    write_file(folder / "j", first);
    try {
      const Journal journal(folder / "j", "", Journal::Mode::kRead);
      ADD_FAILURE() << first << " was read";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kBadInput) << first;
    }
  }
}

TEST(Journal, ATornEndOfZerosIsCut) {
  const TempFolder folder;
  { Journal(folder / "j", kIdentity, Journal::Mode::kWrite).append(scored("d/a", 0.5)); }
  const std::string sound = read_file(folder / "j");
  write_file(folder / "j", sound + std::string(5000, '\0'));
  Journal journal(folder / "j", kIdentity, Journal::Mode::kWrite);
  EXPECT_EQ(journal.bytes_cut(), 5000);
  EXPECT_EQ(read_file(folder / "j"), sound);
}

// Every flipped byte is noticed: the item is gone or the file is refused, but no wrong number is read.
TEST(Journal, NoFlippedByteIsReadAsANumber) {
  const TempFolder folder;
  {
    Journal journal(folder / "j", kIdentity, Journal::Mode::kWrite);
    journal.append(scored("d/a", 0.5));
    journal.append(scored("d/b", 0.5));
  }
  const std::string whole = read_file(folder / "j");
  const std::string block_a = to_block(scored("d/a", 0.5)), block_b = to_block(scored("d/b", 0.5));
  int refused = 0, cut = 0;
  for (size_t at = 0; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    put(folder / "d", damaged);
    try {
      const Journal journal(folder / "d", kIdentity, Journal::Mode::kRead);
      for (const ItemKey& item : journal.items()) {
        const std::string block = journal.block(item);
        ASSERT_TRUE(block == block_a || block == block_b) << "byte " << at;
      }
      ASSERT_LT(journal.items().size(), 2U) << "byte " << at;
      ++cut;
    } catch (const Error& error) {
      ASSERT_EQ(error.code(), ExitCode::kBadInput);
      ++refused;
    }
  }
  EXPECT_GT(refused, 0);
  EXPECT_GT(cut, 0);
}

TEST(Journal, DamageBeforeASoundItemIsRefused) {
  const TempFolder folder;
  size_t first_end = 0;
  {
    Journal journal(folder / "j", kIdentity, Journal::Mode::kWrite);
    journal.append(scored("d/a", 0.5));
    first_end = read_file(folder / "j").size();
    journal.append(scored("d/b", 0.5));
  }
  std::string bytes = read_file(folder / "j");
  bytes[first_end - 100] ^= 4;
  write_file(folder / "j", bytes);
  EXPECT_THROW(Journal(folder / "j", kIdentity, Journal::Mode::kWrite), Error);
  EXPECT_EQ(read_file(folder / "j"), bytes) << "a refused file is left as it is";
}

TEST(Journal, RefusesAnotherRunsFile) {
  const TempFolder folder;
  { Journal(folder / "j", kIdentity, Journal::Mode::kWrite); }
  EXPECT_THROW(Journal(folder / "j", std::string(64, 'b'), Journal::Mode::kWrite), Error);
  write_file(folder / "k", "a shopping list\n");
  EXPECT_THROW(Journal(folder / "k", kIdentity, Journal::Mode::kWrite), Error);
  write_file(folder / "l", "a shopping list");
  EXPECT_THROW(Journal(folder / "l", kIdentity, Journal::Mode::kWrite), Error);
  EXPECT_EQ(read_file(folder / "l"), "a shopping list");
}

TEST(Journal, HasOneWriterAtATime) {
  const TempFolder folder;
  Journal journal(folder / "j", kIdentity, Journal::Mode::kWrite);
  try {
    Journal second(folder / "j", kIdentity, Journal::Mode::kWrite);
    FAIL() << "two writers";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kUsage);
  }
  journal.append(scored("d/a", 0.5));
  journal.compact({key("d/a")});
  EXPECT_THROW(Journal(folder / "j", kIdentity, Journal::Mode::kWrite), Error)
      << "the lock survives compacting";
}

TEST(Journal, CompactingKeepsLastBlocksInTheOrderGiven) {
  const TempFolder folder;
  Journal journal(folder / "j", kIdentity, Journal::Mode::kWrite);
  journal.append(failed("d/b"));
  journal.append(scored("d/a", 0.5));
  journal.append(scored("d/b", 0.25));
  journal.compact({key("d/a"), key("d/b"), key("d/c")});
  EXPECT_EQ(read_file(folder / "j"),
            Journal::header(kIdentity) + to_block(scored("d/a", 0.5)) + to_block(scored("d/b", 0.25)));
  journal.append(scored("d/c", 0.1));
  EXPECT_EQ(journal.read(key("d/c")).record.measures[0].value, 0.1);
}

}  // namespace
}  // namespace synerbench
