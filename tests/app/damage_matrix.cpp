// Every kind of damage to every file that the program reads, each tried on the program itself.
//
//   damage_matrix PROGRAM [--reduced] [--only FORMAT] [--kind KIND] [--markdown PAGE]
//
// For each cell a small sound folder is copied, one file in it is damaged, and the command that reads it is
// started. Verdicts, the worst of a cell's variants counts:
//   r  refused: exit code 1 to 4, and the message (or the table of failed or skipped cases) names the file
//   =  harmless: exit code 0 and the results of the undamaged call, byte for byte
//   c  recovered by a documented rule: as "=", for what the rules of a journal, a checkpoint or a cache cover
//   n  noted: the work is done without the file, and the results say so and name it
//   o  another sound file: the damage makes a file of its own right in a format without checksums, and what
//      was read is recorded; see Subject::open
//   F  fault: a signal, exit code 5, more than 60 s or 4 GB, a message that does not name the file, or exit
//      code 0 with other results
// Prints a line per fault and the table; exit code 1 with faults.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <set>
#include <thread>

#include "harness/core/csv.h"
#include "harness/core/file.h"
#include "harness/core/json.h"
#include "harness/core/random.h"
#include "tests/data/image_builder.h"
#include "tests/support/make_store.h"

namespace synerbench {
namespace {

namespace fs = std::filesystem;
using namespace testing;
using Words = std::vector<std::string>;
using Variants = std::vector<std::string>;

// ---- the program, started

struct Outcome {
  int code = -1, signal = 0;
  bool hung = false;
  long peak_kb = 0;
  std::string text;  // stdout and stderr
};

constexpr int kMostSeconds = 60,
              kMostWallSeconds = 180;  // of the processor; of the clock, on a machine with other work
constexpr long kMostKb = 4L << 20;

std::string program;
fs::path desk;  // where everything happens

/// In `folder`. With `until`, the process gets SIGTERM once that file is there.
Outcome start(const Words& words, const fs::path& folder, const fs::path& until = {}) {
  const fs::path log = desk / "output.txt";
  const pid_t pid = ::fork();
  if (pid == 0) {
    const rlimit cpu{kMostSeconds, kMostSeconds + 5};
    ::setrlimit(RLIMIT_CPU, &cpu);
    ::setenv("OMP_NUM_THREADS", "1", 1);
    if (::chdir(folder.c_str()) != 0) ::_exit(127);
    const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644),
              none = ::open("/dev/null", O_RDONLY);
    ::dup2(none, 0), ::dup2(out, 1), ::dup2(out, 2);
    std::vector<char*> argv{program.data()};
    for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    ::execv(program.c_str(), argv.data());
    ::_exit(127);
  }
  Outcome outcome;
  const auto begin = std::chrono::steady_clock::now();
  int status = 0;
  rusage usage{};
  bool told = false;
  while (::wait4(pid, &status, WNOHANG, &usage) == 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
    if (!told && !until.empty() && fs::exists(until)) told = ::kill(pid, SIGTERM) == 0;
    if (std::chrono::steady_clock::now() - begin > std::chrono::seconds(kMostWallSeconds)) {
      outcome.hung = true;
      ::kill(pid, SIGKILL);
    }
  }
  if (WIFEXITED(status)) outcome.code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) outcome.signal = WTERMSIG(status);
  if (outcome.signal == SIGXCPU) outcome.hung = true;
  outcome.peak_kb = usage.ru_maxrss;
  outcome.text = read_file(log);
  return outcome;
}

void must(const Words& words, const fs::path& folder) {
  const Outcome outcome = start(words, folder);
  if (outcome.code == 0) return;
  throw std::runtime_error(fmt::format("the fixture cannot be made: {} {}: exit code {}\n{}", program,
                                       fmt::join(words, " "), outcome.code, outcome.text));
}

// ---- what is damaged

enum Trait : unsigned {
  kText = 1,
  kJson = 2,
  kNifti = 4,
  kGzip = 8,
  kMeta = 16,
  kTensors = 32,  // safetensors
  kCsv = 64,
  kLines = 128,  // a journal
};

struct Subject {
  std::string name;     // in the table
  std::string fixture;  // folder that is copied
  std::string file;     // in it
  Words words;          // the command
  Words results;        // files and folders it leaves, compared with those of the undamaged call
  unsigned traits = 0;
  std::string sibling = {};  // exchanged with the file in "two files swapped"
  std::string stale = {};    // of another run; takes the file's place
  /// Why a changed file may be another sound file: who vouches for it, and where it is written down what was
  /// read. Empty: every change has to be noticed.
  std::string open = {};
  bool recovers = false;  // a documented rule mends some damage
  bool refused_anyway = false;
};

