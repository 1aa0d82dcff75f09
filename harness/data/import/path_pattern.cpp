#include "harness/data/import/path_pattern.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "harness/core/error.h"

namespace synerbench {
namespace {

bool is_part_name(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

// What stands between the brace at `open` and the next closing one.
std::string inside_braces(const std::string& text, size_t open, const std::string& place) {
  const size_t close = text.find('}', open);
  if (close == std::string::npos)
    throw usage_error(place, fmt::format("\"{}\": a brace does not close", text), "write {patient}");
  return text.substr(open + 1, close - open - 1);
}

std::vector<std::string> split_at_bars(const std::string& text) {
  std::vector<std::string> pieces;
  std::istringstream stream(text);
  for (std::string piece; std::getline(stream, piece, '|');) pieces.push_back(piece);
  return pieces;
}

std::string wrong_name(const std::string& pattern, const std::string& name) {
  return fmt::format("\"{}\": \"{{{}}}\" is no part", pattern, name);
}

}  // namespace

PathPattern::PathPattern(const std::string& text, const std::string& place) : text_(text), place_(place) {
  using Kind = Token::Kind;
  const auto wrong = [&](const std::string& problem, const std::string& hint) {
    return usage_error(place, fmt::format("\"{}\": {}", text, problem), hint);
  };
  if (text.empty()) throw usage_error(place, "the pattern is empty", "write one: {patient}/ct.nii.gz");
  // No path is longer, and every token is a step of a search that goes as deep.
  constexpr size_t kLongest = 4096;
  if (text.size() > kLongest) {
    throw usage_error(place, fmt::format("the pattern has {} characters, more than any path", text.size()),
                      fmt::format("at most {} characters", kLongest));
  }
  if (text.front() == '/') throw wrong("begins with \"/\"", "patterns are below the folder that is imported");
  for (size_t at = 0; at < text.size();) {
    const bool name_begins = at == 0 || text[at - 1] == '/';
    if (text[at] == '{') {
      const std::string inside = inside_braces(text, at, place);
      const size_t colon = inside.find(':');
      Token part{Kind::kAny, inside.substr(0, colon), {}};
      if (!is_part_name(part.text)) {
        throw usage_error(place, wrong_name(text, inside),
                          "letters, digits and '_' name a part: {patient}, {n:digits}, {kind:T1|T2}");
      }
      if (colon != std::string::npos) {
        const std::string rule = inside.substr(colon + 1);
        part.kind = rule == "digits" ? Kind::kDigits : rule == "letters" ? Kind::kLetters : Kind::kChoice;
        if (part.kind == Kind::kChoice) part.choices = split_at_bars(rule);
        const bool empty = part.kind == Kind::kChoice &&
                           (part.choices.empty() || std::any_of(part.choices.begin(), part.choices.end(),
                                                                [](const auto& c) { return c.empty(); }));
        if (empty || rule.find('/') != std::string::npos)
          throw wrong(fmt::format("\"{}\" is no rule for {{{}}}", rule, part.text),
                      "digits, letters, or choices with bars between them: T1|T2");
      }
      if (!tokens_.empty() && tokens_.back().is_part()) {
        throw wrong(fmt::format("{{{}}} and {{{}}} touch, so nobody can tell where one ends",
                                tokens_.back().text, part.text),
                    "put a character between them");
      }
      tokens_.push_back(std::move(part));
      at += inside.size() + 2;
    } else if (text[at] == '}') {
      throw wrong("a brace closes that was not open", "write {patient}");
    } else if (text.compare(at, 3, "**/") == 0 && name_begins) {
      tokens_.push_back({Kind::kFolders, "", {}});
      at += 3;
    } else if (text[at] == '*') {
      if (text.compare(at, 2, "**") == 0)
        throw wrong("\"**\" stands for whole folders",
                    "write **/ where a name begins, or one * inside a name");
      tokens_.push_back({Kind::kStar, "", {}});
      ++at;
    } else {
      if (tokens_.empty() || tokens_.back().kind != Kind::kLiteral)
        tokens_.push_back({Kind::kLiteral, "", {}});
      tokens_.back().text += text[at++];
    }
  }
}

bool PathPattern::has(const std::string& part) const {
  return std::any_of(tokens_.begin(), tokens_.end(),
                     [&](const Token& token) { return token.is_part() && token.text == part; });
}

// Of a token that is a run of characters: whether this one can stand in it.
bool PathPattern::fits(const Token& token, char c) {
  if (token.kind == Token::Kind::kDigits) return c >= '0' && c <= '9';
  if (token.kind == Token::Kind::kLetters) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return c != '/';
}

// Where the token can end that begins at `from`; short ones first.
std::vector<size_t> PathPattern::ends_of(const Token& token, const std::string& path, size_t from) const {
  using Kind = Token::Kind;
  std::vector<size_t> ends;
  switch (token.kind) {
    case Kind::kLiteral:
      if (path.compare(from, token.text.size(), token.text) == 0) ends.push_back(from + token.text.size());
      return ends;
    case Kind::kChoice:
      for (const auto& choice : token.choices) {
        if (path.compare(from, choice.size(), choice) == 0) ends.push_back(from + choice.size());
      }
      return ends;
    case Kind::kFolders:
      ends.push_back(from);
      for (size_t slash = path.find('/', from); slash != std::string::npos; slash = path.find('/', slash + 1))
        ends.push_back(slash + 1);
      return ends;
    default:
      break;
  }
  if (token.kind == Kind::kStar) ends.push_back(from);
  for (size_t end = from; end < path.size() && fits(token, path[end]); ++end) ends.push_back(end + 1);
  return ends;
}

// A path that is read from its front to its end, and the ways found so far.
struct PathPattern::Search {
  const std::string& path;
  std::vector<std::vector<char>> leads_on;  // [token][at]: what follows can be read from there
  PathParts parts = {};
  std::vector<PathParts> found = {};
  int64_t steps = 0;
};

// From the back, in time that grows with the path's length and not with its square.
void PathPattern::find_dead_ends(Search& search) const {
  using Kind = Token::Kind;
  const std::string& path = search.path;
  search.leads_on.assign(tokens_.size() + 1, std::vector<char>(path.size() + 1, 0));
  search.leads_on.back().back() = 1;
  for (size_t index = tokens_.size(); index-- > 0;) {
    const Token& token = tokens_[index];
    const auto& next = search.leads_on[index + 1];
    auto& own = search.leads_on[index];
    bool later = false;  // whether the token, begun before `at`, can end behind it
    for (size_t at = path.size() + 1; at-- > 0;) {
      const bool inside = at < path.size();
      if (token.kind == Kind::kLiteral || token.kind == Kind::kChoice) {
        for (const size_t end : ends_of(token, path, at)) own[at] = own[at] || next[end];
        continue;
      }
      if (token.kind == Kind::kFolders) {
        later = inside && (later || (path[at] == '/' && next[at + 1]));
      } else {
        later = inside && fits(token, path[at]) && (later || next[at + 1]);
      }
      own[at] = later || ((token.kind == Kind::kFolders || token.kind == Kind::kStar) && next[at]);
    }
  }
}

void PathPattern::go_on(Search& search, size_t index, size_t at) const {
  // Only stars and folders can multiply ways, and a path has a few hundred characters; a pattern of many
  // stars is cut short, and what was found by then counts.
  constexpr int64_t kMostSteps = 200'000;
  if (index == tokens_.size()) {
    if (at == search.path.size() &&
        std::find(search.found.begin(), search.found.end(), search.parts) == search.found.end())
      search.found.push_back(search.parts);
    return;
  }
  const Token& token = tokens_[index];
  for (const size_t end : ends_of(token, search.path, at)) {
    if (search.found.size() >= 2 || ++search.steps > kMostSteps) return;
    if (!search.leads_on[index + 1][end]) continue;
    if (!token.is_part()) {
      go_on(search, index + 1, end);
      continue;
    }
    const std::string value = search.path.substr(at, end - at);
    const auto [known, fresh] = search.parts.emplace(token.text, value);
    if (fresh || known->second == value) go_on(search, index + 1, end);
    if (fresh) search.parts.erase(token.text);
  }
}

std::vector<PathParts> PathPattern::match(const std::string& path) const {
  Search search{path, {}};
  find_dead_ends(search);
  if (search.leads_on.front().front()) go_on(search, 0, 0);
  return std::move(search.found);
}

std::vector<std::string> parts_in(const std::string& text, const std::string& place) {
  std::vector<std::string> names;
  for (size_t at = text.find('{'); at != std::string::npos; at = text.find('{', at + 1)) {
    names.push_back(inside_braces(text, at, place));
    if (!is_part_name(names.back()))
      throw usage_error(place, wrong_name(text, names.back()), "name a part of the patterns: {patient}");
  }
  return names;
}

std::string filled_in(const std::string& text, const PathParts& parts) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    if (text[at] != '{') {
      out += text[at++];
      continue;
    }
    const size_t close = text.find('}', at);
    out += parts.at(text.substr(at + 1, close - at - 1));
    at = close + 1;
  }
  return out;
}

}  // namespace synerbench
