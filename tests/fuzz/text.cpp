// JSON, lists, lines of CSV, the words for models, and what models' programs and authors say about them.
#include <nlohmann/json.hpp>

#include "baselines/command/frames.h"
#include "harness/core/csv.h"
#include "harness/core/json.h"
#include "harness/core/utf8.h"
#include "harness/data/import/list_file.h"
#include "harness/method/stated_model.h"
#include "harness/run/model_spec.h"
#include "harness/run/outside_model.h"
#include "harness/run/record.h"
#include "tests/fuzz/targets.h"

namespace synerbench::fuzz {
namespace {

// ---- JSON as text

void json_one(std::string_view input) {
  Json json;
  if (!accepted([&] { json = parse_json(input, "input.json"); })) {
    SB_CHECK(!try_parse_json(input), "both readers refuse");
    return;
  }
  SB_CHECK(nlohmann::json::accept(input), "what we take is JSON");
  const std::string text = to_text(json, -1);
  const Json again = parse_json(text, "input.json");
  SB_CHECK(again == json, "written and read again it is the same");
  SB_CHECK(to_text(again, -1) == text, "and is written alike");
  printable(text);
}

Seeds json_seeds() {
  return {{"kinds", R"({"a": [1, -2.5e3, true, false, null, "t\u00e9xt\ud83d\ude00\n"], "b": {"c": {}}})"},
          {"numbers", "[0, -0, 1e308, 5e-324, 18446744073709551615, -9223372036854775808, 0.1]"},
          {"deep", std::string(40, '[') + std::string(40, ']')},
          {"text", "\"\xe2\x82\xac\""}};
}

// ---- what a model's program says

void frames_one(std::string_view input) {
  const auto bytes = std::as_bytes(std::span(input));
  if (bytes.size() >= pipe::kReplyShapeBytes)
    to_text(pipe::read_reply_shape(bytes.first<pipe::kReplyShapeBytes>()));
  if (bytes.size() < pipe::kHeaderBytes) return;
  pipe::FrameHeader header;
  if (!accepted([&] { header = pipe::read_header(bytes.first<pipe::kHeaderBytes>(), "the program"); }))
    return;
  SB_CHECK(header.json_bytes <= pipe::kMostJsonBytes, "no more JSON than is taken");
  SB_CHECK(!name_of(header.kind).empty(), "a kind has a name");
  const std::optional<Json> json =
      try_parse_json(input.substr(pipe::kHeaderBytes).substr(0, header.json_bytes));
  if (!json || !json->is_object()) return;
  StatedModel ready;
  if (!accepted([&] { ready = read_stated_model(*json, "READY"); })) return;
  SB_CHECK(ready.low < ready.high, "a range has an inside");
  const ModelInput wanted = ready.input();
  SB_CHECK(wanted.neighbors >= ModelInput::kWholeVolume && wanted.sources >= 0, "what the harness can give");
}

Seeds frames_seeds() {
  const Json ready{{"label", "Mine"}, {"sources", 2}, {"neighbors", 1},
                   {"low", 0},        {"high", 1},    {"canvas", "64:pad"}};
  return {{"ready", pipe::frame_start(pipe::FrameKind::kReady, ready, 0)},
          {"reply", pipe::frame_start(pipe::FrameKind::kReply, Json::object(), 12) + std::string(12, '\1')}};
}

// ---- what its author says

void outside_model_one(std::string_view input) {
  const auto path = put("model.json", input);
  OutsideModel model;
  if (!accepted([&] { model = read_outside_model(path); })) return;
  const ModelInfo info = info_of(model, "mine");
  SB_CHECK(!info.label.empty() && info.parameters >= 0 && info.network_evaluations >= 0, "what tables print");
  to_text(to_json(info));
}

Seeds outside_model_seeds() {
  return {
      {"full",
       R"({"label": "Mine", "parameters": 12, "network_evaluations": 50, "seconds_per_slice": 0.25, "device": "H100",
    "deterministic": false, "settings": {"steps": 50}, "training": {"seed": 3, "updates": 100, "slices": 800, "batch": 8,
    "covers": "task", "budget": {"kind": "updates", "value": 100}}})"}};
}

// ---- lists

constexpr const char* kEndings[] = {".csv", ".tsv", ".txt", ".json"};

void lists_one(std::string_view input) {
  if (input.empty()) return;
  const std::string ending = kEndings[static_cast<unsigned char>(input.front()) % std::size(kEndings)];
  input.remove_prefix(1);
  const auto path = put("list" + ending, input);
  const ListColumns columns{{"case", "path"}, {"patient", "modality", "group"}};
  std::vector<ListRow> rows;
  if (!accepted([&] { rows = read_list(path, columns); })) return;
  for (const ListRow& row : rows) {
    SB_CHECK(row.cells.size() == 5, "a cell for every column");
    SB_CHECK(!row.cells.at("case").empty() && !row.cells.at("path").empty(), "required cells have a value");
    SB_CHECK(row.place.starts_with(path.string()), "a row names its file");
    for (const auto& [name, cell] : row.cells) decode_utf8_strictly(cell, name);
  }
}

Seeds lists_seeds() {
  return {{"csv",
           "\x04"
           "case,path,patient\np1,a/b.nii,p\n\"p,2\",\"c \"\"d\"\"\",p\n# no\n\n"},
          {"excel", "\x04\xef\xbb\xbfsep=;\r\nCase;Path\r\np1;a.nii\r\n"},
          {"wide", std::string("\x04\xff\xfe"
                               "c\0a\0s\0e\0,\0p\0a\0t\0h\0\n\0a\0,\0b\0\n\0",
                               29)},
          {"tabs",
           "\x05"
           "case\tpath\tgroup\na\tb\tc\n"},
          {"json", "\x07[{\"case\": \"a\", \"path\": \"b\", \"patient\": null}]"}};
}

// ---- one line of CSV, written and read back

bool is_blank(char32_t c) {
  return c == ' ' || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200f) || c == 0x2028 || c == 0x2029 ||
         c == 0x202f || c == 0x205f || c == 0x2060 || c == 0x3000 || c == 0xfeff;
}

/// Not so a cell that the reader of lists means to refuse or to clean, as of blanks around it: those are no
/// promise of the writer.
bool is_plain(std::string_view cell) {
  bool blank_end = true;
  for (size_t at = 0; at < cell.size();) {
    const Utf8Step step = next_utf8(cell.substr(at));
    if (!step.valid || step.code_point < 0x20 || (step.code_point >= 0x7f && step.code_point < 0xa0))
      return false;
    blank_end = is_blank(step.code_point);
    if (at == 0 && blank_end) return false;
    at += step.length;
  }
  return !blank_end;
}

void csv_one(std::string_view input) {
  const std::string_view first = take_until(&input, '\n'), second = input;
  CsvRow row;
  const std::string line = row.text(first).quoted(second).take();
  SB_CHECK(line.ends_with("\n"), "a line has its end");
  if (!is_plain(first) || !is_plain(second)) return;
  std::vector<ListRow> rows;
  const auto path = put("row.csv", "case,path\n" + line);
  if (!accepted([&] { rows = read_list(path, {{"case", "path"}, {}}); }))
    return;  // "NA", a separator alone, ...
  SB_CHECK(rows.size() == 1, "one line is one row");
  const auto is = [&](const char* name, std::string_view text) {
    const std::string& cell = rows[0].cells.at(name);
    return cell == text || cell == "'" + std::string(text);
  };
  SB_CHECK(is("case", first) && is("path", second), "texts come back: " + line);
}

Seeds csv_seeds() {
  return {
      {"plain", "a\nb"}, {"quotes", "a, \"b\"\n=sum(1)"}, {"hash", "#a\n b "}, {"unicode", "\xc3\xa9\n;|\t"}};
}

// ---- model words

void model_words_one(std::string_view input) {
  accepted([&] { parse_model_name(input); });
  ModelSpec spec;
  if (!accepted([&] { spec = parse_model_spec(input); })) return;
  SB_CHECK(!spec.key.empty() && !spec.name.empty(), "a model has a key and a name");
  const ModelSpec again = parse_model_spec(spec.text);
  SB_CHECK(again.text == spec.text && again.name == spec.name && again.path == spec.path &&
               again.options == spec.options && again.inner.size() == spec.inner.size(),
           "its text means the same model");
}

Seeds model_words_seeds() {
  return {{"name", "mean"},
          {"path", "pix2pix:runs/p2p,ema=1"},
          {"options", "constant:physical=0"},
          {"device", "cuda:1:pix2pix:w"},
          {"named", "mine=pix2pix:runs/p2p"},
          {"quoted", "\"My model, \\\"v2\\\" | x\"=pix2pix:w"},
          {"wrapped", "check(pix2pix:w,ema=1, faulty(identity, nan=0.1), tol=1e-3)"}};
}

}  // namespace

Target json() { return {"json", json_one, json_seeds, 2000}; }
Target lists() { return {"lists", lists_one, lists_seeds, 1000}; }
Target csv() { return {"csv", csv_one, csv_seeds, 200}; }
Target frames() { return {"frames", frames_one, frames_seeds, 1000}; }
Target outside_model() { return {"outside_model", outside_model_one, outside_model_seeds, 500}; }
Target model_words() { return {"model_words", model_words_one, model_words_seeds, 300}; }

}  // namespace synerbench::fuzz
