#include "harness/train/tensorboard.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/json.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLog = "log.jsonl";

/// CRC-32C (Castagnoli), reflected.
uint32_t crc32c(std::string_view bytes) {
  static const std::array<uint32_t, 256> table = [] {
    std::array<uint32_t, 256> made{};
    for (uint32_t i = 0; i < made.size(); ++i) {
      uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0x82F63B78U : 0U);
      made[i] = value;
    }
    return made;
  }();
  uint32_t crc = ~0U;
  for (const char c : bytes) crc = (crc >> 8) ^ table[(crc ^ static_cast<unsigned char>(c)) & 0xFFU];
  return ~crc;
}

/// As TFRecord stores it: a CRC over bytes that hold CRCs would be weak.
uint32_t masked(uint32_t crc) { return std::rotr(crc, 15) + 0xA282EAD8U; }

template <class T>
void put_little_endian(std::string& out, T value) {
  for (size_t i = 0; i < sizeof(T); ++i) out += static_cast<char>((value >> (8 * i)) & 0xFFU);
}

void put_varint(std::string& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(0x80U | (value & 0x7FU));
  out += static_cast<char>(value);
}

// A field of a message: its number and how its value lies there.
constexpr unsigned kVarint = 0, kEightBytes = 1, kSized = 2, kFourBytes = 5;

void put_key(std::string& out, unsigned field, unsigned wire) { put_varint(out, field << 3 | wire); }

void put_sized(std::string& out, unsigned field, std::string_view bytes) {
  put_key(out, field, kSized);
  put_varint(out, bytes.size());
  out += bytes;
}

/// Event.wall_time and Event.step. See Note [No clock in an event file].
std::string event_at(int64_t update) {
  std::string event;
  put_key(event, 1, kEightBytes);
  put_little_endian(event, std::bit_cast<uint64_t>(static_cast<double>(update)));
  if (update > 0) {
    put_key(event, 2, kVarint);
    put_varint(event, static_cast<uint64_t>(update));
  }
  return event;
}

/// Summary.Value: tag and simple_value.
std::string summary_value(const LoggedScalar& scalar) {
  std::string value;
  put_sized(value, 1, scalar.tag);
  put_key(value, 2, kFourBytes);
  put_little_endian(value, std::bit_cast<uint32_t>(static_cast<float>(scalar.value)));
  return value;
}

void put_record(std::string& file, std::string_view event) {
  std::string length;
  put_little_endian(length, static_cast<uint64_t>(event.size()));
  file += length;
  put_little_endian(file, masked(crc32c(length)));
  file += event;
  put_little_endian(file, masked(crc32c(event)));
}

/// Reads one line. `damaged(what)` makes the error.
template <class Damaged>
void read_line(const Json& line, const std::string& place, const Damaged& damaged,
               std::vector<LoggedScalar>& scalars) {
  if (!line.is_object()) throw damaged("it holds no JSON object");
  JsonObject object(line, place, "", ExitCode::kBadInput, "the log is damaged; copy the folder again");
  const std::string event = object.choice("event", {"start", "losses", "validation"});
  if (event == "start") return;
  const int64_t update = object.integer("update", 0);
  const auto add = [&](const std::string& tag, const Json& value) {
    if (value.is_null()) return;
    if (!value.is_number()) throw damaged(fmt::format("\"{}\" is no number", tag));
    scalars.push_back({update, tag, value.get<double>()});
  };
  const auto add_all = [&](const char* field) {
    if (!object.has(field)) return;
    const Json& values = object.raw(field);
    if (!values.is_object()) throw damaged(fmt::format("\"{}\" is no object", field));
    for (const auto& [name, value] : values.items()) add(fmt::format("{}/{}", event, name), value);
  };
  if (event == "losses") {
    add_all("losses");
    if (object.has("lr_factor")) add("lr_factor", object.raw("lr_factor"));
  } else {
    if (object.has("score")) add("validation/score", object.raw("score"));
    add_all("tasks");
  }
}

}  // namespace

std::vector<LoggedScalar> read_training_log(const fs::path& file) {
  if (!file_exists(file))
    throw input_error(file.string(), "there is no such file",
                      "name what train made: its --out, or one task's folder in it");
  const std::string text = read_file(file);
  std::vector<LoggedScalar> scalars;
  int64_t number = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    if (end == std::string::npos) break;  // what a killed training was about to write
    const std::string place = fmt::format("{}, line {}", file.string(), ++number);
    const auto damaged = [&](const std::string& what) {
      return input_error(place, what, "the log is damaged; copy the folder again");
    };
    const std::optional<Json> line = try_parse_json(text.substr(at, end - at));
    if (!line) throw damaged("it is no JSON");
    read_line(*line, place, damaged, scalars);
    at = end + 1;
  }
  return scalars;
}

std::string to_event_file(std::span<const LoggedScalar> scalars) {
  std::string file, event = event_at(0);
  put_sized(event, 3, "brain.Event:2");  // Event.file_version, what the first record says
  put_record(file, event);
  for (size_t i = 0; i < scalars.size();) {
    const int64_t update = scalars[i].update;
    event = event_at(update);
    std::string summary;
    for (; i < scalars.size() && scalars[i].update == update; ++i)
      put_sized(summary, 1, summary_value(scalars[i]));
    put_sized(event, 5, summary);
    put_record(file, event);
  }
  return file;
}

std::vector<ExportedLog> export_tensorboard(const fs::path& from, const fs::path& out) {
  if (!folder_exists(from))
    throw input_error(from.string(), "there is no such folder", "name what train made: its --out");
  std::vector<fs::path> folders;
  if (file_exists(from / kLog)) {
    folders.emplace_back(".");
  } else {
    for (const auto& entry : fs::directory_iterator(from)) {
      if (entry.is_directory() && file_exists(entry.path() / kLog))
        folders.push_back(entry.path().filename());
    }
  }
  if (folders.empty())
    throw input_error(from.string(), "no log.jsonl here or one folder below",
                      "name what train made: its --out; packed weights have no log");
  std::sort(folders.begin(), folders.end());
  std::vector<ExportedLog> exported;
  for (const fs::path& folder : folders) {
    const std::vector<LoggedScalar> scalars = read_training_log(from / folder / kLog);
    write_file((out / folder / kEventFile).lexically_normal(), to_event_file(scalars));
    exported.push_back(
        {folder, static_cast<int64_t>(scalars.size()), scalars.empty() ? 0 : scalars.back().update});
  }
  return exported;
}

}  // namespace synerbench
