#include "harness/run/run_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <tuple>

#include "harness/core/csv.h"
#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/data/slice_store.h"
#include "harness/run/other_cases.h"

namespace synerbench {
namespace {

struct Column {
  std::string protocol, metric;
};

std::vector<Column> slice_columns(const Json& identity, const ProtocolTable& protocols) {
  std::vector<Column> columns;
  for (const Json& id : identity["protocols"]) {
    const Protocol* protocol = protocols.find(id.get<std::string>());
    if (protocol == nullptr) {
      throw input_error("run.json", fmt::format("unknown protocol \"{}\"", id.get<std::string>()),
                        "use the version of the program that made the run; " +
                            did_you_mean(id.get<std::string>(), protocols.ids()));
    }
    if (protocol->info.dimensions != 2) continue;
    for (const MetricInfo& metric : protocol->info.metrics)
      columns.push_back({protocol->info.id, metric.name});
  }
  return columns;
}

std::string slice_row(const CaseRecord& record, const SliceScore& slice, const std::vector<Column>& columns) {
  CsvRow row;
  row.text(record.task).text(record.model).text(record.scan.text());
  row.count(slice.slice).ready(Json(slice.foreground).dump());
  for (const Column& column : columns) {
    const auto m = std::find_if(slice.measures.begin(), slice.measures.end(), [&](const Measure& measure) {
      return measure.protocol == column.protocol && measure.metric == column.metric;
    });
    if (m == slice.measures.end()) {
      row.none();
    } else {
      m->value ? row.ready(Json(*m->value).dump()) : row.text(m->undefined);
    }
  }
  return row.take();
}

std::string failure_row(const CaseRecord& record, const SliceFailure& failure) {
  CsvRow row;
  row.text(record.task).text(record.model).text(record.scan.text());
  failure.slice < 0 ? row.none() : row.count(failure.slice);
  return row.text(failure.reason).take();
}

/// Position of every name in a list of objects of the identity.
std::map<std::string, size_t> order_of(const Json& list, const char* key) {
  std::map<std::string, size_t> order;
  for (size_t i = 0; i < list.size(); ++i) order[list[i][key].get<std::string>()] = i;
  return order;
}

/// Items in (task, model, case) order.
std::vector<ItemKey> ordered_items(const RunHeader& header, const Journal& journal) {
  const auto tasks = order_of(header.identity["tasks"], "id");
  const auto models = order_of(header.identity["models"], "key");
  std::vector<ItemKey> items = journal.items();
  for (const ItemKey& item : items) {
    if (!tasks.contains(item.task) || !models.contains(item.model)) {
      throw input_error("journal.jsonl", fmt::format("item \"{}\" is not part of this run", item.text()),
                        "the folder holds files of two runs");
    }
  }
  std::sort(items.begin(), items.end(), [&](const ItemKey& a, const ItemKey& b) {
    return std::tuple(tasks.at(a.task), models.at(a.model), a.scan) <
           std::tuple(tasks.at(b.task), models.at(b.model), b.scan);
  });
  return items;
}

/// Collects what the models said about themselves per task.
class ModelInfos {
 public:
  explicit ModelInfos(const Json& identity) {
    for (const Json& model : identity["models"]) {
      Json info = model["info"];
      info["device"] = model["device"];
      records_.push_back({model["key"].get<std::string>(), std::move(info)});
    }
  }

  void add(const CaseRecord& record, const Json& info) {
    const auto [at, fresh] = seen_.emplace(std::make_pair(record.task, record.model), info);
    if (!fresh && at->second != info) {
      throw input_error(
          "journal.jsonl",
          fmt::format("{} was run on {} with different weights or settings: {}", record.model, record.task,
                      first_difference(at->second, "some cases", info, record.scan.text())),
          "run it again in a new folder");
    }
    if (info.is_null() || !fresh) return;
    for (ModelRecord& model : records_) {
      if (model.key == record.model) model.info["tasks"][record.task] = info;
    }
  }

  std::vector<ModelRecord> take() { return std::move(records_); }

