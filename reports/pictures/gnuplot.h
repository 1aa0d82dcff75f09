// Pictures through gnuplot: a script and its data go in, SVG and PNG come out, and all four are kept.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace synerbench {

/// A picture before it is drawn. `script` is run in the folder where the data lie and writes `products`
/// there.
struct Drawing {
  std::string name;  // "bars": bars.gp
  std::string script;
  std::vector<std::pair<std::string, std::string>> data;  // file name -> content
  std::vector<std::string> products;                      // {"bars.svg", "bars.png"}
  // Texts that the script finds set when we run it.
  std::vector<std::pair<std::string, std::string>> variables = {};
};

/// "gnuplot 5.4 patchlevel 4"; empty when `program` cannot be run.
std::string gnuplot_version(const std::string& program);

/// Draws into `folder`: data, script and products, each whole or not at all; drawing happens in a temporary
/// folder inside. The user's own gnuplot settings are not read. Error(kBadInput) with gnuplot's words when it
/// fails or a product is missing.
void draw(const Drawing& drawing, const std::filesystem::path& folder, const std::string& program);

/// The head of every script: what it is, how to run it again, and the terminals. The body between `begin` and
/// `end` is drawn three times, as SVG, PNG and PDF. Text is taken literally (noenhanced). Sizes in pixels.
std::string script_begin(const std::string& name, int width, int height, const std::string& comment);
std::string script_end();

}  // namespace synerbench