std::vector<Subject> subjects() {
  const Words import{"import", "pairs", "images",    "--list", "list.csv",
                     "--out",  "out",   "--threads", "1",      "-q"};
  const Words import_json{"import", "pairs", "images",    "--list", "list.json",
                          "--out",  "out",   "--threads", "1",      "-q"};
  const Words run{"run",  "--suite",   "suite.json", "--store", "store", "--model",
                  "mean", "--threads", "1",          "--out",   "out",   "-q"};
  const Words learned{"run",       "--suite", "suite.json", "--store", "store", "--model", "pix2pix:weights",
                      "--threads", "1",       "--out",      "out",     "-q"};
  const Words resume{"run", "--resume", "part", "--threads", "1", "-q"};
  const Words report{"report", "whole", "--no-plots", "--no-panels", "--bootstrap",
                     "50",     "--out", "out",        "-q"};
  const Words pictures{"report", "whole", "--no-plots", "--bootstrap", "50", "--out", "out", "-q"};
  const Words gate{"gate", "main", "whole", "--out", "gate.json", "-q"};
  const Words merge{"merge", "shard-1", "shard-2", "--out", "out", "-q"};
  const Words score{"score",       "--suite",   "suite.json", "--store", "store", "--predictions",
                    "predictions", "--threads", "1",          "--out",   "out",   "-q"};
  const Words train{"train",    "--model",     "pix2pix",
                    "--suite",  "suite.json",  "--store",
                    "store",    "--config",    "{\"preset\": \"tiny\"}",
                    "--recipe", "recipe.json", "--resume",
                    "--out",    "weights",     "-q"};
  const Words values{"out/slices.csv", "out/failures.csv"}, shards{"out/shards"};
  const std::string task = "brain-mr-to-ct", item = "/" + task + "/pairs/p4.safetensors";
  const std::string images = "no checksum in the format; manifest.json records the SHA-256 of what was read";
  const std::string store = "results name the store by the manifest's SHA-256";
  const std::string person = "a person wrote it; results record it";
  return {
      {"NIfTI .nii", "import", "images/p1_ct.nii", import, shards, kNifti, "images/p2_ct.nii", "", images},
      {"NIfTI .nii.gz", "import", "images/p1_mr.nii.gz", import, shards, kNifti | kGzip,
       "images/p2_mr.nii.gz", "", images},
      {"MetaImage, raw", "import", "images/p3_ct.mha", import, shards, kMeta, "images/p4_ct.mha", "", images},
      {"MetaImage, zlib", "import", "images/p3_mr.mha", import, shards, kMeta, "images/p4_mr.mha", "",
       images},
      {"MetaImage .mhd", "import-mhd", "images/p1_ct.mhd", import, shards, kMeta | kText, "", "", "", false,
       true},
      {"list .csv", "import", "list.csv", import, shards, kText | kCsv, "", "", person},
      {"list .json", "import", "list.json", import_json, shards, kText | kJson, "", "", person},
      {"store manifest", "run", "store/manifest.json", run, values, kText | kJson, "",
       "other-store/manifest.json", store},
      {"store shard", "run", "store/shards/pairs/p4.safetensors", run, values, kTensors,
       "store/shards/pairs/p3.safetensors", "other-store/shards/pairs/p4.safetensors"},
      {"shard, verify",
       "run",
       "store/shards/pairs/p4.safetensors",
       {"store", "verify", "store"},
       {},
       kTensors,
       "store/shards/pairs/p3.safetensors",
       "other-store/shards/pairs/p4.safetensors"},
      {"suite", "run", "suite.json", run, values, kText | kJson, "", "", person},
      {"weights config", "weights", "weights/" + task + "/config.json", learned, values, kText | kJson, "",
       "",
       "tensors, networks and hashes in it are held against the files; the rest is recorded with the model"},
      {"weights", "weights", "weights/" + task + "/G.safetensors", learned, values, kTensors, "",
       "other-G.safetensors"},
      {"checkpoint",
       "train",
       "weights/" + task + "/checkpoint.safetensors",
       train,
       {"weights"},
       kTensors,
       "",
       ""},
      {"recipe", "recipe", "recipe.json", train, {"weights"}, kText | kJson, "", "", person},
      {"run.json, resume",
       "resume",
       "part/run.json",
       resume,
       {"part/results.json", "part/slices.csv"},
       kText | kJson,
       "",
       "whole/run.json"},
      {"journal, resume",
       "resume",
       "part/journal.jsonl",
       resume,
       {"part/results.json", "part/slices.csv"},
       kText | kLines,
       "",
       "whole/journal.jsonl",
       "",
       true},
      {"settings, resume",
       "resume",
       "part/settings.json",
       resume,
       {"part/results.json", "part/slices.csv"},
       kText | kJson,
       "",
       "whole/settings.json"},
      {"results, report",
       "whole",
       "whole/results.json",
       report,
       {"out"},
       kText | kJson,
       "",
       "other/results.json"},
      {"journal, report",
       "whole",
       "whole/journal.jsonl",
       report,
       {"out"},
       kText | kLines,
       "",
       "other/journal.jsonl"},
      {"timing, report",
       "whole",
       "whole/timing.json",
       report,
       {"out/cases.csv", "out/averages.csv"},
       kText | kJson,
       "",
       "other/timing.json"},
      {"panel, report",
       "whole",
       "whole/panels/" + task + "/mean/pairs/p4.safetensors",
       pictures,
       {"out"},
       kTensors,
       "",
       "other/panels/" + task + "/mean/pairs/p4.safetensors"},
      {"published figures",
       "whole",
       "published/x.json",
       {"report", "whole", "--no-plots", "--no-panels", "--bootstrap", "50", "--published", "published",
        "--out", "out", "-q"},
       {"out/cases.csv", "out/averages.csv"},
       kText | kJson,
       "",
       "",
       person},
      {"baseline, gate",
       "gate",
       "gate-baselines/main/baseline.json",
       gate,
       {"gate.json"},
       kText | kJson,
       "",
       ""},
      {"blessed results",
       "gate",
       "gate-baselines/main/RESULTS",
       gate,
       {"gate.json"},
       kText | kJson,
       "",
       "other/results.json"},
      {"results, gate",
       "gate",
       "whole/results.json",
       gate,
       {"gate.json"},
       kText | kJson,
       "",
       "other/results.json"},
      {"run.json, merge",
       "merge",
       "shard-1/run.json",
       merge,
       {"out/results.json"},
       kText | kJson,
       "",
       "whole/run.json"},
      {"journal, merge",
       "merge",
       "shard-1/journal.jsonl",
       merge,
       {"out/results.json"},
       kText | kLines,
       "shard-2/journal.jsonl",
       "whole/journal.jsonl",
       "",
       true},
      {"settings, merge",
       "merge",
       "shard-1/settings.json",
       merge,
       {"out/results.json"},
       kText | kJson,
       "",
       ""},
      {"kept prediction",
       "merge",
       "shard-1/predictions/mean" + item,
       merge,
       {"out/results.json", "out/predictions"},
       kTensors,
       "",
       "other/predictions/mean" + item},
      {"panel, merge",
       "merge",
       "shard-1/panels/" + task + "/mean/pairs/p4.safetensors",
       merge,
       {"out/results.json", "out/panels"},
       kTensors,
       "",
       "other/panels/" + task + "/mean/pairs/p4.safetensors"},
      {"scored .safetensors", "score", "predictions/p4.safetensors", score, values, kTensors, "", "",
       "what others predict carries no checksum; predictions.csv records the SHA-256"},
      {"scored .nii.gz", "score-nifti", "predictions/p4.nii.gz", score, values, kNifti | kGzip, "", "",
       "what others predict carries no checksum; predictions.csv records the SHA-256"},
  };
}

// ---- kinds of damage

struct Damage {
  std::string name;
  unsigned needs = 0;  // traits, all of them
  /// Damaged forms of the sound bytes; none where the kind does not apply.
  std::function<Variants(const std::string& bytes, const Subject&, Random&)> bytes = {};
  /// Or what is done to the file in its folder. False: does not apply.
  std::function<bool(const fs::path& file, const Subject&, const fs::path& folder)> place = {};
};

std::string flipped(std::string bytes, size_t at, int bit) {
  bytes[at] = static_cast<char>(bytes[at] ^ (1 << bit));
  return bytes;
}

