// A learned method as tests use it: through its row, as the program does.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "harness/method/method.h"
#include "harness/train/trainable.h"

namespace synerbench::testing_support {

class TestedMethod {
 public:
  explicit TestedMethod(Method row) : row_(std::move(row)) {}
  const Method& row() const { return row_; }

  /// Errors are at "<name> configuration".
  std::unique_ptr<Trainable> make(const Json& config, const std::string& device = "cpu") const;
  /// The configuration of a training of so many updates.
  Json fit(const Json& config, int64_t updates) const { return row_.training->fit(config, updates); }
  /// The model of a weights folder. Texts among the options are read as a command line's. Prepares itself for
  /// every task it is asked for.
  std::unique_ptr<Synthesizer> load(const std::filesystem::path& folder, const Json& options = Json::object(),
                                    const std::string& device = "cpu") const;

 private:
  Method row_;
};

/// Takes the tasks out of a config.json: such weights serve every one.
void serve_any_task(const std::filesystem::path& folder);

}  // namespace synerbench::testing_support
