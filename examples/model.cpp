// A model in C++ (g++ -std=c++20 model.cpp -o model; command:./model): the source negated. See docs/pipe.md.
#include <unistd.h>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

struct Header {  // little-endian, as this machine is
  char magic[4] = {'S', 'B', 'M', 'P'};
  uint16_t version = 1, kind = 0;
  uint32_t json_bytes = 0, number = 0;
  uint64_t data_bytes = 0;
};

int main() {
  FILE* out = fdopen(dup(1), "wb");
  dup2(2, 1);  // from here on what is printed goes to the standard error
  const auto write = [&](const void* bytes, size_t count) { fwrite(bytes, 1, count, out); };
  for (Header in; fread(&in, sizeof in, 1, stdin) == 1 && in.kind != 8;) {  // 8: BYE
    std::string json(in.json_bytes, 0);
    if (fread(json.data(), 1, json.size(), stdin) != json.size()) return 1;
    Header answer{.kind = uint16_t(in.kind + 1),
                  .number = in.number};  // HELLO -> READY, TASK -> DONE, REQUEST -> REPLY
    const std::string ready = in.kind == 1 ? R"({"label": "Negative", "version": "1"})" : "";
    answer.json_bytes = uint32_t(ready.size());
    std::vector<uint32_t> side(6), shape;  // n, sources, depth, height, width, slices; then seeds and pixels
    std::vector<float> pixels;
    if (in.kind == 5) {
      if (fread(side.data(), 4, 6, stdin) != 6) return 1;
      std::vector<uint64_t> seeds(side[5]);
      pixels.resize((in.data_bytes - 24 - 8 * seeds.size()) / 4);
      if (fread(seeds.data(), 8, side[5], stdin) + fread(pixels.data(), 4, pixels.size(), stdin) == 0)
        return 1;
      for (float& x : pixels) x = -x;
      shape = {side[5], side[3], side[4]};
      answer.data_bytes = 12 + 4 * pixels.size();
    }
    write(&answer, sizeof answer), write(ready.data(), ready.size());
    write(shape.data(), 4 * shape.size()), write(pixels.data(), 4 * pixels.size()), fflush(out);
  }
}
