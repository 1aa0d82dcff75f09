// What can befall text, JSON documents, lists and journals.
#include <fmt/format.h>

#include "harness/core/json.h"
#include "tests/app/damage/edit.h"
#include "tests/app/damage/kinds.h"

namespace synerbench::damage {
namespace {

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

}  // namespace

std::vector<Damage> damages_of_text() {
  using S = const std::string&;
  return {
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
  };
}

std::vector<Damage> damages_of_json() {
  using S = const std::string&;
  return {
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
  };
}

std::vector<Damage> damages_of_lines() {
  using S = const std::string&;
  return {
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
}

}  // namespace synerbench::damage
