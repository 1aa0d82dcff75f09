#include "baselines/network_file/side_file.h"

#include <fmt/format.h>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/json.h"
#include "harness/suite/suite.h"

namespace synerbench {

StatedModel stated_beside(const std::filesystem::path& file, const std::string& sha256) {
  const std::filesystem::path side = file.string() + ".json";
  StatedModel stated;
  if (std::filesystem::exists(side)) stated = read_stated_model(read_json(side), side.string());
  try {
    if (!stated.canvas.empty()) parse_canvas(stated.canvas);
  } catch (const Error& problem) {
    throw input_error(side.string() + ": /canvas", problem.problem(), "as 256:pad or 256:scale");
  }
  if (!stated.weights_sha256.empty() && stated.weights_sha256 != sha256) {
    throw input_error(
        file.string(),
        fmt::format("its SHA-256 is {}, {} says {}", sha256, side.filename().string(), stated.weights_sha256),
        "another file lies there, or it was changed: get the one that is meant, or correct the side file");
  }
  stated.weights_sha256 = sha256;
  if (stated.label.empty()) stated.label = printable(file.stem().string());
  return stated;
}

}  // namespace synerbench
