#include "tests/app/damage/cell.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <stdexcept>

#include "harness/core/file.h"
#include "tests/app/damage/fixtures.h"

namespace synerbench::damage {
namespace {

namespace fs = std::filesystem;

std::map<std::string, std::string> contents(const fs::path& folder, const Words& results,
                                            const Outcome& outcome) {
  std::map<std::string, std::string> out;
  for (const std::string& name : results) {
    if (name == kWhatItSays) out[name] = outcome.text;
    const fs::path path = folder / name;
    if (fs::is_regular_file(path)) out[name] = read_file(path);
    if (!fs::is_directory(path)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(path)) {
      if (entry.is_regular_file()) out[fs::relative(entry.path(), folder).string()] = read_file(entry.path());
    }
  }
  return out;
}

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
  return text.find(name) != std::string::npos ||
         (!subject.named_by.empty() && text.find(subject.named_by) != std::string::npos);
}

const std::map<std::string, std::string>& sound_results(const Program& program, const Subject& subject) {
  static std::map<std::string, std::map<std::string, std::string>> known;
  if (known.contains(subject.name)) return known[subject.name];
  const fs::path folder = program.desk / "cell";
  fs::remove_all(folder);
  copy_all(program.desk / "sound" / subject.fixture, folder);
  const Outcome outcome = program.start(subject.words, folder);
  if ((outcome.code != 0) != subject.refused_anyway) {
    throw std::runtime_error(
        fmt::format("{}: the sound folder gives exit code {}\n{}", subject.name, outcome.code, outcome.text));
  }
  return known[subject.name] = contents(folder, subject.results, outcome);
}

/// `make` damages the file in its folder; false: does not apply.
Cell judge(const Program& program, const Subject& subject,
           const std::function<bool(const fs::path& folder)>& make) {
  const auto& wanted = sound_results(program, subject);
  const fs::path folder = program.desk / "cell";
  fs::remove_all(folder);
  copy_all(program.desk / "sound" / subject.fixture, folder);
  if (!make(folder)) return {};
  const Outcome outcome = program.start(subject.words, folder);
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
    const auto seen = contents(folder, subject.results, outcome);
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

}  // namespace

int badness(char verdict) { return static_cast<int>(std::string_view("-=cnroF").find(verdict)); }

std::string real_file(const Program& program, const Subject& subject) {
  const fs::path wanted(subject.file),
      folder = program.desk / "sound" / subject.fixture / wanted.parent_path();
  const auto first = [&](auto&& fits) {
    std::vector<std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      const std::string name = fs::relative(entry.path(), folder).string();
      if (entry.is_regular_file() && fits(name)) found.push_back(name);
    }
    if (found.empty()) throw std::runtime_error(subject.file + " is not there");
    return (wanted.parent_path() / *std::ranges::min_element(found)).string();
  };
  if (wanted.filename() == "RESULTS")
    return first([](const auto& name) { return name.starts_with("results-"); });
  if (wanted.filename() == "PICTURE") return first([](const auto& name) { return name.ends_with(".png"); });
  if (wanted.filename() == "STAMP")
    return first([](const auto& name) { return name.ends_with("/done.json"); });
  if (wanted.filename() == "TENSORS")
    return first([](const auto& name) { return name.ends_with(".safetensors"); });
  return subject.file;
}

/// Nothing where the kind does not apply to the format.
Cell try_cell(const Program& program, const Subject& subject, const Damage& damage, bool reduced) {
  if ((subject.traits & damage.needs) != damage.needs) return {};
  if (damage.place) {
    return judge(program, subject, [&](const fs::path& folder) {
      return damage.place({folder / subject.file, folder, program.desk / "stale"}, subject);
    });
  }
  const std::string sound = read_file(program.desk / "sound" / subject.fixture / subject.file);
  Random random(seed_from(subject.name + damage.name));
  Cell worst;
  Variants variants = damage.bytes(sound, subject, random);
  std::erase_if(variants, [&](const std::string& v) { return v == sound; });
  if (reduced && variants.size() > 1) variants.resize(1);
  for (const std::string& bytes : variants) {
    const Cell cell = judge(program, subject, [&](const fs::path& folder) {
      std::ofstream(folder / subject.file, std::ios::binary | std::ios::trunc) << bytes;
      return true;
    });
    if (cell.verdict == 'F' && std::getenv("DAMAGE_KEEP"))
      write_file(fs::path(std::getenv("DAMAGE_KEEP")) / subject.name / damage.name, bytes);
    if (badness(cell.verdict) > badness(worst.verdict)) worst = cell;
  }
  return worst;
}

}  // namespace synerbench::damage
