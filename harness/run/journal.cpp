#include "harness/run/journal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include "harness/core/error.h"
#include "harness/core/file.h"

namespace synerbench {
namespace {

constexpr int kVersion = 2;
constexpr size_t kCheckDigits = 16;
constexpr std::string_view kBegin = "{\"begin\":";
constexpr std::string_view kEnd = "{\"end\":";
constexpr const char* kDamagedJournal =
    "the file was changed or the disk is damaged; start the run again in a new folder";

std::string line_of(const Json& json) { return to_text(json, -1) + "\n"; }

std::string begin_line(const ItemKey& item) {
  return line_of({{"begin", {{"task", item.task}, {"model", item.model}, {"case", item.scan.text()}}}});
}

std::string end_line(std::string_view body) {
  return line_of({{"end", sha256_hex(body).substr(0, kCheckDigits)}});
}

Json measures_json(const std::vector<Measure>& measures) {
  Json json = Json::object();
  for (const Measure& m : measures) {
    Json& value = json[m.protocol][m.metric];
    if (m.value) {
      value = *m.value;
    } else {
      value = m.undefined;
    }
  }
  return json;
}

Error damaged(const std::string& place, size_t offset, const std::string& problem) {
  return input_error(fmt::format("{}: byte {}", place, offset), problem, kDamagedJournal);
}

std::optional<Json> parse_line(std::string_view line) {
  std::optional<Json> json = try_parse_json(line);
  if (json && !json->is_object()) return std::nullopt;
  return json;
}

/// The next line without its newline; false when there is no whole line left.
bool next_line(std::string_view text, size_t* at, std::string_view* line) {
  const size_t end = text.find('\n', *at);
  if (end == std::string_view::npos) return false;
  *line = text.substr(*at, end - *at);
  *at = end + 1;
  return true;
}

/// The item that a block's first line names; nothing when the line is no such line.
std::optional<ItemKey> read_key(std::string_view line) {
  const auto json = parse_line(line);
  if (!json) return std::nullopt;
  try {
    JsonObject outer(*json, "journal", "", ExitCode::kBadInput);
    JsonObject begin = outer.object("begin");
    ItemKey key{begin.text("task"), begin.text("model"), {}};
    key.scan = parse_case_id(begin.text("case"), begin.where("case"));
    begin.done();
    outer.done();
    return key;
  } catch (const Error&) {
    return std::nullopt;
  }
}

struct Block {
  ItemKey key;
  size_t length = 0;
  bool scored = false;
};

/// The block that starts at `text`; nothing when it is incomplete or wrong anywhere.
std::optional<Block> read_block(std::string_view text) {
  size_t at = 0;
  std::string_view line, last;
  if (!next_line(text, &at, &line) || !line.starts_with(kBegin)) return std::nullopt;
  const auto key = read_key(line);
  if (!key) return std::nullopt;
  for (;;) {
    const size_t start = at;
    last = line;
    if (!next_line(text, &at, &line) || line.starts_with(kBegin)) return std::nullopt;
    if (!line.starts_with(kEnd)) continue;
    Block block;
    block.key = *key;
    block.length = at;
    if (text.substr(start, at - start) != end_line(text.substr(0, start))) return std::nullopt;
    const auto record = parse_line(last);
    if (!record || !record->contains("record")) return std::nullopt;
    const Json& inner = (*record)["record"];
    block.scored = inner.is_object() && inner.contains("status") && inner["status"] == "scored";
    return block;
  }
}

void write_all(int fd, std::string_view bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      throw input_error(path.string(), fmt::format("cannot append ({})", std::strerror(errno)),
                        "free some space and resume: a half-written item is done again");
    }
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  if (::fdatasync(fd) != 0)
    throw input_error(path.string(), fmt::format("cannot flush ({})", std::strerror(errno)));
}

}  // namespace

