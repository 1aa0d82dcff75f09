#include "reports/pictures/gnuplot.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "harness/core/child_process.h"
#include "harness/core/error.h"
#include "harness/core/file.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;

/// A folder beside the pictures that is gone afterwards, whatever happened.
class Workshop {
 public:
  explicit Workshop(const fs::path& folder) {
    std::error_code code;
    fs::create_directories(folder, code);
    // One that a killed report leaves is removed by the next one, see make_report().
    std::string pattern = (folder / (std::string(kTemporaryPrefix) + "drawing-XXXXXX")).string();
    if (code || ::mkdtemp(pattern.data()) == nullptr) {
      throw input_error(folder.string(), "no temporary folder can be made here",
                        "check the permissions and the free space");
    }
    path_ = pattern;
  }
  ~Workshop() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Workshop(const Workshop&) = delete;
  Workshop& operator=(const Workshop&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// Cairo writes the time into a PDF, and equal reports have equal bytes: the date of every PDF is the same.
std::string without_date(std::string bytes) {
  const std::string mark = "/CreationDate (D:", date = "20000101000000";
  for (size_t at = bytes.find(mark); at != std::string::npos; at = bytes.find(mark, at + 1)) {
    const size_t start = at + mark.size();
    if (bytes.size() >= start + date.size()) bytes.replace(start, date.size(), date);
  }
  return bytes;
}

}  // namespace

std::string gnuplot_version(const std::string& program) {
  const Workshop workshop(fs::temp_directory_path());
  const fs::path log = workshop.path() / "log";
  if (run_program(program, {"--version"}, workshop.path(), {log}) != 0) return "";
  std::string text = read_file(log);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

void draw(const Drawing& drawing, const fs::path& folder, const std::string& program) {
  const fs::path absolute = fs::absolute(folder);
  const Workshop workshop(absolute);
  const std::string script = drawing.name + ".gp";
  for (const auto& [name, content] : drawing.data) {
    // Thrown away: need not reach the disk.
    std::ofstream(workshop.path() / name, std::ios::binary) << content;
    write_file(absolute / name, content);
  }
  std::ofstream(workshop.path() / script, std::ios::binary) << drawing.script;
  write_file(absolute / script, drawing.script);
  const fs::path log = workshop.path() / "gnuplot.log";
  std::vector<std::string> arguments = {"--default-settings"};
  for (const auto& [name, value] : drawing.variables) {
    std::string text;  // in single quotes gnuplot takes everything literally but the quote itself
    for (const char c : value) text += c == '\'' ? "''" : std::string(1, c);
    arguments.insert(arguments.end(), {"-e", name + " = '" + text + "'"});
  }
  arguments.push_back(script);
  const int code = run_program(program, arguments, workshop.path(), {log});
  const std::string place = (absolute / script).string();
  if (code != 0) {
    throw input_error(
        place,
        code < 0 ? "\"" + program + "\" cannot be run"
                 : fmt::format("{} failed with exit code {}: {}", program, code, read_file(log)),
        "the script and its data are kept; run it by hand in its folder, or report without pictures");
  }
  for (const std::string& product : drawing.products) {
    if (!fs::exists(workshop.path() / product)) {
      throw input_error(
          place, program + " drew no " + product + (fs::exists(log) ? ": " + read_file(log) : ""),
          "does this gnuplot have the svg, pngcairo and pdfcairo terminals? Debian: gnuplot-nox");
    }
    std::string bytes = read_file(workshop.path() / product);
    if (fs::path(product).extension() == ".pdf") bytes = without_date(std::move(bytes));
    write_file(absolute / product, bytes);
  }
}

std::string script_begin(const std::string& name, int width, int height, const std::string& comment) {
  std::string identifier = name;  // prefixes the ids inside the SVG; letters, digits and '_' only
  for (char& c : identifier) c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return fmt::format(R"(# {comment}
# Made by synerbench report. To change the picture: edit this file, then run in its folder: gnuplot {name}.gp
set encoding utf8
do for [format in "svg png pdf"] {{
reset
if (format eq "svg") {{
  set terminal svg noenhanced size {width},{height} font "sans-serif,13" background "#ffffff" name "{id}"
}}
if (format eq "png") {{
  set terminal pngcairo noenhanced size {width}*1.5,{height}*1.5 fontscale 1.5 linewidth 1.5 pointscale 1.5 font "sans-serif,10" background "#ffffff"
}}
if (format eq "pdf") {{
  set terminal pdfcairo noenhanced size {width}/96.,{height}/96. font "sans-serif,10" background "#ffffff"
}}
set output "{name}.".format
)",
                     fmt::arg("comment", comment), fmt::arg("name", name), fmt::arg("id", identifier),
                     fmt::arg("width", width), fmt::arg("height", height));
}

std::string script_end() { return "set output\n}\n"; }

}  // namespace synerbench
