// Figures that papers print. They are shown beside measured ones, in columns of their own and with their
// source, and are never ranked with them: how they were obtained is mostly not known.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/json.h"

namespace synerbench {

/// One table of a paper: rows x columns. What a row and a column mean follows from the names: task ids,
/// models, groups of tasks, metrics.
struct PublishedTable {
  std::string id;                    // "synthesis"
  std::vector<std::string> metrics;  // "ssim"; several: the columns are metrics or mixed
  std::string origin;                // where the figures were read
  std::string note;                  // what a reader has to know; may be empty
  std::vector<std::string> columns;  // "resvit", ... or "brats", ... ; {"value"} for a plain list
  struct Row {
    std::string name;
    std::vector<double> values;  // one per column, as printed
  };
  std::vector<Row> rows;
  int decimals = 0;  // digits behind the point that its figures are printed with
};

struct Published {
  std::string paper;  // full reference
  // Metric -> unit in words: "ssim", "x100, higher is better".
  std::vector<std::pair<std::string, std::string>> units;
  std::vector<PublishedTable> tables;
  std::string place;  // file it came from

  /// Unit text of a metric; empty when the file says nothing.
  std::string unit_of(const std::string& metric) const;
  /// 100 when the metric is printed times 100, else 1.
  double scale_of(const std::string& metric) const;
};

/// What papers say about `model` in `task` under `metric`, from tables of the shape task rows x model
/// columns.
struct PublishedFigure {
  double value = 0;  // as printed, with table->decimals digits behind the point
  double scale = 1;  // printed value = natural value * scale
  const Published* source = nullptr;
  const PublishedTable* table = nullptr;
};
std::optional<PublishedFigure> find_published(const std::vector<Published>& all, const std::string& task,
                                              const std::string& model, const std::string& metric);

/// Strict: unknown keys, a row of the wrong length, a value that is no finite number, an unknown schema are
/// Error(kUsage) with file, JSON path, seen and wanted.
Published published_from_json(const Json& json, const std::string& place);

/// Every *.json of a folder in order of its name; no folder or no file: Error(kUsage).
std::vector<Published> load_published(const std::filesystem::path& folder);

/// Those that come with the program: suites/published/*.json, embedded when it is built.
std::vector<Published> embedded_published();

}  // namespace synerbench
