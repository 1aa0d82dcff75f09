#include "baselines/catalog/plugins.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/provenance.h"
#include "harness/core/wrapped_model.h"

namespace synerbench {
namespace {

/// The model of a plug-in, which says where it comes from.
class FromPlugin final : public WrappedModel {
 public:
  FromPlugin(std::unique_ptr<Synthesizer> model, std::string sha256)
      : WrappedModel(std::move(model)), sha256_(std::move(sha256)) {}
  ModelInfo info() const override {
    ModelInfo info = WrappedModel::info();
    info.switches["plugin"] = sha256_;
    return info;
  }

 private:
  std::string sha256_;
};

std::string last_problem() {
  const char* text = dlerror();
  return printable(text == nullptr ? "no reason given" : text);
}

template <class Function>
Function function_of(void* library, const char* name, const std::string& file) {
  void* symbol = dlsym(library, name);
  if (symbol == nullptr)
    throw usage_error(file, fmt::format("is no plug-in: it has no {}", name),
                      "a plug-in says SYNERBENCH_PLUGIN(function) once; examples/plugin is one");
  return reinterpret_cast<Function>(symbol);
}

void load(const std::string& file, Plugin& all) {
  if (!std::filesystem::is_regular_file(file))
    throw usage_error(file, "is no file", "name the plug-in's shared library, libmine.so");
  const std::string path =
      std::filesystem::absolute(file).string();  // a bare name would be searched for elsewhere
  const std::string sha256 = sha256_file(path);
  // It stays for the life of the process: its code is in the tables.
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr)
    throw usage_error(file, fmt::format("cannot be loaded ({})", last_problem()),
                      "build it against the headers of this program: cmake --install, then "
                      "find_package(SynerBench)");
  std::string build;
  function_of<void (*)(std::string*)>(library, "synerbench_plugin_build", file)(&build);
  if (build != plugin_build())
    throw usage_error(file,
                      fmt::format("was built for another program:\n    it   {}\n    this {}",
                                  printable(build), plugin_build()),
                      "build it anew against the headers of this program");
  Plugin own;
  try {
    function_of<void (*)(Plugin*)>(library, "synerbench_plugin_add", file)(&own);
  } catch (const Error&) {
    throw;
  } catch (const std::exception& problem) {
    throw usage_error(file, fmt::format("failed: {}", problem.what()), "this comes from the plug-in itself");
  }
  for (Method& method : own.methods) {
    if (method.name.empty() || (!method.load && !method.training))
      throw usage_error(
          file,
          fmt::format("its method \"{}\" has no name or nothing to load it with", printable(method.name)),
          "give both; harness/method/method.h says what a row holds");
    if (method.load) {
      method.load = [make = std::move(method.load), sha256](const LoadRequest& request) {
        std::unique_ptr<Synthesizer> model = make(request);
        SB_CHECK(model != nullptr, "a plug-in's method makes a model or throws");
        return std::make_unique<FromPlugin>(std::move(model), sha256);
      };
    }
    all.methods.push_back(std::move(method));
  }
  for (Protocol& protocol : own.protocols) all.protocols.push_back(std::move(protocol));
  note_plugin(std::filesystem::path(file).filename().string(), sha256);
}

}  // namespace

Plugin load_plugins(const std::string& files) {
  Plugin all;
  size_t from = 0;
  while (from < files.size()) {
    const size_t end = std::min(files.find(':', from), files.size());
    if (end > from) load(files.substr(from, end - from), all);
    from = end + 1;
  }
  return all;
}

const Plugin& plugins() {
  static const Plugin all = [] {
    const char* files = std::getenv(kPluginsVariable);
    return load_plugins(files == nullptr ? "" : files);
  }();
  return all;
}

}  // namespace synerbench
