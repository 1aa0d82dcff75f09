#include <arrow/api.h>
#include <arrow/compute/api.h>
#include <arrow/io/api.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/writer.h>
#include <parquet/exception.h>

#include <utility>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "reference/exchange/transitions.h"

namespace synerbench::reference {
namespace {

constexpr int64_t kRowsOfGroup = 4096;  // as the authors' file has: 2,506,240 rows in 612 groups
constexpr const char* kPictures = "image_list";
constexpr const char* kInstructions = "instruction_list";
constexpr const char* kDamagedFile = "copy or download the file again";

Error unreadable(const std::filesystem::path& path, const std::string& what) {
  return input_error(path.string(), "cannot be read as Parquet: " + what, kDamagedFile);
}

void require_read(const std::filesystem::path& path, const arrow::Status& status) {
  if (!status.ok()) throw unreadable(path, status.message());
}

/// Arrow's errors of writing: the disk, in all likelihood.
void require_written(const std::filesystem::path& path, const arrow::Status& status) {
  if (!status.ok())
    throw input_error(path.string(), "cannot be written: " + status.message(), "is the disk full?");
}

// Some writers (polars) take offsets of 64 bits, which is another type and the same content.
bool is_text(const arrow::DataType& type) {
  return type.id() == arrow::Type::STRING || type.id() == arrow::Type::BINARY ||
         type.id() == arrow::Type::LARGE_STRING || type.id() == arrow::Type::LARGE_BINARY;
}
bool is_list(const arrow::DataType& type) {
  return type.id() == arrow::Type::LIST || type.id() == arrow::Type::LARGE_LIST;
}
bool is_list_of_text(const arrow::DataType& type) {
  return is_list(type) && is_text(*static_cast<const arrow::BaseListType&>(type).value_type());
}

std::shared_ptr<arrow::DataType> picture_lists() { return arrow::list(arrow::binary()); }
std::shared_ptr<arrow::DataType> instruction_lists() { return arrow::list(arrow::list(arrow::utf8())); }

/// Element `i` of an array of texts or bytes.
std::string text_at(const arrow::Array& array, int64_t i) {
  return static_cast<const arrow::BinaryArray&>(array).GetString(i);  // StringArray is one
}

}  // namespace

bool has_parquet() { return true; }

class TransitionReader::Impl {
 public:
  explicit Impl(std::filesystem::path path) : path_(std::move(path)) {
    if (!file_exists(path_)) throw usage_error(path_.string(), "is no file", "name a file *.parquet");
    try {
      auto file = arrow::io::ReadableFile::Open(path_.string());
      if (!file.ok()) throw unreadable(path_, file.status().message());
      parquet::ReaderProperties properties;
      properties.set_page_checksum_verification(true);  // of pages that have one; ours do
      parquet::arrow::FileReaderBuilder builder;
      require_read(path_, builder.Open(*file, properties));
      require_read(path_, builder.Build(&reader_));
      std::shared_ptr<arrow::Schema> schema;
      require_read(path_, reader_->GetSchema(&schema));
      require_column(*schema, kPictures, "list<binary>",
                     [](const auto& type) { return is_list_of_text(type); });
      require_column(*schema, kInstructions, "list<list<string>>", [](const auto& type) {
        return is_list(type) && is_list_of_text(*static_cast<const arrow::BaseListType&>(type).value_type());
      });
      columns_ = leaves_of(*schema);
    } catch (const parquet::ParquetException& error) {
      throw unreadable(path_, error.what());
    }
  }

  int64_t rows() const { return reader_->parquet_reader()->metadata()->num_rows(); }

