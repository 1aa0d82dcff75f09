// JSON with stable key order (nlohmann::ordered_json), strict readers, and no silent NaN.
#pragma once

#include <filesystem>
#include <initializer_list>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "harness/core/error.h"

namespace synerbench {

using Json = nlohmann::ordered_json;

/// What a document may be at most. The size is looked at before anything is read, the depth while it is read.
inline constexpr size_t kMostJsonBytes = size_t{1} << 29;
inline constexpr size_t kMostJsonLevels = 200;  // lists and objects inside each other; ours have 8

/// Parses a file; a syntax error becomes Error(kBadInput), or one of `kind`, with file, line and column. So
/// do a key that appears twice in an object, a byte 0, a number that no double holds, and a document beyond
/// the limits. The time is linear in the size of the text, whatever it holds.
Json read_json(const std::filesystem::path& path);
Json parse_json(std::string_view text, const std::string& place, ExitCode kind = ExitCode::kBadInput);
/// The same for text that may be anything: nothing instead of an error.
std::optional<Json> try_parse_json(std::string_view text);
/// JSON as an option of a command line gives it: a text that begins with "{" is JSON itself, another one
/// names a file. `place` is where errors of the text are.
Json json_of_option(const std::string& text, const std::string& place);

/// Text with round-trip doubles. A NaN or infinity anywhere is a bug of ours (check fails), never "null".
/// indent < 0: one line.
std::string to_text(const Json& json, int indent = 1);

/// Writes `to_text(json) + "\n"` through write_file.
void write_json(const std::filesystem::path& path, const Json& json, int indent = 1);

/// Strict access to one JSON object: every key must be asked for, every type must fit, else
/// an Error "file: /tasks/3/target: unknown modality "T1C"" with a hint.
///
///     JsonObject o(json, "suites/mine.json", "/tasks/3");
///     auto id = o.text("id");                       // required
///     auto plane = o.text_or("plane", "axial");     // optional
///     auto target = o.choice("target", {"CT", "MRI"});
///     o.done();                                     // unknown keys are errors, with "did you mean"
class JsonObject {
 public:
  /// `kind` is that of every error of this object and of the objects inside it: kUsage for what a person
  /// wrote (a suite, a command line), kBadInput for what a program wrote (weights, manifests, journals),
  /// where a wrong field means damage. `remedy`, a literal, says what to do about such damage; it ends the
  /// hint of every one of these errors.
  JsonObject(const Json& json, std::string file, std::string pointer, ExitCode kind = ExitCode::kUsage,
             const char* remedy = "");
  bool has(const std::string& key) const;
  bool mark(const std::string& key);  // has(), and the key counts as known even when it is not there
  std::string text(const std::string& key);
  std::string text_or(const std::string& key, std::string fallback);
  /// A name, label or title: see is_line() in error.h.
  std::string line(const std::string& key);
  std::string line_or(const std::string& key, std::string fallback);
  std::string choice(const std::string& key, const std::vector<std::string>& allowed);
  std::string choice_or(const std::string& key, const std::vector<std::string>& allowed,
                        std::string fallback);
  int64_t integer(const std::string& key, int64_t lowest = std::numeric_limits<int64_t>::min(),
                  int64_t highest = std::numeric_limits<int64_t>::max());
  int64_t integer_or(const std::string& key, int64_t fallback,
                     int64_t lowest = std::numeric_limits<int64_t>::min(),
                     int64_t highest = std::numeric_limits<int64_t>::max());
  double number(const std::string& key);
  double number_or(const std::string& key, double fallback);
  bool boolean_or(const std::string& key, bool fallback);
  std::vector<std::string> texts(const std::string& key);
  std::vector<std::string> texts_or(const std::string& key, std::vector<std::string> fallback);
  /// What parse(text, place) makes of a text. An Error that it throws becomes one of this object's at the
  /// key.
  template <class Parse>
  auto parsed(const std::string& key, Parse&& parse) {
    const std::string value = text(key);
    try {
      return parse(value, where(key));
    } catch (const Error& problem) {
      throw error(key, problem.problem(), problem.hint());
    }
  }
  JsonObject object(const std::string& key);
  std::vector<JsonObject> objects(const std::string& key);  // an array of objects
  const Json& raw(const std::string& key);                  // any type; marks the key as used
  std::string where(const std::string& key) const;          // "file: /pointer/key"
  /// An error of this object's kind at one of its keys; an empty key means the object itself.
  Error error(const std::string& key, std::string problem, std::string hint = "") const;
  ExitCode kind() const { return kind_; }
  void done() const;

 private:
  const Json* find(const std::string& key) const;  // nullptr when it is not there
  const Json& require(const std::string& key);
  const Json* json_;
  std::string file_, pointer_;
  ExitCode kind_;
  const char* remedy_;
  std::vector<std::string> used_;
  // of an object with many keys, made when the first is asked for: Json itself searches key by key
  mutable std::shared_ptr<const std::unordered_map<std::string_view, const Json*>> index_;
};

}  // namespace synerbench
