// A configuration written once: a table of fields from which reader, writer, help, documentation and "did you
// mean" follow.
//
//     const Schema<Config>& schema() {
//       static const Schema<Config> table = [] {
//         Schema<Config> s;
//         s.preset("preset", &Config::preset, {{"official", Config{}}, {"tiny", tiny()}}, "gives the other
//           fields their defaults");
//         s.integer("ngf", &Config::ngf, 1, 512, "channels of the generator's first layer");
//         s.number("lr", &Config::lr, kPositive, "Adam's learning rate");
//         s.choice("bn_inference", &Config::batch_stats, {{"batch_stats", true}, {"running_stats", false}},
//           "statistics of batch norm").option();
//         s.check([](Config& c, const FieldPlace& at) { if (c.ngf % 2) throw at.error("ngf", "odd", "take an
//           even number"); });
//         return s;
//       }();
//       return table;
//     }
//     Config config = schema().read(json, "pix2pix configuration");
//     Json complete = schema().write(config);
//
// Note [Access to a field]. A field is named by anything that std::invoke turns into a reference to its
// value: a pointer to a member, or a lambda [](Config& c) -> double& { return c.plateau.lr; } for a value
// that lies deeper.
#pragma once

#include <array>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "harness/core/error.h"
#include "harness/core/json.h"
#include "harness/core/modality.h"

namespace synerbench {

/// Bounds of a number. The text of each is what help and errors show.
struct Range {
  double low = -std::numeric_limits<double>::infinity(), high = std::numeric_limits<double>::infinity();
  bool low_open = false, high_open = false;  // whether the bound itself is left out
  bool contains(double value) const;
  std::string text() const;                 // "above 0", "at least 0", "in [0, 1)", "any"
  std::string problem(double value) const;  // "0 is not above 0"
};
inline constexpr Range kAnyNumber{};
inline constexpr Range kPositive{0, std::numeric_limits<double>::infinity(), true, false};
inline constexpr Range kNotNegative{0, std::numeric_limits<double>::infinity(), false, false};
inline constexpr Range kBelowOne{0, 1, false, true};
inline constexpr Range kShare{0, 1, false, false};

/// Bounds of a list of whole numbers.
struct ListBounds {
  int64_t lowest = 1, highest = 1024;  // of an item
  size_t fewest = 0, most = 8;         // items
};

/// One field, as help, documentation and errors show it.
struct FieldInfo {
  std::string name;  // "lr"; of a field inside an object: "tokenizer.lr"
  // "number above 0", "whole number, 1 .. 512", "batch_stats or running_stats", "on or off"
  std::string type;
  std::string fallback;  // the default as JSON text, a text without its quotes; of the first preset
  std::string meaning;
  std::vector<std::pair<std::string, std::string>> other_presets =
      {};  // those with another default, and that default
  // may be given when trained weights are loaded, too (synerbench run --model name:DIR,field=value)
  bool option = false;
  bool changes_numbers = true;  // false: speed or memory only
};

/// A Markdown table of fields: name, values, default, meaning.
std::string to_markdown(const std::vector<FieldInfo>& fields);
/// Names of the fields that are options.
std::vector<std::string> option_names(const std::vector<FieldInfo>& fields);

/// The value that a text on a command line stands for: true, false, a number, a list in brackets, else the
/// text itself.
Json value_of_text(const std::string& text);

/// Where a configuration was read from: makes errors of the right kind at one of its fields.
class FieldPlace {
 public:
  explicit FieldPlace(const JsonObject& object) : object_(&object) {}
  Error error(const std::string& field, std::string problem, std::string hint = "") const;

 private:
  const JsonObject* object_;
};

namespace detail {
// Untyped readers behind Schema, so that the template stays thin.
double read_number(JsonObject& object, const std::string& name, double fallback, const Range& range);
std::vector<int64_t> read_integers(JsonObject& object, const std::string& name,
                                   const std::vector<int64_t>& fallback, const ListBounds& bounds);
std::optional<std::array<Modality, 2>> read_modality_pair(
    JsonObject& object, const std::string& name, const std::optional<std::array<Modality, 2>>& fallback);
std::string list_of_words(const std::vector<std::string>& words);  // "a, b or c"
std::string value_text(const Json& value);                         // as FieldInfo::fallback shows it
}  // namespace detail

template <class T>
class Schema {
 public:
  /// A row of the table.
  struct Field {
    FieldInfo info;
    // leaves the value alone when the object does not have the field
    std::function<void(T&, JsonObject&)> read;
    std::function<void(T&, Json&)> write;  // puts the field into the object
    // of objects: their fields, names with the object's in front
    std::function<std::vector<FieldInfo>(T&)> inner;
  };