std::string to_block(const ItemResult& result) {
  std::string text = begin_line(result.record);
  if (!result.info.is_null()) text += line_of({{"info", result.info}});
  for (const SliceScore& s : result.slices) {
    text +=
        line_of({{"slice", s.slice}, {"foreground", s.foreground}, {"measures", measures_json(s.measures)}});
  }
  for (const SliceFailure& f : result.failures)
    text += line_of({{"failed_slice", f.slice}, {"reason", f.reason}});
  text += line_of({{"record", to_json(result.record)},
                   {"prediction", result.prediction_sha256},
                   {"panel", result.panel_sha256}});
  return text + end_line(text);
}

ItemResult from_block(const std::string& block, const std::string& place) {
  ItemResult result;
  size_t at = 0, number = 0;
  std::string_view line;
  while (next_line(block, &at, &line)) {
    const Json value = parse_json(std::string(line), place);
    if (number++ == 0 || line.starts_with(kEnd)) continue;
    JsonObject json(value, place, "", ExitCode::kBadInput, kDamagedJournal);
    if (json.has("info")) {
      result.info = json.raw("info");
    } else if (json.has("slice")) {
      SliceScore slice;
      slice.slice = json.integer("slice", 0);
      slice.foreground = json.number("foreground");
      JsonObject protocols = json.object("measures");
      for (const auto& protocol : json.raw("measures").items()) {
        JsonObject metrics = protocols.object(protocol.key());
        for (const auto& score : protocol.value().items()) {
          Measure m;
          m.protocol = protocol.key();
          m.metric = score.key();
          if (score.value().is_number()) {
            m.value = metrics.number(score.key());
          } else {
            m.undefined = metrics.text(score.key());
          }
          slice.measures.push_back(std::move(m));
        }
      }
      result.slices.push_back(std::move(slice));
    } else if (json.has("failed_slice")) {
      result.failures.push_back({json.integer("failed_slice", -1), json.text("reason")});
    } else {
      result.record = case_record_from_json(json.object("record"));
      result.prediction_sha256 = json.text("prediction");
      result.panel_sha256 = json.text("panel");
    }
    json.done();
  }
  return result;
}

std::string Journal::header(const std::string& identity_sha256) {
  return line_of(
      {{"schema", "synerbench/journal"}, {"schema_version", kVersion}, {"identity", identity_sha256}});
}

Journal::Journal(const std::filesystem::path& path, const std::string& identity_sha256, Mode mode)
    : path_(path), mode_(mode) {
  if (mode_ == Mode::kWrite) {
    reopen();
    try {
      scan(identity_sha256);
    } catch (...) {
      ::close(fd_);
      throw;
    }
    if (bytes_cut_ > 0 && ::ftruncate(fd_, static_cast<off_t>(end_)) != 0) {
      ::close(fd_);
      throw input_error(path_.string(),
                        fmt::format("cannot cut the torn end off ({})", std::strerror(errno)));
    }
    if (end_ == 0) {
      const std::string first = header(identity_sha256);
      write_all(fd_, first, path_);
      end_ = first.size();
      identity_ = identity_sha256;
    }
  } else {
    scan(identity_sha256);
  }
}

Journal::~Journal() {
  if (fd_ >= 0) ::close(fd_);
}

void Journal::reopen() {
  const int fd = ::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0)
    throw input_error(path_.string(), fmt::format("cannot be opened ({})", std::strerror(errno)),
                      "check its permissions");
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    ::close(fd);
    throw usage_error(path_.string(), "another process is writing this run",
                      "wait for it, or choose another --out");
  }
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

