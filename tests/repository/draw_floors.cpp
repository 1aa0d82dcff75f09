// Draws the floors anew after rooms or includes have changed. Run by tools/draw-floors.sh.
#include <cstdio>
#include <exception>

#include "harness/core/file.h"
#include "tests/repository/drawing.h"

int main() {
  using namespace synerbench;
  try {
    write_file(house::picture_path(), house::floors_svg());
    write_file(house::page_path(), house::with_floors_table(read_file(house::page_path())));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
