#include "reference/exchange/authors.h"
#include "reference/exchange/pictures_of.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/core/error.h"
#include "harness/core/file.h"
#include "harness/core/folder_lock.h"
#include "harness/data/png.h"
#include "reference/understanding/prompts.h"

namespace synerbench::reference {
namespace {

constexpr std::string_view kImageMark = "<image>";
constexpr size_t kMostLineBytes = size_t{1} << 22;
constexpr const char* kRecordRemedy = "see docs/understanding.md for the fields";

/// Letters, digits and ".", "-" stay; anything else is written as %XX, so that names stay different.
std::string file_name_of(const std::string& name) {
  std::string out;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte < 128 && (std::isalnum(byte) != 0 || c == '-' || c == '.');
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return out;
}

bool whole_body(const ImageOrigin& origin) { return origin.task.starts_with("wb-"); }

std::string picture_name(const ImageOrigin& origin) {
  std::string name = file_name_of(origin.slice.scan.dataset) + "_" + file_name_of(origin.slice.scan.name);
  if (name.size() > 200)
    name = name.substr(0, 120) + "%" + sha256_hex(origin.slice.scan.text()).substr(0, 32);
  return fmt::format("{}/{}_{:04}.png", slice_folder(origin.modality, whole_body(origin)), name,
                     origin.slice.slice);
}

Json authors_record(const Instance& question, const std::string& id, const std::vector<std::string>& names) {
  std::string text;
  for (const InstanceItem& item : question.items) {
    if (item.learned) continue;
    text += item.kind == PlanItem::Kind::kText ? item.text : std::string(kImageMark);
  }
  Json record = {{"id", id},
                 {"image", names},
                 {"conversations",
                  {{{"from", "human"}, {"value", text}}, {{"from", "gpt"}, {"value", question.answer}}}}};
  if (question.kind == InstanceKind::kCts || question.kind == InstanceKind::kTia) {
    const ImageOrigin &first = question.origins.at(0), &second = question.origins.at(1);
    record["pair"] = {{"src", slice_folder(first.modality, whole_body(first))},
                      {"tgt", slice_folder(second.modality, whole_body(second))}};
  }
  if (!question.origins.empty()) {
    record["case_id"] = question.origins[0].slice.scan.text();
    record["slice_idx"] = question.origins[0].slice.slice;
  }
  record["kind"] = name_of(question.kind);
  return record;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// Text and images of a human turn in their order. Images are counted.
std::vector<InstanceItem> items_of(std::string_view text, size_t& images) {
  std::vector<InstanceItem> items;
  for (;;) {
    const size_t mark = text.find(kImageMark);
    const std::string_view piece = trimmed(text.substr(0, mark));
    if (!piece.empty()) items.push_back({PlanItem::Kind::kText, std::string(piece)});
    if (mark == std::string_view::npos) return items;
    items.push_back({PlanItem::Kind::kVit, {}, images++});
    text.remove_prefix(mark + kImageMark.size());
  }
}

std::optional<Modality> modality_named(const std::string& spoken) {
  for (const Modality modality : all_modalities()) {
    if (spoken_name(modality) == spoken) return modality;
  }
  return std::nullopt;
}

/// The labels of a panel's answer; empty when it is no such object.
std::vector<Modality> panel_labels(const std::string& answer, size_t panels) {
  const auto json = try_parse_json(answer);
  if (!json || !json->is_object() || json->size() != panels || panels > 26) return {};
  std::vector<Modality> labels;
  for (size_t i = 0; i < panels; ++i) {
    const auto it = json->find(option_letter(i));
    const auto label =
        it != json->end() && it->is_string() ? modality_named(it->get<std::string>()) : std::nullopt;
    if (!label) return {};
    labels.push_back(*label);
  }
  return labels;
}

bool is_letter(const std::string& answer) {
  return answer.size() == 1 && answer[0] >= 'A' && answer[0] <= 'Z';
}

InstanceKind guessed_kind(const std::string& answer, size_t images) {
  if (!panel_labels(answer, images).empty()) return InstanceKind::kMiPanel;
  if (is_letter(answer) && images >= 2) return images == 2 ? InstanceKind::kTia : InstanceKind::kCts;
  return images == 1 && modality_named(answer) ? InstanceKind::kMi : InstanceKind::kVqa;
}

/// Lines that begin with a letter and a mark, "A." "B)" "C:", counted from A without a gap.
size_t lettered_lines(const std::vector<InstanceItem>& items) {
  size_t options = 0;
  for (const InstanceItem& item : items) {
    std::string_view rest = item.text;
    while (!rest.empty()) {
      const size_t end = rest.find('\n');
      const std::string_view line = trimmed(rest.substr(0, end));
      const bool option = line.size() > 2 && options < 26 && line[0] == static_cast<char>('A' + options) &&
                          std::string_view(".):").find(line[1]) != std::string_view::npos;
      options += option;
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
  }
  return options;
}

std::pair<std::string, std::string> turns_of(JsonObject& record) {
  std::vector<JsonObject> turns = record.objects("conversations");
  if (turns.size() != 2)
    throw record.error("conversations",
                       fmt::format("{} turns, one of a human and one answer are wanted", turns.size()));
  std::pair<std::string, std::string> texts;
  for (size_t i = 0; i < 2; ++i) {
    const std::string who = i == 0 ? "human" : "gpt";
    if (turns[i].text("from") != who) throw turns[i].error("from", fmt::format("\"{}\" is wanted here", who));
    (i == 0 ? texts.first : texts.second) = turns[i].text("value");
  }
  texts.second = std::string(trimmed(texts.second));
  if (texts.second.empty()) throw record.error("conversations", "the answer is empty");
  return texts;
}

/// Refuses what leads out of the folder of slices.
void check_inside(const std::string& name, const std::string& place) {
  const std::filesystem::path path(name);
  const bool up = std::any_of(path.begin(), path.end(), [](const auto& part) { return part == ".."; });
  if (name.empty() || path.is_absolute() || up || name.find('\0') != std::string::npos)
    throw input_error(place, fmt::format("\"{}\" is no path below the folder of slices", name),
                      "write it as <modality>/<name>.png");
}

void fill_labels(Instance& instance, const std::string& place) {
  if (instance.kind == InstanceKind::kMi) {
    const auto label = modality_named(instance.answer);
    if (!label)
      throw input_error(place, fmt::format("\"{}\" is no modality", instance.answer), kRecordRemedy);
    instance.labels = {*label};
  } else if (instance.kind == InstanceKind::kMiPanel) {
    instance.labels = panel_labels(instance.answer, instance.origins.size());
    if (instance.labels.empty()) {
      throw input_error(
          place, fmt::format("the answer names no modality for each of {} panels", instance.origins.size()),
          kRecordRemedy);
    }
  } else if (instance.kind == InstanceKind::kCts || instance.kind == InstanceKind::kTia) {
    instance.options =
        instance.kind == InstanceKind::kCts ? instance.origins.size() - 1 : lettered_lines(instance.items);
    const size_t answer = is_letter(instance.answer) ? static_cast<size_t>(instance.answer[0] - 'A') : 26;
    if (answer >= instance.options) {
      throw input_error(
          place, fmt::format("the answer \"{}\" is none of {} options", instance.answer, instance.options),
          kRecordRemedy);
    }
  }
}

}  // namespace

std::string slice_folder(Modality modality, bool whole_body) {
  switch (modality) {
    case Modality::kCT:
      return whole_body ? "ct_FDG" : "ct";
    case Modality::kPET:
      return "pet_FDG";
    case Modality::kT1c:
      return "t1ce";
    default:
      return id_of(modality);
  }
}

std::optional<Modality> modality_of_folder(const std::string& folder) {
  std::string word = folder.substr(0, folder.find_first_of("_-"));
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (word == "t1ce") return Modality::kT1c;
  if (word == "mri") return Modality::kMRI;
  for (const Modality modality : all_modalities()) {
    if (id_of(modality) == word) return modality;
  }
  return std::nullopt;
}

ExportCounts export_authors(const std::filesystem::path& folder, const InstanceSource& source) {
  const std::filesystem::path list = folder / "SynerMed.jsonl", slices = folder / "slice";
  const FolderLock lock(folder, "export");
  // Stands there while pictures are written. After a kill it says that they are ours, and not all of them.
  const std::filesystem::path marker = folder / ".making";
  const auto remove = [](const std::filesystem::path& path) {
    std::error_code code;
    std::filesystem::remove_all(path, code);
    if (code)
      throw input_error(path.string(), fmt::format("cannot be removed ({})", code.message()),
                        path_hint(code));
  };
  if (path_exists(marker)) {
    remove_temporary_files(folder);
    // The list is written at the end: where it is there, all is, and only the marker was left.
    remove(path_exists(list) ? marker : slices);
  }
  for (const auto& path : {list, slices}) {
    if (path_exists(path))
      throw usage_error(path.string(), "is there already", "choose another folder, or move it away");
  }
  write_file(marker, "questions are being exported to here\n");
  ExportCounts counts;
  write_file_with(list, [&](const std::filesystem::path& temporary) {
    std::ofstream out(temporary, std::ios::binary);
    while (const auto question = source()) {
      std::vector<std::string> names;
      for (size_t i = 0; i < question->images.size(); ++i) {
        names.push_back(picture_name(question->origins.at(i)));
        const std::filesystem::path path = slices / names.back();
        if (path_exists(path)) continue;
        write_file(path, png_of(question->images[i]));
        ++counts.pictures;
      }
      const std::string id = fmt::format("{}-{:07}", name_of(question->kind), counts.questions++);
      out << synerbench::to_text(authors_record(*question, id, names), -1) << '\n';
    }
    out.flush();
    if (!out) throw input_error(list.string(), "cannot be written", "is the disk full?");
  });
  remove(marker);
  return counts;
}

AuthorsReader::AuthorsReader(const std::filesystem::path& jsonl, std::filesystem::path slices)
    : path_(jsonl), slices_(std::move(slices)) {
  if (!file_exists(jsonl))
    throw usage_error(jsonl.string(), "is no file", "name the file of questions, *.jsonl");
  in_.open(jsonl, std::ios::binary);
  if (!in_) throw input_error(jsonl.string(), "cannot be opened", "check the permissions");
}

std::optional<Instance> AuthorsReader::next() {
  std::string text;
  while (text.empty()) {
    ++line_;
    int c = 0;
    while ((c = in_.get()) != EOF && c != '\n') {
      text.push_back(static_cast<char>(c));
      if (text.size() > kMostLineBytes) {
        throw input_error(fmt::format("{}:{}", path_.string(), line_), "the line is longer than 4 MiB",
                          "is this a file of questions, one JSON object a line?");
      }
    }
    if (in_.bad()) throw input_error(path_.string(), "cannot be read to its end", "check the disk");
    text = std::string(trimmed(text));
    if (c == EOF && text.empty()) return std::nullopt;
  }
  const std::string place = fmt::format("{}:{}", path_.string(), line_);
  return instance_of(parse_json(text, place), place);
}

SliceImage AuthorsReader::picture(const std::string& name, const std::string& place) const {
  check_inside(name, place);
  const std::filesystem::path path = slices_ / name;
  const GrayPicture gray = read_png(read_file(path, size_t{1} << 28), path.string());
  SliceImage image{gray.height, gray.width, {}};
  for (const uint8_t pixel : gray.pixels) image.pixels.push_back(static_cast<float>(pixel / 127.5 - 1));
  return image;
}

Instance AuthorsReader::instance_of(const Json& json, const std::string& place) const {
  JsonObject record(json, place, "", ExitCode::kBadInput, kRecordRemedy);
  const std::vector<std::string> names = record.texts("image");
  const auto [human, answer] = turns_of(record);
  size_t images = 0;
  Instance instance;
  instance.items = items_of(human, images);
  if (images != names.size()) {
    throw record.error("conversations", fmt::format("{} marks <image> for {} images", images, names.size()));
  }
  if (images == 0) throw record.error("image", "a question without an image");
  instance.answer = answer;
  instance.kind =
      record.has("kind") ? record.parsed("kind", parse_question_kind) : guessed_kind(answer, images);
  const std::string scan = record.text_or("case_id", names[0]);
  for (const std::string& name : names) {
    const std::string folder = name.substr(0, name.find('/'));
    const auto modality = modality_of_folder(folder);
    if (!modality) {
      throw record.error("image", fmt::format("the folder \"{}\" names no modality", folder),
                         "folders begin with t1, t1ce, t2, flair, ct, cbct, mr, pet, bssfp or lge");
    }
    instance.images.push_back(picture(name, place));
    instance.origins.push_back({"", *modality, {{"authors", name, scan}, 0}});
  }
  fill_labels(instance, place);
  instance.items.push_back({PlanItem::Kind::kText, answer, 0, true});
  return instance;
}

}  // namespace synerbench::reference
