// Models and protocols in a shared library of yours, outside this tree. A plug-in includes these headers, is
// linked to synerbench::plugin (cmake --install, find_package(SynerBench)) and named with
// `synerbench --plugin libmine.so VERB ...` or in SYNERBENCH_PLUGINS. examples/plugin is a whole one.
//
// Note [Plug-ins and versions] A plug-in uses the program's own functions and classes: it has to be compiled
// against the headers of the program that loads it, by the same compiler. What plugin_build() is made of is
// compared before anything else of it runs; another one is refused. A plug-in is code: whoever loads one
// trusts who made it. Its file's SHA-256 stands with the build in every result.
#pragma once

#include <string>
#include <vector>

#include "harness/method/method.h"
#include "metrics/protocol.h"

namespace synerbench {

/// What a plug-in adds to the tables of methods and protocols.
struct Plugin {
  std::vector<Method> methods;
  std::vector<Protocol> protocols;
};

inline constexpr int kPluginVersion = 1;  // changes when these headers do in a way that the sizes do not show

/// Of the headers and the compiler that see this line.
inline std::string plugin_build() {
  std::string text = "plug-in " + std::to_string(kPluginVersion) + ", compiler " + __VERSION__ + ", sizes";
  for (const size_t size :
       {sizeof(Plugin), sizeof(Method), sizeof(ModelInfo), sizeof(SliceBatch), sizeof(LoadRequest),
        sizeof(Protocol), sizeof(ImagePair), sizeof(Score), sizeof(Json), sizeof(Task)})
    text += " " + std::to_string(size);
  return text;
}

}  // namespace synerbench

/// Once in a plug-in, outside of any namespace: `add` is a function void(synerbench::Plugin&).
#define SYNERBENCH_PLUGIN(add)                                                                               \
  extern "C" __attribute__((visibility("default"))) void synerbench_plugin_build(std::string* text) {        \
    *text = synerbench::plugin_build();                                                                      \
  }                                                                                                          \
  extern "C" __attribute__((visibility("default"))) void synerbench_plugin_add(synerbench::Plugin* plugin) { \
    (add)(*plugin);                                                                                          \
  }
