// Training logs as event files of TensorBoard, read back by a strict reader of the format that shares nothing
// with the writer.
#include "harness/train/tensorboard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "harness/core/file.h"
#include "tests/support/error_of.h"
#include "tests/support/temp_folder.h"

namespace synerbench {
namespace {

using testing::HasSubstr;
using testing_support::error_of;

/// CRC-32C bit by bit, as its definition has it: division by 0x1EDC6F41, bits from the right.
uint32_t crc_by_division(std::string_view bytes) {
  uint32_t crc = 0xFFFFFFFFU;
  for (const char c : bytes) {
    for (int bit = 0; bit < 8; ++bit) {
      const bool in = ((static_cast<unsigned char>(c) >> bit) & 1) != 0;
      const bool out = (crc & 1) != 0;
      crc >>= 1;
      if (in != out) crc ^= 0x82F63B78U;
    }
  }
  return ~crc;
}

/// Takes apart what has to be there to the last byte; throws where it is not.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : bytes_(bytes) {}
  bool empty() const { return bytes_.empty(); }
  std::string_view take(size_t count) {
    if (count > bytes_.size()) throw std::runtime_error("it ends too early");
    const std::string_view taken = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return taken;
  }
  template <class T>
  T fixed() {
    T value;
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    return value;
  }
  uint64_t varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = fixed<uint8_t>();
      value |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    throw std::runtime_error("a number of more than 64 bits");
  }
  std::string_view sized() { return take(varint()); }

 private:
  std::string_view bytes_;
};

void expect_crc(std::string_view bytes, uint32_t stored) {
  const uint32_t crc = crc_by_division(bytes);
  if (stored != static_cast<uint32_t>(((crc >> 15) | (crc << 17)) + 0xA282EAD8ULL))
    throw std::runtime_error("a checksum is not that of its bytes");
}

struct ReadEvent {
  double wall_time = -1;
  int64_t step = 0;
  std::string version;
  std::vector<std::pair<std::string, float>> values;
};

std::pair<std::string, float> read_value(std::string_view bytes) {
  Bytes value(bytes);
  std::pair<std::string, float> read;
  while (!value.empty()) {
    switch (value.varint()) {
      case 1 << 3 | 2:
        read.first = value.sized();
        break;
      case 2 << 3 | 5:
        read.second = value.fixed<float>();
        break;
      default:
        throw std::runtime_error("a field that a scalar does not have");
    }
  }
  return read;
}

ReadEvent read_event(std::string_view bytes) {
  Bytes event(bytes);
  ReadEvent read;
  while (!event.empty()) {
    switch (event.varint()) {
      case 1 << 3 | 1:
        read.wall_time = event.fixed<double>();
        break;
      case 2 << 3 | 0:
        read.step = static_cast<int64_t>(event.varint());
        break;
      case 3 << 3 | 2:
        read.version = event.sized();
        break;
      case 5 << 3 | 2: {
        Bytes summary(event.sized());
        while (!summary.empty()) {
          if (summary.varint() != (1 << 3 | 2))
            throw std::runtime_error("a field that a summary does not have");
          read.values.push_back(read_value(summary.sized()));
        }
        break;
      }
      default:
        throw std::runtime_error("a field that an event does not have");
    }
  }
  return read;
}

std::vector<ReadEvent> read_events(const std::string& text) {
  Bytes file(text);
  std::vector<ReadEvent> events;
  while (!file.empty()) {
    const std::string_view length = file.take(8);
    expect_crc(length, file.fixed<uint32_t>());
    const std::string_view bytes = file.take(Bytes(length).fixed<uint64_t>());
    expect_crc(bytes, file.fixed<uint32_t>());
    events.push_back(read_event(bytes));
  }
  return events;
}

constexpr const char* kLog = R"({"event":"start","identity":{"method":"m"},"updates":400}
{"event":"losses","update":2,"epoch":0,"over":2,"lr_factor":0.5,"losses":{"l1":0.25,"gan":null}}
{"event":"losses","update":300,"phase":"ucg","over":2,"lr_factor":1.0,"losses":{"l1":0.125,"gan":-3.5}}
{"event":"validation","update":300,"tasks":{"brain-mr-to-ct":0.75,"pelvis-mr-to-ct":null},"score":0.75,"slices":4,"left_out":0,"best":true}
)";

