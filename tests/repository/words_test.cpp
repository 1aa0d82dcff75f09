// The words of the house: the field's terms, in American spelling. What is quoted keeps its own: see
// exceptions().
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "harness/core/file.h"

namespace synerbench::house {
namespace {

namespace fs = std::filesystem;

struct Word {
  const char *found, *wanted;
};

/// Parts of words: no American word holds one of them.
constexpr Word kSpelling[] = {
    {"artefact", "artifact"},
    {"behaviour", "behavior"},
    {"centre", "center"},
    {"colour", "color"},
    {"favour", "favor"},
    {"grey", "gray"},
    {"honour", "honor"},
    {"initialis", "initializ"},
    {"journall", "journal"},
    {"labell", "label"},
    {"licence", "license"},
    {"modell", "model"},
    {"neighbour", "neighbor"},
    {"normalis", "normaliz"},
    {"oedema", "edema"},
    {"optimis", "optimiz"},
    {"organise", "organize"},
    {"organisa", "organiza"},
    {"penalis", "penaliz"},
    {"quantis", "quantiz"},
    {"recognis", "recogniz"},
    {"regularis", "regulariz"},
    {"summaris", "summariz"},
    {"synthesise", "synthesize"},
    {"synthesising", "synthesizing"},
    {"tokenis", "tokeniz"},
    {"tumour", "tumor"},
    {"vectoris", "vectoriz"},
    {"millimetre", "millimeter"},
};

/// Whole words. "floor", "switch" and "ceiling" are not here: they are words of the code, too.
constexpr Word kWords[] = {
    {"by heart", "overfit"},
    {"learnt", "learned"},
    {"peer", "reference implementation"},
    {"peers", "reference implementations"},
    {"quiz", "evaluation"},
    {"spelt", "spelled"},
    {"towards", "toward"},
    {"twin", "reference implementation"},
    {"twins", "reference implementations"},
};

/// Files that may hold a word, and why.
const std::set<std::pair<std::string, std::string>>& exceptions() {
  static const std::set<std::pair<std::string, std::string>> table{
      {"harness/data/tree.cpp", "licence"},        // the name of a file in other people's data sets
      {"harness/train/updates.cpp", "initialis"},  // the seed of every training's first weights
      // What a model reads; other words, other tokens.
      {"suites/published/synermedgen-2026.json", "grey"},   // byte for byte the shared file
      {"suites/synermed22.json", "normalis"},               // its SHA-256 is part of what was run
      {"tests/reference/tokenizer_test.cpp", "neighbour"},  // a text whose tokens are known
  };
  return table;
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Where `word` stands in `text`, on its own with `whole`; npos when it does not.
size_t find_word(const std::string& text, const std::string& word, bool whole) {
  for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    const bool starts = at == 0 || !is_letter(text[at - 1]);
    const bool ends = at + word.size() == text.size() || !is_letter(text[at + word.size()]);
    if (!whole || (starts && ends)) return at;
  }
  return std::string::npos;
}

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

/// Sources, documents, scripts and suites. Reports of runs and fixtures are as they were made.
std::vector<std::string> files() {
  const fs::path root = SYNERBENCH_SOURCE_DIR;
  std::vector<std::string> list{"README.md", "CONTRIBUTING.md", "NOTICE.md", "CMakeLists.txt", "synerbench"};
  const std::set<std::string> endings{".h", ".cpp", ".cu", ".md", ".txt", ".sh", ".py", ".cmake"};
  for (const char* top : {"app", "baselines", "benchmarks", "cmake", "data", "docs", "harness", "metrics",
                          "reference", "reports", "suites", "tests", "tools"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / top)) {
      const std::string name = fs::relative(entry.path(), root).generic_string();
      const bool suite = entry.path().extension() == ".json" && name.starts_with("suites/");
      if (!entry.is_regular_file() || (!suite && !endings.contains(entry.path().extension().string())))
        continue;
      const bool made = name.starts_with("tests/fixtures/") || name.starts_with("tests/reports/golden/") ||
                        entry.path().filename() == "leaderboard.md";
      if (!made && name != "tests/repository/words_test.cpp") list.push_back(name);
    }
  }
  return list;
}

TEST(Words, AreTheFieldsInAmericanSpelling) {
  std::set<std::pair<std::string, std::string>> used;
  const std::vector<std::string> names = files();
  EXPECT_GT(names.size(), 500u);
  for (const std::string& name : names) {
    const std::string text = lower(read_file(fs::path(SYNERBENCH_SOURCE_DIR) / name));
    const auto check = [&](const Word& word, bool whole) {
      const size_t at = find_word(text, word.found, whole);
      if (at == std::string::npos) return;
      if (exceptions().contains({name, word.found})) {
        used.insert({name, word.found});
        return;
      }
      const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
      ADD_FAILURE() << name << ":" << line << ": \"" << word.found << "\"; write \"" << word.wanted << "\"";
    };
    for (const Word& word : kSpelling) check(word, false);
    for (const Word& word : kWords) check(word, true);
  }
  EXPECT_EQ(used, exceptions()) << "an exception that nobody needs any more";
}

TEST(Words, AreFoundWholeOrAsAPart) {
  EXPECT_EQ(find_word("a neighbouring slice", "neighbour", false), 2u);
  EXPECT_EQ(find_word("twine, twin", "twin", true), 7u);
  EXPECT_EQ(find_word("entwined", "twin", true), std::string::npos);
}

}  // namespace
}  // namespace synerbench::house