void Journal::scan(const std::string& expected_identity) {
  const std::string text = read_file(path_);
  const std::string_view view = text;
  size_t at = 0;
  std::string_view line;
  if (!next_line(view, &at, &line)) {
    // Killed while the first line was written: nothing is lost. Anything else of that length is not ours to
    // empty.
    if (!std::string_view(header(expected_identity)).starts_with(view) && !expected_identity.empty()) {
      throw damaged(path_.string(), 0, "this is not the beginning of a journal");
    }
    bytes_cut_ = static_cast<int64_t>(view.size());
    identity_ = expected_identity;
    return;
  }
  const auto first = parse_line(line);
  const auto at_first = [&](const char* key) {
    return first && first->contains(key) ? (*first)[key] : Json();
  };
  if (at_first("identity").is_string()) identity_ = at_first("identity").get<std::string>();
  if (at_first("schema") == "synerbench/journal" && at_first("schema_version").is_number_integer() &&
      at_first("schema_version") != kVersion) {
    throw input_error(
        path_.string(),
        fmt::format("is a journal of version {}, this program reads {}", at_first("schema_version").dump(),
                    kVersion),
        "finish or merge the run with the program that began it, or start it again in a new folder; "
        "a finished run's results.json is read by every version");
  }
  if (view.substr(0, at) != header(identity_))
    throw damaged(path_.string(), 0, "the first line is not that of a journal of this version");
  if (!expected_identity.empty() && identity_ != expected_identity) {
    throw input_error(
        path_.string(),
        fmt::format("belongs to run {}, not to {}", identity_.substr(0, 12), expected_identity.substr(0, 12)),
        "run.json and journal.jsonl are not of one run; choose another folder");
  }
  end_ = at;
  while (end_ < view.size()) {
    const auto block = read_block(view.substr(end_));
    if (!block) break;
    places_[block->key] = {end_, block->length, block->scored};
    end_ += block->length;
  }
  bytes_cut_ = static_cast<int64_t>(view.size() - end_);
  // A torn write leaves nothing sound behind it.
  for (size_t next = view.find(kBegin, end_ + (end_ < view.size() ? 1 : 0)); next != std::string_view::npos;
       next = view.find(kBegin, next + 1)) {
    if (view[next - 1] == '\n' && read_block(view.substr(next)))
      throw damaged(path_.string(), end_, "an item is damaged");
  }
  // Nor does it leave the last line of its own block.
  size_t tail = end_;
  while (next_line(view, &tail, &line)) {
    if (line.starts_with(kEnd)) throw damaged(path_.string(), end_, "an item is damaged");
  }
}

Journal::State Journal::state(const ItemKey& item) const {
  const auto at = places_.find(item);
  if (at == places_.end()) return State::kMissing;
  return at->second.scored ? State::kScored : State::kFailed;
}

std::vector<ItemKey> Journal::items() const {
  std::vector<ItemKey> keys;
  for (const auto& [key, place] : places_) keys.push_back(key);
  return keys;
}

std::string Journal::block(const ItemKey& item) const {
  const auto at = places_.find(item);
  SB_CHECK(at != places_.end(), item.text() + " is not in the journal");
  const MappedFile file(path_);
  SB_CHECK(file.bytes().size() >= at->second.offset + at->second.length,
           "the journal shrank while it was open");
  return {reinterpret_cast<const char*>(file.bytes().data()) + at->second.offset, at->second.length};
}

ItemResult Journal::read(const ItemKey& item) const { return from_block(block(item), path_.string()); }

void Journal::append(const ItemResult& result) {
  SB_CHECK(mode_ == Mode::kWrite, "a journal opened for reading");
  const std::string text = to_block(result);
  write_all(fd_, text, path_);
  places_[result.record] = {end_, text.size(), result.record.status == CaseStatus::kScored};
  end_ += text.size();
}

void Journal::compact(const std::vector<ItemKey>& items) {
  SB_CHECK(mode_ == Mode::kWrite, "a journal opened for reading");
  std::string bytes = header(identity_);
  std::map<ItemKey, Place> places;
  for (const ItemKey& key : items) {
    if (state(key) == State::kMissing) continue;
    const std::string text = block(key);
    places[key] = {bytes.size(), text.size(), places_.at(key).scored};
    bytes += text;
  }
  end_ = bytes.size();
  write_file(path_, bytes);
  places_ = std::move(places);
  reopen();  // the old descriptor belongs to the replaced file
}

}  // namespace synerbench