std::string over(std::string bytes, size_t at, const std::string& piece) {
  for (size_t i = 0; i < piece.size() && at + i < bytes.size(); ++i) bytes[at + i] = piece[i];
  return bytes;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  if (at == std::string::npos) return "";
  return text.replace(at, from.size(), to);
}

/// Bytes of a NIfTI file without and with its packing.
std::string nifti_of(const std::string& bytes, const Subject& subject) {
  if (!(subject.traits & kGzip)) return bytes;
  std::string out(1 << 20, '\0');
  z_stream stream{};
  inflateInit2(&stream, 15 + 16);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  ::inflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}
std::string packed_as(const Subject& subject, const std::string& nifti) {
  return subject.traits & kGzip ? gzipped(nifti) : nifti;
}

/// A field of the NIfTI-1 header.
Damage nifti_field(const std::string& name, size_t offset, const std::string& value) {
  return {name, kNifti, [=](const std::string& bytes, const Subject& subject, Random&) {
            return Variants{packed_as(subject, over(nifti_of(bytes, subject), offset, value))};
          }};
}

/// A line of the MetaImage header.
Damage meta_line(const std::string& name, const std::string& key, const std::string& value) {
  return {name, kMeta, [=](const std::string& bytes, const Subject&, Random&) {
            const size_t at = bytes.find(key + " = ");
            if (at == std::string::npos) return Variants{};
            std::string out = bytes;
            out.replace(at, bytes.find('\n', at) - at, key + " = " + value);
            return Variants{out};
          }};
}

using Pointer = nlohmann::ordered_json::json_pointer;
void collect(const Json& json, const Pointer& at, const std::function<bool(const Json&)>& wanted,
             std::vector<Pointer>& out) {
  if (wanted(json)) out.push_back(at);
  if (json.is_object()) {
    for (auto it = json.begin(); it != json.end(); ++it) collect(it.value(), at / it.key(), wanted, out);
  } else if (json.is_array()) {
    for (size_t i = 0; i < json.size(); ++i) collect(json[i], at / i, wanted, out);
  }
}

constexpr size_t kMostVariants = 4;

/// Up to kMostVariants places that `wanted` names, each changed by `change`.
Damage json_value(const std::string& name, const std::function<bool(const Json&)>& wanted,
                  const std::function<void(Json&)>& change) {
  return {name, kJson, [=](const std::string& bytes, const Subject&, Random& random) {
            const Json sound = Json::parse(bytes);
            std::vector<Pointer> places;
            collect(sound, Pointer(), wanted, places);
            Variants out;
            while (!places.empty() && out.size() < kMostVariants) {
              const size_t pick = random.below(places.size());
              Json changed = sound;
              change(changed[places[pick]]);
              out.push_back(changed.dump(1));
              places.erase(places.begin() + static_cast<std::ptrdiff_t>(pick));
            }
            return out;
          }};
}

bool is_number(const Json& json) { return json.is_number(); }
bool is_filled_object(const Json& json) { return json.is_object() && !json.empty(); }

/// A number of the text, which JSON libraries would not write so.
Damage json_number_text(const std::string& name, const std::string& number) {
  return {name, kJson, [=](const std::string& bytes, const Subject&, Random& random) {
            Json sound = Json::parse(bytes);
            std::vector<Pointer> places;
            collect(sound, Pointer(), is_number, places);
            if (places.empty()) return Variants{};
            sound[places[random.below(places.size())]] = "@HERE@";
            return Variants{replaced(sound.dump(1), "\"@HERE@\"", number)};
          }};
}

Damage text_damage(const std::string& name, const std::function<Variants(const std::string&)>& change,
                   unsigned needs = kText) {
  return {name, needs, [=](const std::string& bytes, const Subject&, Random&) { return change(bytes); }};
}

std::string every(const std::string& text, const std::string& from, const std::string& to) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    if (text.compare(at, from.size(), from) == 0) {
      out += to, at += from.size();
    } else {
      out += text[at++];
    }
  }
  return out;
}

/// The header of a safetensors file with `change` applied, its length set right.
Damage tensors_header(const std::string& name, const std::function<void(Json&)>& change) {
  return {name, kTensors, [=](const std::string& bytes, const Subject&, Random&) {
            uint64_t length = 0;
            std::memcpy(&length, bytes.data(), 8);
            Json header = Json::parse(bytes.substr(8, length));
            change(header);
            std::string text = header.dump();
            while (text.size() % 8) text += ' ';
            return Variants{raw_bytes<uint64_t>(text.size()) + text + bytes.substr(8 + length)};
          }};
}
Json& first_tensor(Json& header) {
  for (auto it = header.begin(); it != header.end(); ++it) {
    if (it.key() != "__metadata__") return it.value();
  }
  return header;
}

size_t header_length(const std::string& bytes, const Subject& subject) {
  if (subject.traits & kTensors) {
    uint64_t length = 0;
    std::memcpy(&length, bytes.data(), 8);
    return 8 + length;
  }
  if (subject.traits & kMeta) return bytes.find("ElementDataFile");
  if (subject.traits & kGzip) return 10;
  if (subject.traits & kNifti) return 348;
  return std::min<size_t>(bytes.size() / 2, 60);
}

Variants flips(const std::string& bytes, size_t from, size_t to, Random& random) {
  Variants out;
  if (from >= to) return out;
  for (int i = 0; i < 3; ++i) {
    out.push_back(flipped(bytes, from + random.below(to - from), static_cast<int>(random.below(8))));
  }
  return out;
}

std::string web_page() {
  return "<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head><body>no such file</body></html>\n";
}

bool take_place(const fs::path& file, const fs::path& other) {
  if (!fs::exists(other)) return false;
  fs::copy_file(other, file, fs::copy_options::overwrite_existing);
  return true;
}