  /// Marks the field that was added last as one that may be exchanged when trained weights are loaded.
  Schema& option() {
    fields_.back().info.option = true;
    return *this;
  }
  /// Marks the field that was added last as one that can change no number.
  Schema& speed_only() {
    fields_.back().info.changes_numbers = false;
    return *this;
  }
  /// The field that was added last exists only where `holds` is true of what stands before it in the table:
  /// elsewhere it is not written, and giving it is an error with this problem and hint.
  Schema& only_if(std::function<bool(const T&)> holds, std::string problem, std::string hint) {
    Field& field = fields_.back();
    field.read = [read = field.read, holds, problem, hint, name = field.info.name](T& value,
                                                                                   JsonObject& object) {
      if (holds(value)) return read(value, object);
      if (object.has(name)) throw object.error(name, problem, hint);
    };
    field.write = [write = field.write, holds](T& value, Json& json) {
      if (holds(value)) write(value, json);
    };
    return *this;
  }

  /// The field that picks the values all others start from. The first preset is the default.
  template <class Access>
  Schema& preset(const std::string& name, Access access, std::vector<std::pair<std::string, T>> presets,
                 const std::string& meaning) {
    presets_ = std::move(presets);
    std::vector<std::string> names;
    for (auto& [key, value] : presets_) {
      std::invoke(access, value) = key;
      names.push_back(key);
    }
    preset_field_ = name;
    preset_names_ = names;
    // Read before all others, by read().
    return add(
        {name, detail::list_of_words(names), "", meaning},
        [name](T&, JsonObject& object) { object.text_or(name, ""); },
        [access](T& value) { return Json(std::invoke(access, value)); });
  }

  template <class Access>
  Schema& integer(const std::string& name, Access access, int64_t lowest, int64_t highest,
                  const std::string& meaning) {
    const std::string type =
        highest == std::numeric_limits<int64_t>::max() || highest >= (int64_t{1} << 40)
            ? "whole number, at least " + std::to_string(lowest)
            : "whole number, " + std::to_string(lowest) + " .. " + std::to_string(highest);
    return add(
        {name, type, "", meaning},
        [=](T& value, JsonObject& object) {
          auto& field = std::invoke(access, value);
          field = static_cast<std::decay_t<decltype(field)>>(
              object.integer_or(name, static_cast<int64_t>(field), lowest, highest));
        },
        [access](T& value) { return Json(std::invoke(access, value)); });
  }

  template <class Access>
  Schema& number(const std::string& name, Access access, const Range& range, const std::string& meaning) {
    return add(
        {name, "number" + (range.text() == "any" ? "" : " " + range.text()), "", meaning},
        [=](T& value, JsonObject& object) {
          double& field = std::invoke(access, value);
          field = detail::read_number(object, name, field, range);
        },
        [access](T& value) { return Json(std::invoke(access, value)); });
  }

  template <class Access>
  Schema& text(const std::string& name, Access access, const std::string& meaning) {
    return add(
        {name, "text", "", meaning},
        [=](T& value, JsonObject& object) {
          std::string& field = std::invoke(access, value);
          field = object.text_or(name, field);
        },
        [access](T& value) { return Json(std::invoke(access, value)); });
  }

  /// true or false in JSON.
  template <class Access>
  Schema& boolean(const std::string& name, Access access, const std::string& meaning) {
    return add(
        {name, "true or false", "", meaning},
        [=](T& value, JsonObject& object) {
          bool& field = std::invoke(access, value);
          field = object.boolean_or(name, field);
        },
        [access](T& value) { return Json(std::invoke(access, value)); });
  }

