// Every kind of damage to every file that the program reads, each tried on the program itself.
//
//   damage_matrix PROGRAM [--reduced] [--only FORMAT] [--kind KIND] [--cells FILE] [--markdown PAGE]
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
// Prints a line per cell and the sum; exit code 1 with faults. With --cells every cell is added to FILE when
// it is known, and those that are in it are not tried again, except faults: a matrix of an hour goes on where
// it was stopped, and a page made with --markdown shows them all.
#include <fmt/format.h>

#include <cstdlib>
#include <iostream>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "tests/app/damage/fixtures.h"
#include "tests/app/damage/table.h"
#include "tests/support/temp_folder.h"

namespace synerbench::damage {
namespace {

namespace fs = std::filesystem;

int main_of(int count, char** argv) {
  Words words(argv + 1, argv + count);
  if (words.empty()) {
    std::cerr << "damage_matrix PROGRAM [--reduced] [--only FORMAT] [--kind KIND] [--cells FILE] [--markdown "
                 "PAGE]\n";
    return 2;
  }
  Program program{fs::absolute(words[0]), {}};
  bool reduced = false;
  std::string only, kind, page;
  fs::path known_cells;
  for (size_t i = 1; i < words.size(); ++i) {
    if (words[i] == "--reduced") reduced = true;
    if (i + 1 == words.size()) break;
    if (words[i] == "--only") only = words[i + 1];
    if (words[i] == "--kind") kind = words[i + 1];
    if (words[i] == "--markdown") page = words[i + 1];
    if (words[i] == "--cells") known_cells = fs::absolute(words[i + 1]);
  }
  if (!std::getenv("TMPDIR") && fs::is_directory("/dev/shm")) ::setenv("TMPDIR", "/dev/shm", 0);
  TempFolder folder;
  program.desk = folder.path();
  const bool has_torch = make_fixtures(program);

  std::vector<Subject> rows = subjects();
  std::erase_if(rows, [&](const Subject& s) {
    return (wants_torch(s) && (!has_torch || reduced)) || !fs::exists(program.desk / "sound" / s.fixture);
  });
  const std::vector<Damage> kinds = damages();
  Cells cells = known_cells.empty() ? Cells() : read_cells(known_cells);
  size_t turn = 0;
  for (Subject& subject : rows) {
    if (!only.empty() && subject.name.find(only) == std::string::npos) continue;
    subject.file = real_file(program, subject);
    for (const Damage& damage : kinds) {
      if (!kind.empty() && damage.name.find(kind) == std::string::npos) continue;
      if ((subject.traits & damage.needs) != damage.needs) continue;
      if (reduced && turn++ % 37 != 0) continue;  // a prime: every kind and every format gets its turn
      const auto before = cells.find({damage.name, subject.name});
      if (before != cells.end() && before->second.verdict != 'F') continue;
      const Cell cell = try_cell(program, subject, damage, reduced);
      if (!known_cells.empty()) add_cell(known_cells, {damage.name, subject.name}, cell);
      cells[{damage.name, subject.name}] = cell;
      if (cell.verdict == '-') continue;
      std::cout << fmt::format("{} {:<28} {:<20} exit {:>3}  {}\n", cell.verdict, damage.name, subject.name,
                               cell.code, printable(cell.message, 150))
                << std::flush;
    }
  }
  if (!page.empty()) {
    const std::string mark = "<!-- made by damage_matrix from here -->\n",
                      text = file_exists(page) ? read_file(page) : mark;
    const size_t at = text.find(mark);
    if (at == std::string::npos) throw std::runtime_error(page + " lacks the line " + mark);
    write_file(page,
               text.substr(0, at) + mark + "\n" + summary(cells) + "\n\n" + markdown(rows, kinds, cells));
  }
  std::cout << summary(cells) << "\n";
  return faults(cells) > 0 ? 1 : 0;
}

}  // namespace
}  // namespace synerbench::damage

int main(int count, char** words) {
  try {
    return synerbench::damage::main_of(count, words);
  } catch (const std::exception& error) {
    std::cerr << "damage_matrix: " << error.what() << "\n";
    return 2;
  }
}