std::vector<Damage> damages() {
  using S = const std::string&;
  const auto infinity = raw_bytes(std::numeric_limits<float>::infinity()), nan = raw_bytes(std::nanf(""));
  std::vector<Damage> all{
      {"empty file", 0, [](S, const Subject&, Random&) { return Variants{""}; }},
      {"1 byte", 0, [](S b, const Subject&, Random&) { return Variants{b.substr(0, 1)}; }},
      {"cut in the header", 0,
       [](S b, const Subject& s, Random&) { return Variants{b.substr(0, header_length(b, s) / 2)}; }},
      {"cut behind the header", 0,
       [](S b, const Subject& s, Random&) { return Variants{b.substr(0, header_length(b, s))}; }},
      {"cut in the middle", 0,
       [](S b, const Subject& s, Random&) {
         return Variants{b.substr(0, (header_length(b, s) + b.size()) / 2)};
       }},
      {"last byte missing", 0,
       [](S b, const Subject&, Random&) { return Variants{b.substr(0, b.size() - 1)}; }},
      {"last bytes missing", 0,
       [](S b, const Subject&, Random&) { return Variants{b.substr(0, b.size() - 5)}; }},
      {"bytes behind the end", 0,
       [](S b, const Subject&, Random&) { return Variants{b + "garbage behind the end"}; }},
      {"zeros behind the end", 0,
       [](S b, const Subject&, Random&) { return Variants{b + std::string(512, '\0')}; }},
      {"the file twice", 0, [](S b, const Subject&, Random&) { return Variants{b + b}; }},
      {"bit flipped in the header", 0,
       [](S b, const Subject& s, Random& r) { return flips(b, 0, header_length(b, s), r); }},
      {"bit flipped in the data", 0,
       [](S b, const Subject& s, Random& r) { return flips(b, header_length(b, s), b.size(), r); }},
      {"zeroed block", 0,
       [](S b, const Subject& s, Random&) {
         const size_t at = (header_length(b, s) + b.size()) / 2;
         return Variants{over(b, at, std::string(64, '\0'))};
       }},
      {"all zeros", 0, [](S b, const Subject&, Random&) { return Variants{std::string(b.size(), '\0')}; }},
      {"random bytes", 0,
       [](S b, const Subject&, Random& r) {
         std::string out(b.size(), ' ');
         for (char& c : out) c = static_cast<char>(r.below(256));
         return Variants{out};
       }},
      {"two blocks swapped", 0,
       [](S b, const Subject& s, Random&) {
         const size_t begin = header_length(b, s), block = std::min<size_t>(256, (b.size() - begin) / 4);
         std::string out = b;
         std::swap_ranges(out.begin() + static_cast<std::ptrdiff_t>(begin),
                          out.begin() + static_cast<std::ptrdiff_t>(begin + block),
                          out.begin() + static_cast<std::ptrdiff_t>(b.size() - block));
         return out == b ? Variants{} : Variants{out};
       }},
      {"a picture under this name", 0,
       [](S, const Subject&, Random&) {
         return Variants{std::string("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16) + std::string(300, 'x')};
       }},
      {"a web page under this name", 0, [](S, const Subject&, Random&) { return Variants{web_page()}; }},
      {"a gzip file under this name", 0, [](S b, const Subject&, Random&) { return Variants{gzipped(b)}; }},
      {"missing", 0, {}, [](const fs::path& f, const Subject&, const fs::path&) { return fs::remove(f); }},
      {"a folder in its place",
       0,
       {},
       [](const fs::path& f, const Subject&, const fs::path&) {
         return fs::remove(f) && fs::create_directory(f);
       }},
      {"a pipe in its place",
       0,
       {},
       [](const fs::path& f, const Subject&, const fs::path&) {
         return fs::remove(f) && ::mkfifo(f.c_str(), 0644) == 0;
       }},
      {"a device in its place",
       0,
       {},
       [](const fs::path& f, const Subject&, const fs::path&) {
         fs::remove(f);
         fs::create_symlink("/dev/zero", f);
         return true;
       }},
      {"a link to itself",
       0,
       {},
       [](const fs::path& f, const Subject&, const fs::path&) {
         fs::remove(f);
         fs::create_symlink(f.filename(), f);
         return true;
       }},
      {"a link to nothing",
       0,
       {},
       [](const fs::path& f, const Subject&, const fs::path&) {
         fs::remove(f);
         fs::create_symlink("nowhere", f);
         return true;
       }},
      {"unreadable",
       0,
       {},
       [](const fs::path& f, const Subject&, const fs::path&) {
         if (::geteuid() == 0) return false;  // nothing is unreadable for root
         fs::permissions(f, fs::perms::none);
         return true;
       }},
      {"two files swapped",
       0,
       {},
       [](const fs::path& f, const Subject& s, const fs::path& folder) {
         if (s.sibling.empty()) return false;
         const std::string a = read_file(f), b = read_file(folder / s.sibling);
         std::ofstream(f, std::ios::binary) << b;
         std::ofstream(folder / s.sibling, std::ios::binary) << a;
         return true;
       }},
      {"the file of another run",
       0,
       {},
       [](const fs::path& f, const Subject& s, const fs::path&) {
         return !s.stale.empty() && take_place(f, desk / "stale" / s.stale);
       }},
      text_damage("a byte order mark", [](S b) { return Variants{"\xef\xbb\xbf" + b}; }),
      text_damage("CRLF", [](S b) { return Variants{every(b, "\n", "\r\n")}; }),
      text_damage("NUL bytes",
                  [](S b) {
                    return Variants{over(b, b.size() / 2, std::string(1, '\0')), b + std::string(1, '\0')};
                  }),
      text_damage("no UTF-8",
                  [](S b) {
                    return Variants{over(b, b.size() / 2, "\xff\xfe"), over(b, b.size() / 3, "\xc3")};
                  }),
      text_damage("UTF-16",
                  [](S b) {
                    std::string out = "\xff\xfe";
                    for (const char c : b) out += c, out += '\0';
                    return Variants{out};
                  }),
      text_damage("spaces behind the end", [](S b) { return Variants{b + "  \n\n"}; }),
      {"duplicate key", kJson,
       [](S b, const Subject&, Random&) {
         const Json json = Json::parse(b);
         if (!json.is_object()) return Variants{};
         std::string out = json.dump();
         return Variants{"{\"" + json.begin().key() + "\": 1, " + out.substr(1)};
       }},
      json_value("missing key", is_filled_object, [](Json& o) { o.erase(o.begin()); }),
      json_value("missing last key", is_filled_object, [](Json& o) { o.erase(std::prev(o.end()).key()); }),
      json_value("unknown key", is_filled_object, [](Json& o) { o["unheard_of"] = 1; }),
      json_value(
          "wrong type: a list", [](const Json&) { return true; }, [](Json& v) { v = Json::array({v}); }),
      json_value("wrong type: a text", is_number, [](Json& v) { v = "text"; }),
      json_value(
          "wrong type: null", [](const Json& v) { return !v.is_null(); }, [](Json& v) { v = nullptr; }),
      json_value("value 1e308", is_number, [](Json& v) { v = 1e308; }),
      json_value("value -1", is_number, [](Json& v) { v = -1; }),
      json_value("value 2^63", is_number, [](Json& v) { v = uint64_t{1} << 63; }),
      json_number_text("value 1e999", "1e999"),
      json_number_text("value NaN", "NaN"),
      json_value(
          "empty text", [](const Json& v) { return v.is_string(); }, [](Json& v) { v = ""; }),
      json_value(
          "text of 100,000 letters", [](const Json& v) { return v.is_string(); },
          [](Json& v) { v = std::string(100'000, 'x'); }),
      json_value(
          "path that leads out", [](const Json& v) { return v.is_string(); },
          [](Json& v) { v = "../../../etc/passwd"; }),
      json_value(
          "wrong schema", [](const Json& v) { return v.is_object() && v.contains("schema"); },
          [](Json& v) { v["schema"] = "synerbench/another"; }),
      json_value(
          "wrong version", [](const Json& v) { return v.is_object() && v.contains("schema_version"); },
          [](Json& v) { v["schema_version"] = 99; }),
      {"deep nesting", kJson,
       [](S, const Subject&, Random&) {
         return Variants{std::string(100'000, '['), std::string(1000, '[') + std::string(1000, ']')};
       }},
      json_value("100,000 keys", is_filled_object,
                 [](Json& o) {
                   std::string text = "{";
                   for (int i = 0; i < 100'000; ++i) text += fmt::format("{}\"k{}\": 0", i ? ", " : "", i);
                   o = Json::parse(text + "}");
                 }),
      nifti_field("magic", 344, "n+9"),
      nifti_field("header in the other byte order", 0, raw_bytes<int32_t>(348, true)),
      nifti_field("dimension 0", 42, raw_bytes<int16_t>(0)),
      nifti_field("dimension negative", 44, raw_bytes<int16_t>(-5)),
      nifti_field("dimension huge", 42, raw_bytes<int16_t>(32767)),
      nifti_field("datatype unknown", 70, raw_bytes<int16_t>(9999)),
      nifti_field("spacing NaN", 80, nan),
      nifti_field("spacing infinite", 80, infinity),
      nifti_field("slope infinite", 112, infinity),
      nifti_field("origin 1e30", 292, raw_bytes(1e30f)),
      nifti_field("offset of voxels huge", 108, raw_bytes(1e20f)),
      meta_line("dimension 0", "DimSize", "0 28 5"),
      meta_line("dimension negative", "DimSize", "24 -28 5"),
      meta_line("dimension huge", "DimSize", "99999999999 28 5"),
      meta_line("datatype unknown", "ElementType", "MET_NOTHING"),
      meta_line("spacing NaN", "ElementSpacing", "nan 1 3"),
      meta_line("spacing infinite", "ElementSpacing", "inf 1 3"),
      meta_line("voxels in another file", "ElementDataFile", "other.raw"),
      meta_line("the other byte order", "BinaryDataByteOrderMSB", "True"),
      {"gzip: wrong CRC", kGzip,
       [](S b, const Subject&, Random&) { return Variants{flipped(b, b.size() - 8, 0)}; }},
      {"gzip: wrong length", kGzip,
       [](S b, const Subject&, Random&) { return Variants{flipped(b, b.size() - 4, 0)}; }},
      {"gzip: second member", kGzip,
       [](S b, const Subject&, Random&) {
         return Variants{b + gzipped("more"), b + b};
       }},
      {"gzip: empty second member", kGzip,
       [](S b, const Subject&, Random&) { return Variants{b + gzipped("")}; }},
      {"gzip: two members", kGzip,
       [](S b, const Subject& s, Random&) {
         const std::string plain = nifti_of(b, s);
         return Variants{gzipped(plain.substr(0, 500)) + gzipped(plain.substr(500))};
       }},
      {"tensors: header length huge", kTensors,
       [](S b, const Subject&, Random&) {
         return Variants{over(b, 0, std::string(8, '\x7f')), over(b, 0, std::string(8, '\xff'))};
       }},
      {"tensors: header length off", kTensors,
       [](S b, const Subject&, Random&) { return Variants{flipped(b, 0, 3)}; }},
      tensors_header("tensors: unknown type", [](Json& h) { first_tensor(h)["dtype"] = "F7"; }),
      tensors_header("tensors: other type",
                     [](Json& h) {
                       Json& dtype = first_tensor(h)["dtype"];
                       dtype = dtype == "F32" ? "I32" : "BF16";
                     }),
      tensors_header("tensors: shape huge",
                     [](Json& h) {
                       first_tensor(h)["shape"] = {int64_t{1} << 62, 4};
                     }),
      tensors_header("tensors: shape negative",
                     [](Json& h) {
                       first_tensor(h)["shape"] = {-1, -4};
                     }),
      tensors_header("tensors: shape turned",
                     [](Json& h) {
                       Json& shape = first_tensor(h)["shape"];
                       std::reverse(shape.begin(), shape.end());
                     }),
      tensors_header("tensors: offsets overlap",
                     [](Json& h) {
                       first_tensor(h)["data_offsets"] = {0, 1};
                     }),
      tensors_header("tensors: one renamed",
                     [](Json& h) {
                       const Json tensor = first_tensor(h);
                       for (auto it = h.begin(); it != h.end(); ++it) {
                         if (it.key() != "__metadata__" && it.value() == tensor) {
                           h.erase(it.key());
                           break;
                         }
                       }
                       h["unheard_of"] = tensor;
                     }),
      tensors_header("tensors: no metadata", [](Json& h) { h.erase("__metadata__"); }),
      {"tensors: NaN", kTensors,
       [](S b, const Subject& s, Random&) {
         return Variants{over(b, header_length(b, s) + 64, raw_bytes(std::nanf("")))};
       }},
      text_damage(
          "a quote that is not closed", [](S b) { return Variants{replaced(b, "p2", "\"p2")}; }, kCsv),
      text_damage(
          "a column less", [](S b) { return Variants{replaced(b, ",path", "")}; }, kCsv),
      text_damage(
          "a column twice", [](S b) { return Variants{replaced(b, "path", "case")}; }, kCsv),
      text_damage(
          "a row twice",
          [](S b) {
            const size_t begin = b.find('\n') + 1, end = b.find('\n', begin) + 1;
            return Variants{b.substr(0, end) + b.substr(begin, end - begin) + b.substr(end)};
          },
          kCsv),
      text_damage(
          "a path that leads out",
          [](S b) { return Variants{replaced(b, "p1_ct.nii", "../../../../etc/passwd")}; }, kCsv),
      text_damage(
          "last line torn",
          [](S b) {
            return Variants{b.substr(0, b.size() - 9), b + "{\"begin\":{\"task\":\"brain"};
          },
          kLines),
      text_damage(
          "a line missing",
          [](S b) {
            const size_t begin = b.find("{\"slice\":1"), end = b.find('\n', begin) + 1;
            return begin == std::string::npos ? Variants{} : Variants{b.substr(0, begin) + b.substr(end)};
          },
          kLines),
      text_damage(
          "a value changed", [](S b) { return Variants{replaced(b, "\"ssim\":0.", "\"ssim\":0.1")}; },
          kLines),
      text_damage(
          "a block twice", [](S b) { return Variants{b + b.substr(b.find('\n') + 1)}; }, kLines),
  };
  return all;
}

// ---- fixtures

void put(const fs::path& path, const std::string& bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

struct Pair {
  std::vector<float> ct, mr;
  std::vector<uint8_t> mask;
};
constexpr std::array<int64_t, 3> kSize{24, 28, 5};

Pair pair_of(const std::string& name, uint64_t seed) {
  testing_support::MakeStoreOptions options;
  options.size = kSize;
  options.seed = seed;
  Pair pair;
  pair.ct = testing_support::made_voxels(options, name, Modality::kCT, &pair.mask);
  pair.mr = testing_support::made_voxels(options, name, Modality::kMRI, &pair.mask);
  return pair;
}

std::string nifti_file(const std::vector<float>& values, bool whole_numbers) {
  Geometry grid{kSize, {1, 1, 3}, {0, 0, 0}, {1, 0, 0, 0, 1, 0, 0, 0, 1}};
  NiftiBuilder builder;
  builder.set_size(kSize[0], kSize[1], kSize[2]).set_sform(grid);
  if (whole_numbers) {
    builder.set_voxels(std::vector<int16_t>(values.begin(), values.end()));
  } else {
    builder.set_voxels(values);
  }
  return builder.bytes();
}

MetaImageBuilder meta_file(const std::vector<float>& values, bool whole_numbers, bool compressed) {
  Geometry grid{kSize, {1, 1, 3}, {0, 0, 0}, {1, 0, 0, 0, 1, 0, 0, 0, 1}};
  if (whole_numbers)
    return MetaImageBuilder::of(grid, std::vector<int16_t>(values.begin(), values.end()), compressed);
  return MetaImageBuilder::of(grid, values, compressed);
}

void make_images(const fs::path& folder, uint64_t seed) {
  Json list = Json::array();
  std::string csv = "case,patient,region,modality,path,split\n";
  const auto row = [&](const std::string& name, const std::string& modality, const std::string& path,
                       const std::string& split) {
    csv += fmt::format("{},{},brain,{},{},{}\n", name, name, modality, path, split);
    list.push_back({{"case", name},
                    {"patient", name},
                    {"region", "brain"},
                    {"modality", modality},
                    {"path", path},
                    {"split", split}});
  };
  for (const std::string name : {"p1", "p2", "p3", "p4"}) {
    const Pair pair = pair_of(name, seed);
    const bool nifti = name < "p3";
    const std::string ct = name + (nifti ? "_ct.nii" : "_ct.mha"),
                      mr = name + (nifti ? "_mr.nii.gz" : "_mr.mha");
    put(folder / "images" / ct, nifti ? nifti_file(pair.ct, true) : meta_file(pair.ct, true, false).bytes());
    put(folder / "images" / mr,
        nifti ? gzipped(nifti_file(pair.mr, false)) : meta_file(pair.mr, false, true).bytes());
    const std::string split = name == "p4" ? "test" : name == "p3" ? "validation" : "train";
    row(name, "MRI", mr, split);
    row(name, "CT", ct, split);
  }
  put(folder / "list.csv", csv);
  put(folder / "list.json", list.dump(1));
}

constexpr const char* kSuite = R"({
 "schema": "synerbench/suite", "schema_version": 1, "name": "small", "title": "Small",
 "canvas": {"size": 64, "fit": "pad"}, "protocols": ["synermed-2d@1"],
 "tasks": [{"region": "brain", "source": "MRI", "target": "CT", "group": "g"}]
})";
constexpr const char* kRecipe = R"({"unit": "updates", "constant": 6, "decay": 6, "validate_every": 6})";

void copy_all(const fs::path& from, const fs::path& to) {
  fs::create_directories(to.parent_path());
  fs::copy(from, to, fs::copy_options::recursive | fs::copy_options::overwrite_existing);
}

/// The run with only the first of its items in the journal, and no results yet.
void make_unfinished(const fs::path& run) {
  const std::string journal = read_file(run / "journal.jsonl");
  const size_t end = journal.find("{\"end\":");
  put(run / "journal.jsonl", journal.substr(0, journal.find('\n', end) + 1));
  for (const char* name : {"results.json", "slices.csv", "failures.csv", "timing.json"})
    fs::remove(run / name);
}

bool has_torch = true;

/// Everything under desk/sound (copied for each cell) and desk/stale (of other runs).
void make_fixtures() {
  const fs::path sound = desk / "sound", stale = desk / "stale";
  make_images(sound / "import", 1);
  copy_all(sound / "import", sound / "import-mhd");
  const Pair first = pair_of("p1", 1);
  put(
      sound / "import-mhd/images/p1_ct.mhd",
      meta_file(first.ct, true, false).set("ElementDataFile", "p1_ct.raw").bytes().substr(0, 0) + [&] {
        auto header = meta_file(first.ct, true, false);
        header.voxels.clear();
        return header.set("ElementDataFile", "p1_ct.raw").bytes();
      }());
  put(sound / "import-mhd/images/p1_ct.raw", meta_file(first.ct, true, false).voxels);
  put(sound / "import-mhd/list.csv", every(read_file(sound / "import/list.csv"), "p1_ct.nii", "p1_ct.mhd"));

  const fs::path work = desk / "work";
  make_images(work, 1);
  make_images(work / "other", 2);
  put(work / "suite.json", kSuite);
  const Words import{"import", "pairs", "images",    "--list", "list.csv",
                     "--out",  "store", "--threads", "1",      "-q"};
  must(import, work);
  must(import, work / "other");
  const auto run = [&](const std::string& store, const std::string& out, Words more) {
    Words words{"run",       "--suite", "suite.json", "--store",  store,
                "--model",   "mean",    "--model",    "identity", "--keep-predictions",
                "--threads", "1",       "--out",      out,        "-q"};
    words.insert(words.end(), more.begin(), more.end());
    must(words, work);
  };
  run("store", "whole", {});
  run("other/store", "other/whole", {});
  run("store", "shard-1", {"--shard", "1/2"});
  run("store", "shard-2", {"--shard", "2/2"});
  must({"gate", "--bless", "main", "whole", "-q"}, work);

  for (const char* fixture : {"run", "score", "score-nifti"}) {
    copy_all(work / "store", sound / fixture / "store");
    put(sound / fixture / "suite.json", kSuite);
  }
  copy_all(work / "other/store", stale / "other-store");
  copy_all(work / "other/whole", stale / "other");
  copy_all(work / "whole", stale / "whole");
  put(stale / "whole/settings.json",
      every(read_file(work / "other/whole/settings.json"), "other/whole", "whole"));
  copy_all(work / "whole", sound / "whole/whole");
  copy_all(fs::path(SYNERBENCH_SOURCE_DIR) / "suites/published", work / "published");
  put(sound / "whole/published/x.json", read_file(fs::directory_iterator(work / "published")->path()));
  copy_all(work / "whole", sound / "resume/part");
  make_unfinished(sound / "resume/part");
  copy_all(work / "whole", sound / "gate/whole");
  copy_all(work / "gate-baselines", sound / "gate/gate-baselines");
  copy_all(work / "shard-1", sound / "merge/shard-1");
  copy_all(work / "shard-2", sound / "merge/shard-2");
  const fs::path kept = work / "whole/predictions/identity/brain-mr-to-ct/pairs/p4.safetensors";
  const fs::path prediction = fs::exists(kept) ? kept : [&] {
    for (const auto& entry : fs::recursive_directory_iterator(work / "whole/predictions/mean")) {
      if (entry.is_regular_file()) return entry.path();
    }
    throw std::runtime_error("no kept prediction");
  }();
  fs::create_directories(sound / "score/predictions");
  fs::copy_file(prediction, sound / "score/predictions/p4.safetensors");
  put(sound / "score-nifti/predictions/p4.nii.gz", gzipped(nifti_file(pair_of("p4", 1).ct, false)));

  const Outcome probe = start({"train", "--model", "pix2pix", "--store", "none", "--out", "none"}, work);
  has_torch = probe.text.find("without LibTorch") == std::string::npos;
  if (!has_torch) return;
  put(work / "recipe.json", kRecipe);
  Words train{"train",    "--model",     "pix2pix",
              "--suite",  "suite.json",  "--store",
              "store",    "--config",    "{\"preset\": \"tiny\"}",
              "--recipe", "recipe.json", "-q",
              "--out",    "weights"};
  must(train, work);
  copy_all(work / "store", sound / "weights/store");
  put(sound / "weights/suite.json", kSuite);
  copy_all(work / "weights", sound / "weights/weights");
  copy_all(work / "store", sound / "recipe/store");
  put(sound / "recipe/suite.json", kSuite);
  put(sound / "recipe/recipe.json", kRecipe);
  train.back() = "other-weights";
  train.insert(train.end(), {"--seed", "2"});
  must(train, work);
  for (const auto& entry : fs::recursive_directory_iterator(work / "other-weights")) {
    if (entry.path().filename() == "G.safetensors") take_place(stale / "other-G.safetensors", entry.path());
  }
  copy_all(sound / "recipe", sound / "train");
  train = {"train",
           "--model",
           "pix2pix",
           "--suite",
           "suite.json",
           "--store",
           "store",
           "--config",
           "{\"preset\": \"tiny\"}",
           "--recipe",
           "recipe.json",
           "-q",
           "--checkpoint-every",
           "1",
           "--out",
           "weights"};
  start(train, sound / "train", sound / "train/weights/brain-mr-to-ct/checkpoint.safetensors");
}

// ---- a cell

std::map<std::string, std::string> contents(const fs::path& folder, const Words& results) {
  std::map<std::string, std::string> out;
  for (const std::string& name : results) {
    const fs::path path = folder / name;
    if (fs::is_regular_file(path)) out[name] = read_file(path);
    if (!fs::is_directory(path)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(path)) {
      if (entry.is_regular_file()) out[fs::relative(entry.path(), folder).string()] = read_file(entry.path());
    }
  }
  return out;
}

struct Cell {
  char verdict = '-';
  int code = 0;
  std::string message;
};

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

/// Does anything that a person reads name the file? Tables of failed and skipped cases count.
bool names_the_file(const Outcome& outcome, const Subject& subject, const fs::path& folder) {
  const fs::path file(subject.file);
  const std::string name = file.filename().string();
  std::string text = outcome.text;
  if (outcome.code == 3) {
    for (const auto& entry : fs::recursive_directory_iterator(folder / "out")) {
      if (entry.path().extension() == ".csv") text += read_file(entry.path());
    }
  }
  return text.find(name) != std::string::npos;
}

const std::map<std::string, std::string>& sound_results(const Subject& subject) {
  static std::map<std::string, std::map<std::string, std::string>> known;
  if (known.contains(subject.name)) return known[subject.name];
  const fs::path folder = desk / "cell";
  fs::remove_all(folder);
  copy_all(desk / "sound" / subject.fixture, folder);
  const Outcome outcome = start(subject.words, folder);
  if ((outcome.code != 0) != subject.refused_anyway) {
    throw std::runtime_error(
        fmt::format("{}: the sound folder gives exit code {}\n{}", subject.name, outcome.code, outcome.text));
  }
  return known[subject.name] = contents(folder, subject.results);
}

/// `make` damages the file in its folder; false: does not apply.
Cell judge(const Subject& subject, const std::function<bool(const fs::path& folder)>& make) {
  const auto& wanted = sound_results(subject);
  const fs::path folder = desk / "cell";
  fs::remove_all(folder);
  copy_all(desk / "sound" / subject.fixture, folder);
  if (!make(folder)) return {};
  const Outcome outcome = start(subject.words, folder);
  Cell cell{'F', outcome.code, first_line(outcome.text)};
  if (outcome.hung) {
    cell.message = "hangs";
  } else if (outcome.signal) {
    cell.message = fmt::format("signal {}", outcome.signal);
  } else if (outcome.peak_kb > kMostKb) {
    cell.message = fmt::format("{} MB of memory", outcome.peak_kb / 1024);
  } else if (outcome.code >= 1 && outcome.code <= 4) {
    if (names_the_file(outcome, subject, folder)) {
      cell.verdict = 'r';
    } else {
      cell.message = "does not name the file: " + cell.message;
    }
  } else if (outcome.code == 0) {
    const auto seen = contents(folder, subject.results);
    const std::string name = fs::path(subject.file).filename().string();
    const bool says_so =
        outcome.text.find(name) != std::string::npos || std::ranges::any_of(seen, [&](const auto& file) {
          const auto before = wanted.find(file.first);
          return file.second.find(name) != std::string::npos &&
                 (before == wanted.end() || before->second.find(name) == std::string::npos);
        });
    if (seen == wanted) {
      cell.verdict = subject.recovers ? 'c' : '=';
    } else if (says_so) {
      cell.verdict = 'n';
    } else if (!subject.open.empty()) {
      cell.verdict = 'o';
    } else {
      cell.message = "other results without a word";
    }
  }
  return cell;
}

int badness(char verdict) { return static_cast<int>(std::string_view("-=cnroF").find(verdict)); }

/// File names that are known only when the fixture is made.
std::string real_file(const Subject& subject) {
  const fs::path path = desk / "sound" / subject.fixture / subject.file;
  if (path.filename() != "RESULTS") return subject.file;
  for (const auto& entry : fs::directory_iterator(path.parent_path())) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("results-")) return (fs::path(subject.file).parent_path() / name).string();
  }
  throw std::runtime_error(subject.file + " is not there");
}

/// Nothing where the kind does not apply to the format.
Cell try_cell(const Subject& subject, const Damage& damage, bool reduced) {
  if ((subject.traits & damage.needs) != damage.needs) return {};
  if (damage.place) {
    return judge(subject, [&](const fs::path& folder) {
      return damage.place(folder / subject.file, subject, folder);
    });
  }
  const std::string sound = read_file(desk / "sound" / subject.fixture / subject.file);
  Random random(seed_from(subject.name + damage.name));
  Cell worst;
  Variants variants = damage.bytes(sound, subject, random);
  std::erase_if(variants, [&](const std::string& v) { return v == sound; });
  if (reduced && variants.size() > 1) variants.resize(1);
  for (const std::string& bytes : variants) {
    const Cell cell = judge(subject, [&](const fs::path& folder) {
      std::ofstream(folder / subject.file, std::ios::binary | std::ios::trunc) << bytes;
      return true;
    });
    if (cell.verdict == 'F' && std::getenv("DAMAGE_KEEP"))
      put(fs::path(std::getenv("DAMAGE_KEEP")) / subject.name / damage.name, bytes);
    if (badness(cell.verdict) > badness(worst.verdict)) worst = cell;
  }
  return worst;
}

// ---- the table

std::string markdown(const std::vector<Subject>& rows, const std::vector<Damage>& kinds,
                     const std::map<std::pair<std::string, std::string>, Cell>& cells) {
  std::vector<std::string> names;
  for (const Damage& damage : kinds) {
    if (std::find(names.begin(), names.end(), damage.name) == names.end()) names.push_back(damage.name);
  }
  std::string text = "| |";
  for (size_t i = 0; i < rows.size(); ++i) text += fmt::format(" {} |", i + 1);
  text += "\n| --- |";
  for (size_t i = 0; i < rows.size(); ++i) text += " --- |";
  text += "\n";
  for (const std::string& name : names) {
    text += "| " + name + " |";
    for (const Subject& row : rows) {
      const auto at = cells.find({name, row.name});
      const char verdict = at == cells.end() ? '-' : at->second.verdict;
      text += verdict == '-' ? "  |" : fmt::format(" {} |", verdict);
    }
    text += "\n";
  }
  text += "\n";
  for (size_t i = 0; i < rows.size(); ++i) {
    text += fmt::format("{}. {}: `{}`, read by `{}{}`{}\n", i + 1, rows[i].name, rows[i].file,
                        rows[i].words[0], rows[i].words[1].starts_with("-") ? " " + rows[i].words[1] : "",
                        rows[i].open.empty() ? "" : "; o: " + rows[i].open);
  }
  return text;
}

int main_of(int count, char** argv) {
  Words words(argv + 1, argv + count);
  if (words.empty()) {
    std::cerr << "damage_matrix PROGRAM [--reduced] [--only FORMAT] [--kind KIND] [--markdown FILE]\n";
    return 2;
  }
  program = fs::absolute(words[0]).string();
  bool reduced = false;
  std::string only, kind, page;
  for (size_t i = 1; i < words.size(); ++i) {
    if (words[i] == "--reduced") reduced = true;
    if (i + 1 == words.size()) break;
    if (words[i] == "--only") only = words[i + 1];
    if (words[i] == "--kind") kind = words[i + 1];
    if (words[i] == "--markdown") page = words[i + 1];
  }
  if (!std::getenv("TMPDIR") && fs::is_directory("/dev/shm")) ::setenv("TMPDIR", "/dev/shm", 0);
  TempFolder folder;
  desk = folder.path();
  make_fixtures();

  std::vector<Subject> rows = subjects();
  std::erase_if(rows, [&](const Subject& s) {
    const bool learned = s.fixture == "weights" || s.fixture == "train" || s.fixture == "recipe";
    return (learned && (!has_torch || reduced)) || (!only.empty() && s.name.find(only) == std::string::npos);
  });
  const std::vector<Damage> kinds = damages();
  std::map<std::pair<std::string, std::string>, Cell> cells;
  std::map<char, int> counts;
  size_t turn = 0;
  for (Subject& subject : rows) {
    subject.file = real_file(subject);
    for (const Damage& damage : kinds) {
      if (!kind.empty() && damage.name.find(kind) == std::string::npos) continue;
      if ((subject.traits & damage.needs) != damage.needs) continue;
      if (reduced && turn++ % 37 != 0) continue;  // a prime: every kind and every format gets its turn
      const Cell cell = try_cell(subject, damage, reduced);
      if (cell.verdict == '-') continue;
      Cell& known = cells[{damage.name, subject.name}];
      if (badness(cell.verdict) > badness(known.verdict)) known = cell;
      ++counts[cell.verdict];
      std::cout << fmt::format("{} {:<28} {:<20} exit {:>3}  {}\n", cell.verdict, damage.name, subject.name,
                               cell.code, printable(cell.message, 150))
                << std::flush;
    }
  }
  const std::string summary =
      fmt::format("{} cells: {} refused, {} harmless, {} recovered, {} noted, {} another sound file, {} faults.",
                  cells.size(), counts['r'], counts['='], counts['c'], counts['n'], counts['o'], counts['F']);
  const std::string table = markdown(rows, kinds, cells);
  if (!page.empty()) {
    const std::string mark = "<!-- made by damage_matrix from here -->\n",
                      text = file_exists(page) ? read_file(page) : mark;
    const size_t at = text.find(mark);
    if (at == std::string::npos) throw std::runtime_error(page + " lacks the line " + mark);
    write_file(page, text.substr(0, at) + mark + "\n" + summary + "\n\n" + table);
  }
  std::cout << summary << "\n";
  return counts['F'] ? 1 : 0;
}

}  // namespace
}  // namespace synerbench

int main(int count, char** words) {
  try {
    return synerbench::main_of(count, words);
  } catch (const std::exception& error) {
    std::cerr << "damage_matrix: " << error.what() << "\n";
    return 2;
  }
}