  /// Words for the values of an enum or a bool.
  template <class Access, class Value = std::decay_t<std::invoke_result_t<Access&, T&>>>
  Schema& choice(const std::string& name, Access access,
                 std::type_identity_t<std::vector<std::pair<std::string, Value>>> words,
                 const std::string& meaning) {
    std::vector<std::string> names;
    for (const auto& word : words) names.push_back(word.first);
    const auto word_of = [words](const Value& value) {
      for (const auto& [word, meant] : words) {
        if (meant == value) return word;
      }
      check_failed("every value has a word", __FILE__, __LINE__, "");
    };
    return add(
        {name, detail::list_of_words(names), "", meaning},
        [=](T& value, JsonObject& object) {
          auto& field = std::invoke(access, value);
          const std::string word = object.choice_or(name, names, word_of(field));
          for (const auto& [known, meant] : words) {
            if (known == word) field = meant;
          }
        },
        [=](T& value) { return Json(word_of(std::invoke(access, value))); });
  }
  /// A list of allowed texts, kept as a text.
  template <class Access>
  Schema& word(const std::string& name, Access access, const std::vector<std::string>& allowed,
               const std::string& meaning) {
    return add(
        {name, detail::list_of_words(allowed), "", meaning},
        [=](T& value, JsonObject& object) {
          std::string& field = std::invoke(access, value);
          field = object.choice_or(name, allowed, field);
        },
        [access](T& value) { return Json(std::invoke(access, value)); });
  }
  /// "on" or "off".
  template <class Access>
  Schema& on_off(const std::string& name, Access access, const std::string& meaning) {
    return choice(name, access, {{"on", true}, {"off", false}}, meaning);
  }

  template <class Access>
  Schema& integers(const std::string& name, Access access, const ListBounds& bounds,
                   const std::string& meaning) {
    return add(
        {name,
         "list of whole numbers, " + std::to_string(bounds.lowest) + " .. " + std::to_string(bounds.highest),
         "", meaning},
        [=](T& value, JsonObject& object) {
          auto& field = std::invoke(access, value);
          field = detail::read_integers(object, name, field, bounds);
        },
        [access](T& value) { return Json(std::invoke(access, value)); });
  }
  template <class Access>
  Schema& texts(const std::string& name, Access access, const std::string& meaning) {
    return add(
        {name, "list of texts", "", meaning},
        [=](T& value, JsonObject& object) {
          auto& field = std::invoke(access, value);
          field = object.texts_or(name, field);
        },
        [access](T& value) { return Json(std::invoke(access, value)); });
  }
  /// Two different modalities, ["MRI", "CT"], in a std::optional<std::array<Modality, 2>>. While there is
  /// none, [] is written, or nothing.
  enum class WhileEmpty { kNothing, kBrackets };
  template <class Access>
  Schema& modality_pair(const std::string& name, Access access, const std::string& meaning,
                        WhileEmpty while_empty = WhileEmpty::kNothing) {
    Field field;
    field.info = {name, "two modalities, [\"MRI\", \"CT\"]", "", meaning};
    field.read = [=](T& value, JsonObject& object) {
      auto& pair = std::invoke(access, value);
      pair = detail::read_modality_pair(object, name, pair);
    };
    field.write = [=](T& value, Json& json) {
      if (const auto& pair = std::invoke(access, value))
        json[name] = {name_of((*pair)[0]), name_of((*pair)[1])};
      else if (while_empty == WhileEmpty::kBrackets)
        json[name] = Json::array();
    };
    fields_.push_back(std::move(field));
    return *this;
  }

  /// An object {...} of its own type with its own table.
  template <class Access, class Inner>
  Schema& object(const std::string& name, Access access, const Schema<Inner>& inner,
                 const std::string& meaning) {
    Field field;
    field.info = {name, "object", "", meaning};
    field.read = [=](T& value, JsonObject& object) {
      if (object.mark(name)) {
        JsonObject child = object.object(name);
        inner.read_fields(std::invoke(access, value), child);
        child.done();
        inner.run_checks(std::invoke(access, value), child);
      }
    };
    field.write = [=](T& value, Json& json) { json[name] = inner.write(std::invoke(access, value)); };
    field.inner = [=](T& value) { return inner.fields(std::invoke(access, value), name + "."); };
    fields_.push_back(std::move(field));
    return *this;
  }
  /// The fields of a part, at this level: {"width": ...} of a network inside the model's own object.
  template <class Access, class Inner>
  Schema& part(Access access, const Schema<Inner>& inner) {
    for (const auto& row : inner.rows()) {
      Field field;
      field.info = row.info;
      field.read = [=](T& value, JsonObject& object) { row.read(std::invoke(access, value), object); };
      field.write = [=](T& value, Json& json) { row.write(std::invoke(access, value), json); };
      if (row.inner) field.inner = [=](T& value) { return row.inner(std::invoke(access, value)); };
      fields_.push_back(std::move(field));
    }
    for (const auto& one : inner.checks())
      checks_.push_back([=](T& value, const FieldPlace& at) { one(std::invoke(access, value), at); });
    return *this;
  }
  /// A field no other kind fits: `read` leaves the value alone when the object does not have it.
  Schema& custom(const std::string& name, const std::string& type, const std::string& meaning,
                 std::function<void(T&, JsonObject&)> read, std::function<Json(T&)> write) {
    return add({name, type, "", meaning}, std::move(read), std::move(write));
  }
  /// Runs after all fields were read: refuses what does not fit together, and sets what follows from the
  /// fields.
  Schema& check(std::function<void(T&, const FieldPlace&)> rule) {
    checks_.push_back(std::move(rule));
    return *this;
  }

