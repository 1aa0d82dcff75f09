// A model's program that does what programs do: misbehaving KIND [FILE]. It answers with the negative of its
// source, but for what KIND says. Written without the project's own frames, so that a mistake in them is
// seen.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

namespace {

struct Header {
  char magic[4] = {'S', 'B', 'M', 'P'};
  uint16_t version = 1, kind = 0;
  uint32_t json_bytes = 0, number = 0;
  uint64_t data_bytes = 0;
};

std::string kind;
uint32_t question = 0;  // that of the frame which is answered

void send(Header header, const std::string& json, const std::string& data = "") {
  header.json_bytes = static_cast<uint32_t>(json.size());
  header.data_bytes = data.size();
  std::fwrite(&header, sizeof header, 1, stdout);
  std::fwrite(json.data(), 1, json.size(), stdout);
  std::fwrite(data.data(), 1, data.size(), stdout);
  std::fflush(stdout);
}

Header of_kind(uint16_t number) {
  Header header;
  header.kind = number;
  header.number = question;
  return header;
}

[[noreturn]] void hang() {
  while (true) ::pause();
}

bool is(const char* name) { return kind == name; }

/// True the first time that a program asks with this file.
bool first_time(const char* file) {
  struct stat unused {};
  if (::stat(file, &unused) == 0) return false;
  std::fclose(std::fopen(file, "w"));
  return true;
}

std::string ready(const char* file) {
  if (is("slab")) return R"({"label": "Slab", "neighbors": 1, "parameters": 12, "version": "s"})";
  if (is("volume")) return R"({"label": "Volume", "volume": true})";
  if (is("sources")) return R"({"label": "Sources", "sources": 0})";
  if (is("two-sources")) return R"({"sources": 2})";
  if (is("many-evaluations")) return R"({"network_evaluations": 3000000000})";
  if (is("blank-label")) return R"({"label": "  "})";
  if (is("wide-range")) return R"({"low": -1e308, "high": 1e308})";
  if (is("range")) return R"({"label": "Range", "low": 0, "high": 1})";
  if (is("canvas")) return R"({"canvas": "64:pad"})";
  if (is("bad-canvas")) return R"({"canvas": "64"})";
  if (is("bad-field")) return R"({"lable": "x"})";
  if (is("bad-json")) return R"({"label": )";
  if (is("says-it-draws")) return R"({"label": "Draws", "deterministic": false})";
  if (is("changes")) return first_time(file) ? R"({"label": "One"})" : R"({"label": "Two"})";
  return R"({"label": "Negative", "version": "1"})";
}

void answer(const std::string& data, const char* file) {
  uint32_t side[6];
  std::memcpy(side, data.data(), sizeof side);
  const size_t pixels = static_cast<size_t>(side[5]) * side[3] * side[4];
  const size_t begin = sizeof side + 8 * side[5];
  std::vector<float> source((data.size() - begin) / sizeof(float));
  std::memcpy(source.data(), data.data() + begin, source.size() * sizeof(float));
  std::vector<float> out(pixels);
  const size_t depth = is("volume") ? 1 : side[2];
  const size_t plane = static_cast<size_t>(side[3]) * side[4];
  for (size_t i = 0; i < pixels; ++i) {
    // The center slice of the slab of the last source.
    const size_t slice = i / plane, pixel = i % plane;
    const size_t at = depth == 1 && !is("sources")
                          ? i
                          : (slice * side[1] * depth + (side[1] - 1) * depth + depth / 2) * plane + pixel;
    out[i] = is("range") ? 1 - source[at] : -source[at];
  }
  // Programs whose answer for a slice depends on its batch.
  if (is("reversed")) {
    for (size_t i = 0; i < side[5] / 2; ++i)
      std::swap_ranges(out.data() + i * plane, out.data() + (i + 1) * plane,
                       out.data() + (side[5] - 1 - i) * plane);
  }
  if (is("first-for-all")) {
    for (size_t i = plane; i < pixels; ++i) out[i] = out[i % plane];
  }
  if (is("batch-norm")) {
    const float mean = std::accumulate(out.begin(), out.end(), 0.0F) / static_cast<float>(pixels);
    for (float& x : out) x -= mean;
  }
  if (is("half-precision")) {  // single pixels are another way in another batch, as rounding does it
    for (size_t i = 0; i < pixels; i += 16) out[i] += side[5] == 1 ? 0.004F : 0.0F;
  }
  if (is("draws") || is("says-it-draws")) {
    for (float& x : out) x += 0.1F * static_cast<float>(question % 5);
  }
  uint32_t shape[3] = {side[5], side[3], side[4]};
  if (is("dies")) {
    std::fprintf(stderr, "about to die\nValueError: no good\n");
    std::exit(3);
  }
  if (is("crashes")) std::raise(SIGSEGV);
  if (is("dies-once") && first_time(file)) std::exit(4);
  if (is("changes")) std::exit(0);
  if (is("hangs")) hang();
  if (is("stops-half-way")) {
    Header half = of_kind(6);
    half.data_bytes = 12 + 4 * pixels;
    std::fwrite(&half, sizeof half, 1, stdout);
    std::fflush(stdout);
    hang();
  }
  if (is("prints")) std::printf("slice done\n");
  if (is("nan")) out[pixels / 2] = std::numeric_limits<float>::quiet_NaN();
  if (is("shape")) {
    shape[2] -= 2;
    out.resize(static_cast<size_t>(shape[0]) * shape[1] * shape[2]);
  }
  if (is("short")) out.pop_back();
  if (is("huge")) {
    Header huge = of_kind(6);
    huge.data_bytes = uint64_t{1} << 62;
    std::fwrite(&huge, sizeof huge, 1, stdout);
    std::fflush(stdout);
    hang();
  }
  if (is("huge-json")) {
    Header huge = of_kind(6);
    huge.json_bytes = 0xFFFFFFFF;
    std::fwrite(&huge, sizeof huge, 1, stdout);
    std::fflush(stdout);
    hang();
  }
  if (is("error")) return send(of_kind(7), R"({"message": "I cannot do this"})");
  if (is("wrong-kind")) return send(of_kind(4), "");
  std::string bytes(reinterpret_cast<const char*>(shape), sizeof shape);
  bytes.append(reinterpret_cast<const char*>(out.data()), out.size() * sizeof(float));
  if (is("twice")) {  // both in one write
    Header header = of_kind(6);
    header.data_bytes = bytes.size();
    std::string frame(reinterpret_cast<const char*>(&header), sizeof header);
    frame += bytes;
    frame += frame;
    std::fwrite(frame.data(), 1, frame.size(), stdout);
    std::fflush(stdout);
    return;
  }
  Header reply = of_kind(6);
  if (is("late")) --reply.number;  // as if it were the answer to the question before
  if (is("stops-numbering") && question > 3) reply.number = 0;
  send(reply, "", bytes);
}

}  // namespace