  std::optional<Transition> next() {
    try {
      while (!table_ || at_ == table_->num_rows()) {
        if (group_ == reader_->num_row_groups()) return std::nullopt;
        require_read(path_, reader_->ReadRowGroup(group_++, columns_, &table_));
        auto whole = table_->CombineChunks();
        if (!whole.ok()) throw unreadable(path_, whole.status().message());
        table_ = *whole;
        require_read(path_, table_->ValidateFull());
        pictures_ = column(kPictures, picture_lists());
        steps_ = column(kInstructions, instruction_lists());
        at_ = 0;
      }
    } catch (const parquet::ParquetException& error) {
      throw unreadable(path_, error.what());
    }
    ++row_;
    Transition row = row_at(at_++);
    check(row);
    return row;
  }

 private:
  template <class Good>
  void require_column(const arrow::Schema& schema, const char* name, const char* wanted, Good good) const {
    const auto field = schema.GetFieldByName(name);
    if (!field) {
      throw input_error(
          path_.string(),
          fmt::format("has no column \"{}\", only {}", name, fmt::join(schema.field_names(), ", ")),
          "is it a file of transitions, as SynerMed.parquet?");
    }
    if (!good(*field->type())) {
      throw input_error(
          path_.string(),
          fmt::format("column \"{}\" is {}, {} is wanted", name, field->type()->ToString(), wanted),
          "is it a file of transitions, as SynerMed.parquet?");
    }
  }

  /// Numbers of the two columns in the file, which counts leaves.
  std::vector<int> leaves_of(const arrow::Schema&) const {
    std::vector<int> leaves;
    const auto* file = reader_->parquet_reader()->metadata()->schema();
    for (int i = 0; i < file->num_columns(); ++i) {
      const std::string root = file->GetColumnRoot(i)->name();
      if (root == kPictures || root == kInstructions) leaves.push_back(i);
    }
    return leaves;
  }

  Error wrong(const std::string& what) const {
    return input_error(fmt::format("{}: row {}", path_.string(), row_), what,
                       "a row holds pictures and, for each step to the next one, its instructions");
  }

  /// A column of the group in memory, in the type that is read here.
  std::shared_ptr<arrow::ListArray> column(const char* name,
                                           const std::shared_ptr<arrow::DataType>& wanted) const {
    if (table_->num_rows() == 0) return nullptr;
    const std::shared_ptr<arrow::Array> stored = table_->GetColumnByName(name)->chunk(0);
    auto cast = arrow::compute::Cast(*stored, wanted);
    if (!cast.ok()) throw unreadable(path_, fmt::format("column {}: {}", name, cast.status().message()));
    return std::static_pointer_cast<arrow::ListArray>(*cast);
  }

  Transition row_at(int64_t i) const {
    const arrow::ListArray &pictures = *pictures_, &steps = *steps_;
    if (pictures.IsNull(i) || steps.IsNull(i)) throw wrong("is empty (null)");
    Transition row;
    for (int64_t k = pictures.value_offset(i); k < pictures.value_offset(i + 1); ++k) {
      if (pictures.values()->IsNull(k)) throw wrong("a picture is empty (null)");
      row.pictures.push_back(text_at(*pictures.values(), k));
    }
    const auto& wordings = static_cast<const arrow::ListArray&>(*steps.values());
    for (int64_t k = steps.value_offset(i); k < steps.value_offset(i + 1); ++k) {
      row.instructions.emplace_back();
      if (wordings.IsNull(k)) continue;
      for (int64_t w = wordings.value_offset(k); w < wordings.value_offset(k + 1); ++w) {
        if (wordings.values()->IsNull(w)) throw wrong("an instruction is empty (null)");
        row.instructions.back().push_back(text_at(*wordings.values(), w));
      }
    }
    return row;
  }

  void check(const Transition& row) const {
    if (row.pictures.size() < 2)
      throw wrong(fmt::format("has {} picture{}, two or more are wanted", row.pictures.size(),
                              row.pictures.size() == 1 ? "" : "s"));
    for (const std::string& picture : row.pictures) {
      if (picture.empty()) throw wrong("a picture has no bytes");
    }
    if (row.instructions.size() + 1 != row.pictures.size())
      throw wrong(fmt::format("has {} pictures and instructions for {} steps", row.pictures.size(),
                              row.instructions.size()));
    for (size_t i = 0; i < row.instructions.size(); ++i) {
      if (row.instructions[i].empty()) throw wrong(fmt::format("step {} has no instruction", i + 1));
    }
  }

