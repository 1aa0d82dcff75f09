// Which model to run, as written on a command line, and the table it is looked up in.
//
//   mean                              a model of the table
//   pix2pix:runs/p2p                  with a path (weights, a folder, a script): the table says what it means
//   constant:physical=0               with parameters; path and parameters may be mixed: name:path,key=value,...
//   cuda:pix2pix:runs/p2p             on a device: cpu:, cuda: or cuda:1: in front (default: the run's device)
//   mine=pix2pix:runs/p2p             named: "mine" is the key in tables, journals and identities
//   check(a, b, tol=1e-3)             wrappers, see model_wrappers.h
//
// In a wrapper, key=value belongs to the wrapper when the wrapper has a parameter of that name, else to the model
// written before it: check(pix2pix:w,ema=1, identity, tol=0.01).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/core/model.h"

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

/// One parameter that a model understands, for help and for "did you mean".
struct ModelParameter {
  std::string name, fallback, meaning;
};

/// Strict access to the parameters of one model: a value that does not parse is Error(kUsage).
class ModelArguments {
 public:
  ModelArguments(const ModelSpec& spec, std::string default_device);
  const std::string& path() const { return spec_->path; }
  const std::string& device() const { return device_; }
  const std::string& text() const { return spec_->text; }
  bool has(const std::string& name) const;
  std::string text_or(const std::string& name, std::string fallback) const;
  double number_or(const std::string& name, double fallback) const;  // finite
  int64_t integer_or(const std::string& name, int64_t fallback) const;
  bool boolean_or(const std::string& name, bool fallback) const;  // true/false, 1/0, on/off, yes/no
  /// "model pix2pix:w,ema=x": the place of an Error about these arguments.
  std::string place() const;

 private:
  const std::string* find(const std::string& name) const;
  const ModelSpec* spec_;
  std::string device_;
};

/// A kind of model. `make` may throw Error(kUsage) for bad arguments and Error(kBadInput) for bad weights; it is
/// called before a run starts, so these stop the run and are not recorded as failed cases.
struct ModelEntry {
  std::string name;     // on the command line
  std::string summary;  // one line
  std::string path;     // what the path means ("weights folder made by train"); empty: takes none
  std::vector<ModelParameter> parameters;
  std::function<std::unique_ptr<Synthesizer>(const ModelArguments&)> make;
};

/// Every model the program knows. The app puts it together from the folders of models: a new model is one line there.
using ModelTable = std::vector<ModelEntry>;

/// Builds what `spec` says. Unknown names and parameters are Error(kUsage) with "did you mean".
std::unique_ptr<Synthesizer> make_model(const ModelSpec& spec, const ModelTable& table,
                                        const std::string& default_device = "cpu");

/// What the wrappers are called and take (to list them beside the table). Their `make` is empty.
const std::vector<ModelEntry>& model_wrappers();

}  // namespace synerbench
