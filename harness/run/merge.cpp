#include "harness/run/merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>

#include "harness/core/apart.h"
#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/folder_lock.h"
#include "harness/core/progress.h"
#include "harness/core/safetensors.h"

namespace synerbench {
namespace {

struct Part {
  std::filesystem::path folder;
  RunHeader header;
  std::unique_ptr<Journal> journal;
  bool keeps_predictions = false;
};

struct Chosen {
  const Part* part = nullptr;
  std::string block;
  bool scored = false;
};

std::string first_different_line(const std::string& a, const std::string& b) {
  size_t start = 0;
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (a[i] == '\n' && a[i] == b[i]) start = i + 1;
    if (a[i] != b[i]) break;
  }
  const auto line = [&](const std::string& text) {
    return text.substr(start, std::min<size_t>(text.find('\n', start) - start, 160));
  };
  return fmt::format("\n    {}\n    {}", line(a), line(b));
}

void choose(const ItemKey& key, const Part& part, Chosen& chosen) {
  Chosen mine{&part, part.journal->block(key), part.journal->state(key) == Journal::State::kScored};
  if (chosen.part && chosen.scored && mine.scored && chosen.block != mine.block) {
    throw input_error(
        fmt::format("{} and {}", chosen.part->folder.string(), part.folder.string()),
        fmt::format("item {} has two different results:{}", key.text(),
                    first_different_line(chosen.block, mine.block)),
        "the parts come from different data, code or hardware; run the item again on one of them");
  }
  const bool better = !chosen.part || (mine.scored && !chosen.scored) ||
                      (!mine.scored && !chosen.scored && mine.block < chosen.block);
  if (better) chosen = std::move(mine);
}

/// Copies whole or not at all; the panel must be the one that the journal speaks of.
void copy_panel(const Part& part, const std::filesystem::path& out, const ItemResult& item) {
  if (item.panel_sha256.empty()) return;
  const std::filesystem::path from = panel_path(part.folder, item.record);
  const std::string bytes = read_file(from);
  if (sha256_hex(bytes) != item.panel_sha256) {
    throw input_error(from.string(), "is not the panel that was written with the results",
                      "copy the run folder again");
  }
  write_file(panel_path(out, item.record), bytes);
}

/// Does the part keep whole predictions? Where it does, every scored item has one.
bool keeps_predictions(const std::filesystem::path& folder) {
  if (folder_exists(folder / "predictions")) return true;
  if (!path_exists(folder / "settings.json")) return false;
  const Json settings = read_json(folder / "settings.json");
  return settings.is_object() && settings.contains("keep_predictions") &&
         settings["keep_predictions"] == true;
}

void copy_prediction(const Part& part, const std::filesystem::path& out, const ItemResult& item) {
  if (!part.keeps_predictions || item.prediction_sha256.empty()) return;
  const std::filesystem::path from = prediction_path(part.folder, item.record);
  const auto file = SafetensorsFile::read_whole(from);
  Sha256 hash;
  hash.update(file.at("prediction").bytes);
  const auto about = file.metadata();
  const auto says = [&](const char* key, const std::string& wanted) {
    return about.contains(key) && about.at(key) == wanted;
  };
  if (hash.hex() != item.prediction_sha256 || !says("task", item.record.task) ||
      !says("model", item.record.model) || !says("case", item.record.scan.text())) {
    throw input_error(from.string(), "is not the prediction that was scored", "copy the run folder again");
  }
  write_file(prediction_path(out, item.record),
             {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()});
}

/// Makes the folder ready: empty, or emptied of what an unfinished merge of the same run has left.
void begin_merge(const std::filesystem::path& out, const std::string& identity) {
  const std::filesystem::path marker = out / kMergingFile;
  if (path_exists(marker)) {
    const Json value = read_json(marker);
    JsonObject json(value, marker.string(), "", ExitCode::kBadInput, "remove the folder and merge again");
    json.choice("schema", {"synerbench/merging"});
    if (json.text("identity") != identity) {
      throw usage_error(out.string(), "holds an unfinished merge of another run",
                        "finish that one with its own words, or choose another --out");
    }
  }
  std::error_code code;
  std::vector<std::filesystem::path> left;
  for (std::filesystem::directory_iterator at(out, code), end; !code && at != end; at.increment(code)) {
    const std::string name = at->path().filename().string();
    if (name == kMergingFile) continue;
    if (!path_exists(marker) && !name.starts_with(kTemporaryPrefix)) {
      throw usage_error(out.string(), "is not empty",
                        "merge writes a folder of its own; choose another --out");
    }
    left.push_back(at->path());
  }
  for (const auto& path : left) {
    if (!code) std::filesystem::remove_all(path, code);
  }
  if (code)
    throw input_error(out.string(), fmt::format("cannot be emptied ({})", code.message()), path_hint(code));
  write_json(marker, {{"schema", "synerbench/merging"}, {"identity", identity}});
}

void end_merge(const std::filesystem::path& out) {
  std::error_code code;
  std::filesystem::remove(out / kMergingFile, code);
  if (code) {
    throw input_error((out / kMergingFile).string(), fmt::format("cannot be removed ({})", code.message()),
                      "everything else is done; remove it yourself");
  }
}

}  // namespace