int main(int argc, char** argv) {
  kind = argc > 1 ? argv[1] : "good";
  const char* file = argc > 2 ? argv[2] : "";
  if (is("never-starts")) return 7;
  if (is("hangs-at-start")) hang();
  if (is("stays")) std::signal(SIGTERM, SIG_IGN);
  if (is("floods")) {
    const std::string noise(65536, 'x');
    while (std::fwrite(noise.data(), 1, noise.size(), stdout) > 0) {
    }
    return 1;
  }
  if (is("child")) {  // leaves one behind that holds all of its pipes
    const pid_t child = ::fork();
    if (child == 0) hang();
    FILE* out = std::fopen(file, "w");
    std::fprintf(out, "%d", static_cast<int>(child));
    std::fclose(out);
  }
  Header header;
  while (std::fread(&header, sizeof header, 1, stdin) == 1) {
    std::string json(header.json_bytes, '\0'), data(header.data_bytes, '\0');
    if (std::fread(json.data(), 1, json.size(), stdin) != json.size()) return 1;
    if (std::fread(data.data(), 1, data.size(), stdin) != data.size()) return 1;
    std::fprintf(stderr, "kind %d %s\n", header.kind, json.c_str());
    question = is("no-numbers") ? 0 : header.number;
    if (header.kind == 8 && is("stays")) hang();
    if (header.kind == 8) return 0;
    if (header.kind == 1 && is("version")) {
      Header other = of_kind(2);
      other.version = 2;
      send(other, "");
      continue;
    }
    if (header.kind == 1 && is("says-hello")) std::printf("Hello, world\n");
    if (header.kind == 1) send(of_kind(2), ready(file));
    if (header.kind == 3 && is("refuses-task")) {
      send(of_kind(7), R"({"message": "I know no brains"})");
    } else if (header.kind == 3) {
      send(of_kind(4), "");
    }
    if (header.kind == 5) answer(data, file);
  }
  if (is("stays")) hang();
  return 0;
}