  /// Fields that the object leaves out keep the value of its preset, or of `base` where the table has no
  /// presets. Unknown fields and values that do not fit: an Error of `kind` at "<place>: /<field>". kUsage
  /// for what a person wrote, kBadInput for what a program wrote.
  T read(const Json& json, const std::string& place, T base = {}, ExitCode kind = ExitCode::kUsage) const {
    JsonObject object(json, place, "", kind);
    if (!presets_.empty()) base = preset_value(object);
    read_fields(base, object);
    object.done();
    run_checks(base, object);
    return base;
  }
  Json write(const T& value) const {
    T copy = value;
    Json json = Json::object();
    for (const Field& field : fields_) field.write(copy, json);
    return json;
  }
  /// The value of a preset, the first one for an empty name.
  T preset_named(const std::string& name = "") const {
    for (const auto& [key, value] : presets_) {
      if (name.empty() || key == name) return value;
    }
    return {};
  }
  const std::vector<std::string>& preset_names() const { return preset_names_; }
  /// Every field, those inside objects included; defaults are those of the first preset, or of T{}.
  std::vector<FieldInfo> fields() const {
    std::vector<FieldInfo> list = fields(preset_named());
    for (size_t p = 1; p < presets_.size(); ++p) {
      const std::vector<FieldInfo> other = fields(presets_[p].second);
      for (size_t i = 0; i < list.size(); ++i) {
        if (list[i].name != preset_field_ && other[i].fallback != list[i].fallback)
          list[i].other_presets.emplace_back(presets_[p].first, other[i].fallback);
      }
    }
    return list;
  }
  std::vector<FieldInfo> fields(T shown, const std::string& prefix = "") const {
    std::vector<FieldInfo> list;
    for (const Field& field : fields_) {
      if (field.inner) {
        for (FieldInfo inner : field.inner(shown)) {
          inner.name = prefix + inner.name;
          list.push_back(std::move(inner));
        }
        continue;
      }
      Json json = Json::object();
      field.write(shown, json);
      list.push_back(field.info);
      list.back().name = prefix + field.info.name;
      if (!json.empty()) list.back().fallback = detail::value_text(json.front());
    }
    return list;
  }
  /// Names of the fields that may be exchanged when weights are loaded.
  std::vector<std::string> options() const { return option_names(fields()); }

  const std::vector<Field>& rows() const { return fields_; }
  const std::vector<std::function<void(T&, const FieldPlace&)>>& checks() const { return checks_; }
  void read_fields(T& value, JsonObject& object) const {
    for (const Field& field : fields_) field.read(value, object);
  }
  void run_checks(T& value, const JsonObject& object) const {
    for (const auto& one : checks_) one(value, FieldPlace(object));
  }

 private:
  Schema& add(FieldInfo info, std::function<void(T&, JsonObject&)> read, std::function<Json(T&)> write) {
    Field field;
    field.info = std::move(info);
    field.read = std::move(read);
    field.write = [write = std::move(write), name = field.info.name](T& value, Json& json) {
      json[name] = write(value);
    };
    fields_.push_back(std::move(field));
    return *this;
  }
  T preset_value(JsonObject& object) const {
    return preset_named(object.choice_or(preset_field_, preset_names_, preset_names_.front()));
  }

  std::vector<Field> fields_;
  std::vector<std::function<void(T&, const FieldPlace&)>> checks_;
  std::vector<std::pair<std::string, T>> presets_;
  std::string preset_field_;
  std::vector<std::string> preset_names_;
};

}  // namespace synerbench
