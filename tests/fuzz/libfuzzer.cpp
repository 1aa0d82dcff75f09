// A target under libFuzzer. SYNERBENCH_FUZZ_TARGET is the function of its row. With --seeds FOLDER as its
// only words it writes its seeds there and ends; with --longest it says how long an input is worth trying.
#include <cstdint>
#include <cstdlib>
#include <iostream>

#include "harness/core/progress.h"
#include "tests/fuzz/targets.h"

extern "C" int LLVMFuzzerInitialize(int* count, char*** words) {
  using namespace synerbench;
  set_quiet(true);
  if (*count == 2 && std::string((*words)[1]) == "--longest") {
    std::cout << fuzz::SYNERBENCH_FUZZ_TARGET().longest << std::endl;
    std::exit(0);
  }
  if (*count == 3 && std::string((*words)[1]) == "--seeds") {
    const auto target = fuzz::SYNERBENCH_FUZZ_TARGET();
    for (const auto& [name, bytes] : target.seeds()) {
      write_file(std::filesystem::path((*words)[2]) / name, bytes);
    }
    std::exit(0);
  }
  fuzz::SYNERBENCH_FUZZ_TARGET().seeds();  // what a target makes on first use is made
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto one = synerbench::fuzz::SYNERBENCH_FUZZ_TARGET().one;
  one({reinterpret_cast<const char*>(data), size});
  return 0;
}