 private:
  std::vector<ModelRecord> records_;
  std::map<std::pair<std::string, std::string>, Json> seen_;
};

}  // namespace

Results collect_results(const RunHeader& header, const Journal& journal) {
  Results results;
  results.identity = header.identity;
  results.tasks = header.tasks;
  ModelInfos infos(header.identity);
  std::vector<std::string> hashes;
  for (const ItemKey& key : ordered_items(header, journal)) {
    ItemResult item = journal.read(key);
    if (item.record.status == CaseStatus::kScored) infos.add(item.record, item.info);
    results.cases.push_back(std::move(item.record));
    hashes.push_back(std::move(item.prediction_sha256));
  }
  results.models = infos.take();
  remark_on_repeats(results, hashes);
  return results;
}

Results finish_run_folder(const std::filesystem::path& folder, const RunHeader& header, Journal& journal,
                          const ProtocolTable& protocols) {
  const std::vector<Column> columns = slice_columns(header.identity, protocols);
  const std::vector<ItemKey> items = ordered_items(header, journal);
  journal.compact(items);

  Results results;
  results.identity = header.identity;
  results.tasks = header.tasks;
  ModelInfos infos(header.identity);
  std::string failures = "task,model,case,slice,reason\n";
  std::vector<std::string> hashes;
  write_file_with(folder / "slices.csv", [&](const std::filesystem::path& temporary) {
    std::ofstream out(temporary, std::ios::binary);
    CsvRow header;
    for (const char* name : {"task", "model", "case", "slice", "foreground"}) header.text(name);
    for (const Column& column : columns) header.text(column.protocol + "/" + column.metric);
    out << header.take();
    for (const ItemKey& key : items) {
      ItemResult item = journal.read(key);
      for (const SliceScore& slice : item.slices) out << slice_row(item.record, slice, columns);
      for (const SliceFailure& failure : item.failures) failures += failure_row(item.record, failure);
      // A failed item may have failed before the model could say anything.
      if (item.record.status == CaseStatus::kScored) infos.add(item.record, item.info);
      results.cases.push_back(std::move(item.record));
      hashes.push_back(std::move(item.prediction_sha256));
    }
    if (!out.flush()) throw input_error(temporary.string(), "cannot be written", "check the free space");
  });
  write_file(folder / "failures.csv", failures);
  results.models = infos.take();
  remark_on_repeats(results, hashes);
  write_json(folder / "results.json", to_json(results));
  return results;
}

std::map<ItemKey, ItemTiming> read_item_timings(const std::filesystem::path& folder) {
  std::map<ItemKey, ItemTiming> timings;
  const std::filesystem::path path = folder / "timing.json";
  if (!path_exists(path)) return timings;
  const Json value = read_json(path);
  JsonObject json(value, path.string(), "", ExitCode::kBadInput, kTimingsAreOptional);
  json.choice("schema", {"synerbench/timing"});
  json.integer("schema_version", 1, 1);
  for (JsonObject& item : json.objects("items")) {
    ItemTiming timing;
    ItemKey key{item.text("task"), item.text("model"), {}};
    key.scan = parse_case_id(item.text("case"), item.where("case"));
    timing.seconds = seconds_of_timing(item);
    timing.slices = slices_of_timing(item);
    timing.threads = static_cast<int>(item.integer("threads", 0, 1 << 20));
    timing.device = item.text("device");
    item.done();
    timings[key] = timing;
  }
  finished_of_timing(json);
  json.done();
  return timings;
}

std::string read_finished(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "timing.json";
  if (!path_exists(path)) return "";
  const Json value = read_json(path);
  JsonObject json(value, path.string(), "", ExitCode::kBadInput, kTimingsAreOptional);
  json.choice("schema", {"synerbench/timing"});
  return finished_of_timing(json);
}

void write_item_timings(const std::filesystem::path& folder, const std::map<ItemKey, ItemTiming>& timings,
                        const std::string& finished) {
  Json json{{"schema", "synerbench/timing"}, {"schema_version", 1}};
  if (!finished.empty()) json["finished"] = finished;
  json["items"] = Json::array();
  for (const auto& [key, timing] : timings) {
    json["items"].push_back({{"task", key.task},
                             {"model", key.model},
                             {"case", key.scan.text()},
                             {"seconds", timing.seconds},
                             {"slices", timing.slices},
                             {"threads", timing.threads},
                             {"device", timing.device}});
  }
  write_json(folder / "timing.json", json);
}

}  // namespace synerbench
