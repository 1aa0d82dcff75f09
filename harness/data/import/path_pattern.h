// Patterns of paths with named parts, as a lab writes them down for its own folders.
//
//     {patient}/{study}/t1.nii.gz          a part stands for one character or more, but for no "/"
//     {patient}/{patient}_{kind}.nii.gz    a part that stands twice has one value
//     sub-{n:digits}_{kind:T1|T2}.nii.gz   digits, letters, or a choice: how a part ends where names run
//                                          together
//     **/{patient}/*.txt                   * stands for anything in a name, **/ for any number of folders
//
// Everything else is taken as it is, in upper and lower case.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace synerbench {

using PathParts = std::map<std::string, std::string>;  // name of a part -> what it stands for in a path

class PathPattern {
 public:
  /// Error(kUsage) at `place` for a brace that does not close, a part without a name, two parts that touch,
  /// ...
  PathPattern(const std::string& text, const std::string& place);

  const std::string& text() const { return text_; }
  bool has(const std::string& part) const;
  /// Every way in which the pattern reads the path, as far as its parts differ; empty: it does not fit. No
  /// more than two are looked for: two mean that nobody can tell what the parts are.
  std::vector<PathParts> match(const std::string& path) const;

 private:
  struct Token {
    enum class Kind { kLiteral, kStar, kFolders, kAny, kDigits, kLetters, kChoice };
    Kind kind = Kind::kLiteral;
    std::string text;                  // of a literal; name of a part
    std::vector<std::string> choices;  // of kChoice
    bool is_part() const { return kind >= Kind::kAny; }
  };
  struct Search;
  static bool fits(const Token& token, char c);
  std::vector<size_t> ends_of(const Token& token, const std::string& path, size_t from) const;
  void find_dead_ends(Search& search) const;
  void go_on(Search& search, size_t token, size_t at) const;

  std::string text_, place_;
  std::vector<Token> tokens_;
};

/// Names of the parts in a text like "{patient}_{study}". Error(kUsage) at `place` for a brace that does not
/// close.
std::vector<std::string> parts_in(const std::string& text, const std::string& place);
/// The text with every part replaced by its value; all of them have to be there.
std::string filled_in(const std::string& text, const PathParts& parts);

}  // namespace synerbench
