// What stands in for parquet.cpp in a program that is built without Arrow.
#include "harness/core/error.h"
#include "reference/exchange/transitions.h"

namespace synerbench::reference {
namespace {

[[noreturn]] void refuse(const std::filesystem::path& path) {
  throw usage_error(path.string(), "this program is built without Parquet",
                    "build it with cmake -DSYNERBENCH_WITH_PARQUET=ON (docs/understanding.md)");
}

}  // namespace

class TransitionReader::Impl {};

bool has_parquet() { return false; }

TransitionReader::TransitionReader(const std::filesystem::path& path) { refuse(path); }
TransitionReader::~TransitionReader() = default;
TransitionReader::TransitionReader(TransitionReader&&) noexcept = default;
std::optional<Transition> TransitionReader::next() { return std::nullopt; }
int64_t TransitionReader::rows() const { return 0; }

int64_t write_transitions(const std::filesystem::path& path,
                          const std::function<std::optional<Transition>()>& /*next*/) {
  refuse(path);
}

}  // namespace synerbench::reference