TEST(TensorBoard, HoldsEveryNumberOfTheLog) {
  EXPECT_EQ(crc_by_division("123456789"), 0xE3069283U) << "the check value of CRC-32C";
  TempFolder temp;
  write_file(temp / "w/log.jsonl", kLog);
  const std::vector<ExportedLog> exported = export_tensorboard(temp / "w", temp / "board");
  ASSERT_EQ(exported.size(), 1u);
  EXPECT_EQ(exported[0].scalars, 7);
  EXPECT_EQ(exported[0].last_update, 300);
  const std::vector<ReadEvent> events = read_events(read_file(temp / "board" / kEventFile));
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0].version, "brain.Event:2");
  EXPECT_EQ(events[1].step, 2);
  EXPECT_EQ(events[1].wall_time, 2.0) << "no clock: equal trainings leave equal files";
  using Values = std::vector<std::pair<std::string, float>>;
  EXPECT_EQ(events[1].values, (Values{{"losses/l1", 0.25f}, {"lr_factor", 0.5f}})) << "null is left out";
  EXPECT_EQ(events[2].step, 300);
  EXPECT_EQ(events[2].values, (Values{{"losses/l1", 0.125f},
                                      {"losses/gan", -3.5f},
                                      {"lr_factor", 1.0f},
                                      {"validation/score", 0.75f},
                                      {"validation/brain-mr-to-ct", 0.75f}}));
}

TEST(TensorBoard, TakesAFolderPerTaskAndATrainingThatIsNotFinished) {
  TempFolder temp;
  write_file(temp / "w/b/log.jsonl", kLog);
  write_file(temp / "w/a/log.jsonl", std::string(kLog) + R"({"event":"losses","update":301,"lo)");
  std::filesystem::create_directories(temp / "w/notes");
  const std::vector<ExportedLog> exported = export_tensorboard(temp / "w", temp / "board");
  ASSERT_EQ(exported.size(), 2u);
  EXPECT_EQ(exported[0].folder, "a");
  EXPECT_EQ(exported[0].scalars, 7) << "the line that a kill cut off is left out";
  EXPECT_EQ(read_file(temp / "board/a" / kEventFile), read_file(temp / "board/b" / kEventFile));
  // Again, further on: the same file.
  write_file(temp / "w/a/log.jsonl",
             std::string(kLog) + R"({"event":"losses","update":301,"losses":{}})" + "\n");
  EXPECT_EQ(export_tensorboard(temp / "w", temp / "board").size(), 2u);
}

TEST(TensorBoard, NamesTheLineOfADamagedLog) {
  TempFolder temp;
  const auto refused = [&](const std::string& line) {
    write_file(temp / "w/log.jsonl", std::string(kLog) + line + "\n");
    return error_of([&] { export_tensorboard(temp / "w", temp / "board"); }, ExitCode::kBadInput);
  };
  EXPECT_THAT(refused("{"), HasSubstr("log.jsonl, line 5: it is no JSON"));
  EXPECT_THAT(refused("[]"), HasSubstr("line 5: it holds no JSON object"));
  EXPECT_THAT(refused(R"({"event": "lost"})"), HasSubstr("line 5"));
  EXPECT_THAT(refused(R"({"event": "losses", "losses": {"l1": 1}})"), HasSubstr("update"));
  EXPECT_THAT(refused(R"({"event": "losses", "update": -1})"), HasSubstr("update"));
  EXPECT_THAT(refused(R"({"event": "losses", "update": 1, "losses": 3})"),
              HasSubstr("\"losses\" is no object"));
  EXPECT_THAT(refused(R"({"event": "losses", "update": 1, "losses": {"l1": "x"}})"),
              HasSubstr("is no number"));
  EXPECT_FALSE(path_exists(temp / "board"));
  std::filesystem::create_directories(temp / "packed");
  EXPECT_THAT(error_of([&] { export_tensorboard(temp / "packed", temp / "board"); }, ExitCode::kBadInput),
              HasSubstr("no log.jsonl here"));
  EXPECT_THAT(error_of([&] { export_tensorboard(temp / "none", temp / "board"); }, ExitCode::kBadInput),
              HasSubstr("there is no such folder"));
}

}  // namespace
}  // namespace synerbench
