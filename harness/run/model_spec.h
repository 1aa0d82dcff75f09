// Which model to run, as written on a command line, and the table it is looked up in.
//
//   mean                              a model of the table
//   pix2pix:runs/p2p                  with a path (weights, a folder, a script): the table says what it means
//   command:'python3 mine.py a,b'     in quotes, single or double, when it holds commas or parentheses
//   constant:physical=0               with options; path and options may be mixed: name:path,key=value,...
//   cuda:pix2pix:runs/p2p             on a device: cpu:, cuda: or cuda:1: in front (default: the run's
//                                     device)
//   mine=pix2pix:runs/p2p             named: "mine" is the key in tables, journals and identities
//   "My model, v2 | x"=pix2pix:w      any printable name, in double quotes; \" and \\ stand for a quote and a
//                                     backslash
//   check(a, b, tol=1e-3)             wrappers, see model_wrappers.h
//
// In a wrapper, key=value belongs to the wrapper when the wrapper has an option of that name, else to the
// model written before it: check(pix2pix:w,ema=1, identity, tol=0.01).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/core/model.h"
#include "harness/method/method.h"

namespace synerbench {

/// A model as written, taken apart. Nothing is looked up yet.
struct ModelSpec {
  std::string key;     // unique in a run: the given name, else `text`
  std::string text;    // as written, without "name=" and outer blanks
  std::string device;  // "" = the run's default; "cpu", "cuda", "cuda:1"
  std::string name;    // of the model or wrapper
  std::string path;    // "" when none
  std::vector<std::pair<std::string, std::string>> options;  // as written, in order
  std::vector<ModelSpec> inner;                              // of wrappers
};

/// Error(kUsage) with the place in the text for anything that does not follow the grammar above.
ModelSpec parse_model_spec(std::string_view text);

/// The models of a run. Error(kUsage) when there are none, or two have keys that name the same files.
std::vector<ModelSpec> parse_model_specs(const std::vector<std::string>& texts);

/// A name alone, in double quotes as above or as it is. Error(kUsage) when it is empty, not UTF-8
/// or no is_line() (error.h).
std::string parse_model_name(std::string_view text);

/// Whether make_model() would know every name and option of `spec`. Error(kUsage) as there; nothing is
/// loaded.
void require_known(const ModelSpec& spec, const MethodTable& table);

/// The run that a model is made for.
struct MadeFor {
  std::filesystem::path run_folder = {};  // empty: no run; logs/ in it takes what models' programs say
  double timeout = 0;                     // seconds per slice; 0: no limit
};

/// Builds what `spec` says, by the rows of `table` and of model_wrappers(). Unknown names and options are
/// Error(kUsage) with "did you mean"; what the row's own load() throws comes through.
std::unique_ptr<Synthesizer> make_model(const ModelSpec& spec, const MethodTable& table,
                                        const std::string& default_device = "cpu",
                                        const MadeFor& made_for = {});

}  // namespace synerbench