  std::filesystem::path path_;
  std::unique_ptr<parquet::arrow::FileReader> reader_;
  std::vector<int> columns_;
  std::shared_ptr<arrow::Table> table_;
  std::shared_ptr<arrow::ListArray> pictures_, steps_;  // of the table
  int group_ = 0;
  int64_t at_ = 0, row_ = 0;
};

TransitionReader::TransitionReader(const std::filesystem::path& path) : impl_(std::make_unique<Impl>(path)) {}
TransitionReader::~TransitionReader() = default;
TransitionReader::TransitionReader(TransitionReader&&) noexcept = default;
std::optional<Transition> TransitionReader::next() { return impl_->next(); }
int64_t TransitionReader::rows() const { return impl_->rows(); }

namespace {

/// Rows that wait to be written as a group.
class Group {
 public:
  void add(const Transition& row) {
    require(pictures_.Append());
    for (const std::string& picture : row.pictures) require(picture_->Append(picture));
    require(steps_.Append());
    for (const auto& step : row.instructions) {
      require(wordings_->Append());
      for (const std::string& text : step) require(text_->Append(text));
    }
    ++rows_;
  }
  int64_t rows() const { return rows_; }

  std::shared_ptr<arrow::Table> take() {
    std::shared_ptr<arrow::Array> pictures, steps;
    require(pictures_.Finish(&pictures));
    require(steps_.Finish(&steps));
    rows_ = 0;
    return arrow::Table::Make(schema(), {pictures, steps});
  }

  static std::shared_ptr<arrow::Schema> schema() {
    return arrow::schema(
        {arrow::field(kPictures, picture_lists()), arrow::field(kInstructions, instruction_lists())});
  }

 private:
  /// Of a builder in memory: only the memory can be short, or a group too large for its offsets.
  static void require(const arrow::Status& status) {
    if (!status.ok())
      throw input_error("rows of Parquet", status.message(), "export fewer or smaller pictures at once");
  }

  std::shared_ptr<arrow::BinaryBuilder> picture_ = std::make_shared<arrow::BinaryBuilder>();
  arrow::ListBuilder pictures_{arrow::default_memory_pool(), picture_};
  std::shared_ptr<arrow::StringBuilder> text_ = std::make_shared<arrow::StringBuilder>();
  std::shared_ptr<arrow::ListBuilder> wordings_ =
      std::make_shared<arrow::ListBuilder>(arrow::default_memory_pool(), text_);
  arrow::ListBuilder steps_{arrow::default_memory_pool(), wordings_};
  int64_t rows_ = 0;
};

}  // namespace

int64_t write_transitions(const std::filesystem::path& path,
                          const std::function<std::optional<Transition>()>& next) {
  if (path_exists(path))
    throw usage_error(path.string(), "is there already", "choose another name, or move it away");
  int64_t rows = 0;
  write_file_with(path, [&](const std::filesystem::path& temporary) {
    auto file = arrow::io::FileOutputStream::Open(temporary.string());
    require_written(path, file.status());
    auto writer = parquet::arrow::FileWriter::Open(
        *Group::schema(), arrow::default_memory_pool(), *file,
        parquet::WriterProperties::Builder().enable_page_checksum()->build());
    require_written(path, writer.status());
    Group group;
    const auto flush = [&] { require_written(path, (*writer)->WriteTable(*group.take(), kRowsOfGroup)); };
    while (const auto row = next()) {
      group.add(*row);
      ++rows;
      if (group.rows() == kRowsOfGroup) flush();
    }
    if (group.rows() > 0) flush();
    require_written(path, (*writer)->Close());
    require_written(path, (*file)->Close());
  });
  return rows;
}

}  // namespace synerbench::reference
