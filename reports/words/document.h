// A report as a sequence of sections: one content, printed by every format of text.
#pragma once

#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "reports/numbers/leaderboard.h"
#include "reports/words/table.h"

namespace synerbench {

struct Paragraph {
  std::string text;
};

/// name -> value, as a definition list: what was compared, and how.
struct Facts {
  std::vector<std::pair<std::string, std::string>> items;
};

/// A picture beside the report. HTML carries the file in the page, Markdown links to it, LaTeX leaves it to
/// the author.
struct Picture {
  std::filesystem::path file;  // below the report's folder, relative: "plots/bars.svg"
  std::string alt;             // what it shows, for those who cannot see it
  std::string caption;
};

struct Section {
  std::string id, title;
  int level = 2;        // 2: a chapter, 3: inside one
  bool folded = false;  // HTML shows its title and opens on demand; printed in full
  std::vector<std::variant<Paragraph, Facts, Table, Picture>> blocks;
};

struct Document {
  std::string title;
  std::string subtitle;  // one line: metric, protocol, how much was compared
  std::string warning;   // what must be known before any number is read; empty: nothing
  std::vector<Section> sections;
  // What a page says about the files with its numbers.
  std::string files =
      "the numbers behind it are in leaderboard.csv, averages.csv, cases.csv and leaderboard.json beside it.";
};

/// Pictures that exist, by what they show. Empty parts are left out of the report.
struct Pictures {
  std::vector<Picture> overall;                                       // bars, radar, time
  std::vector<std::pair<std::string, std::vector<Picture>>> by_task;  // task id -> box plot, panels
};

/// What a reader must know of simulated patients before reading a number; empty when all are real.
std::string simulated_warning(const JoinedRuns& runs);

/// `suite_note` is printed where a reader cannot miss it. `remarks`: what went into the report differently
/// than wished for (a picture that could not be drawn, ...).
Document make_document(const Leaderboard& board, const std::string& title, const std::string& suite_note,
                       const Pictures& pictures, const std::vector<std::string>& remarks);

}  // namespace synerbench