MergeOutcome merge(const MergeOptions& options, const ProtocolTable& protocols) {
  if (options.runs.empty())
    throw usage_error("merge", "no run named", "synerbench merge --out whole part-1 part-2");
  std::vector<Part> parts;
  for (const std::filesystem::path& folder : options.runs) {
    throw_if_interrupted();
    Part part{folder, read_run_header(folder), nullptr, keeps_predictions(folder)};
    part.journal = std::make_unique<Journal>(folder / "journal.jsonl", identity_sha256(part.header.identity),
                                             Journal::Mode::kRead);
    parts.push_back(std::move(part));
  }
  RunHeader header = parts.front().header;
  for (const Part& part : parts) {
    header.identity = join_identities(header.identity, parts.front().folder.string(), part.header.identity,
                                      part.folder.string(), options.accept_other_build, "merge");
  }

  std::map<ItemKey, Chosen> chosen;
  for (const Part& part : parts) {
    throw_if_interrupted();
    for (const ItemKey& key : part.journal->items()) choose(key, part, chosen[key]);
  }
  std::map<ItemKey, ItemTiming> timings;
  std::string finished;  // when the last part was
  for (const Part& part : parts) {
    finished = std::max(finished, read_finished(part.folder));
    for (const auto& [key, timing] : read_item_timings(part.folder)) {
      const auto [at, fresh] = timings.emplace(key, timing);
      if (!fresh && timing.seconds < at->second.seconds)
        at->second = timing;  // any rule that is blind to order will do
    }
  }

  const std::string identity = identity_sha256(header.identity);
  const FolderLock lock(options.out, "merge");
  // An unfinished merge is begun anew: what lies in its folder is removed.
  if (path_exists(options.out / kMergingFile)) {
    for (const Part& part : parts)
      require_apart(part.folder, {{options.out, "the folder of the merged run", true}});
  }
  begin_merge(options.out, identity);
  // run.json makes it a run folder: it comes when everything that it promises is there.
  std::string journal = Journal::header(identity);
  MergeOutcome outcome;
  for (const auto& [key, item] : chosen) {
    throw_if_interrupted();
    journal += item.block;
    const ItemResult result = from_block(item.block, item.part->folder.string());
    copy_panel(*item.part, options.out, result);
    copy_prediction(*item.part, options.out, result);
    ++outcome.items;
    outcome.failed += item.scored ? 0 : 1;
  }
  write_file(options.out / "journal.jsonl", journal);
  write_run_header(options.out, header);
  {
    Journal merged(options.out / "journal.jsonl", identity, Journal::Mode::kWrite);
    finish_run_folder(options.out, header, merged, protocols);
  }
  write_item_timings(options.out, timings, finished);
  end_merge(options.out);
  int64_t planned = 0;
  for (const TaskRecord& task : header.tasks) planned += task.cases;
  outcome.missing = planned * static_cast<int64_t>(header.identity["models"].size()) - outcome.items;
  return outcome;
}

}  // namespace synerbench
