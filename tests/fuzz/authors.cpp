// PNG pictures, and the authors' questions, which are JSON lines that name such pictures.
#include "reference/exchange/authors.h"

#include <fmt/format.h>
#include <zlib.h>

#include "harness/data/png.h"
#include "reference/understanding/answers.h"
#include "reference/understanding/prompts.h"
#include "tests/fuzz/targets.h"

namespace synerbench::fuzz {
namespace {

// ---- PNG pictures

/// The same picture with the checksums that its parts should have: a change behind them is looked at, too.
std::string with_right_checksums(std::string bytes) {
  for (size_t at = 8; at + 12 <= bytes.size();) {
    size_t length = 0;
    for (size_t i = 0; i < 4; ++i) length = (length << 8) | static_cast<unsigned char>(bytes[at + i]);
    if (length > bytes.size() - at - 12) break;
    const auto sum =
        ::crc32(0, reinterpret_cast<const Bytef*>(bytes.data() + at + 4), static_cast<uInt>(4 + length));
    for (size_t i = 0; i < 4; ++i) bytes[at + 8 + length + i] = static_cast<char>(sum >> (24 - 8 * i));
    at += 12 + length;
  }
  return bytes;
}

void read_picture(std::string_view bytes) {
  accepted([&] {
    const GrayPicture picture = read_png(bytes, "a.png");
    SB_CHECK(picture.height >= 1 && picture.width >= 1, "a picture has sides");
    SB_CHECK(picture.pixels.size() == static_cast<size_t>(picture.height * picture.width), "and its pixels");
    const GrayPicture again = read_png(png_bytes(picture.pixels, picture.height, picture.width), "again");
    SB_CHECK(again.pixels == picture.pixels, "written and read again it is the same");
  });
}

void png_one(std::string_view input) {
  read_picture(input);
  const std::string repaired = with_right_checksums(std::string(input));
  if (repaired != input) read_picture(repaired);
}

void append_number(std::string& bytes, uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(value >> shift));
}
void append_part(std::string& bytes, const std::string& type, const std::string& body) {
  append_number(bytes, static_cast<uint32_t>(body.size()));
  bytes += type + body + std::string(4, '\0');
}
std::string picture_of(uint8_t depth, uint8_t color, size_t row_bytes, const std::string& palette = "") {
  std::string header, rows;
  append_number(header, 4);
  append_number(header, 3);
  header += {static_cast<char>(depth), static_cast<char>(color), 0, 0, 0};
  for (char filter = 0; filter < 3; ++filter) {
    rows.push_back(static_cast<char>(filter + 2));
    for (size_t i = 0; i < row_bytes; ++i) rows.push_back(static_cast<char>(17 * i + 5));
  }
  std::string packed(::compressBound(rows.size()), '\0');
  uLongf length = packed.size();
  ::compress(reinterpret_cast<Bytef*>(packed.data()), &length, reinterpret_cast<const Bytef*>(rows.data()),
             rows.size());
  packed.resize(length);
  std::string bytes = "\x89PNG\r\n\x1a\n";
  append_part(bytes, "IHDR", header);
  if (!palette.empty()) append_part(bytes, "PLTE", palette);
  append_part(bytes, "IDAT", packed);
  append_part(bytes, "IEND", "");
  return with_right_checksums(bytes);
}

std::string ours() {
  const std::vector<uint8_t> pixels{0, 50, 100, 150, 200, 255};
  return png_bytes(pixels, 2, 3);
}

Seeds png_seeds() {
  return {{"gray-8", ours()},
          {"gray-1", picture_of(1, 0, 1)},
          {"gray-16", picture_of(16, 0, 8)},
          {"color-8", picture_of(8, 2, 12)},
          {"palette-4", picture_of(4, 3, 2, "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKL")},
          {"color-alpha-16", picture_of(16, 6, 32)}};
}

// ---- questions: lines; what follows byte 0x1e is one of the pictures

constexpr char kMark = '\x1e';

void authors_one(std::string_view input) {
  const auto path = put("authors/questions.jsonl", take_until(&input, kMark));
  for (const char* picture : {"t1/a.png", "t1ce/a.png", "ct_brain/a.png", "pet_FDG/a.png"})
    put(std::string("authors/") + picture, ours());
  put("authors/t2/a.png", input.empty() ? std::string_view(ours()) : input);
  accepted([&] {
    reference::AuthorsReader reader(path, desk() / "authors");
    for (int64_t number = 0;; ++number) {
      const auto question = reader.next();
      if (!question) break;
      SB_CHECK(question->images.size() == question->origins.size(), "an origin for every image");
      for (const auto& item : question->items) {
        SB_CHECK(item.kind == reference::PlanItem::Kind::kText || item.image < question->images.size(),
                 "an item shows an image that is there");
      }
      question->subjects();
      reference::chosen_option(*question, question->answer);
      const double score = reference::score_answer(*question, question->answer);
      SB_CHECK(score >= 0 && score <= 1, "a share");
      to_text(reference::question_record(*question, number), -1);
    }
  });
}

Seeds authors_seeds() {
  const auto line = [](const std::string& images, const std::string& human, const std::string& answer,
                       const std::string& more = "") {
    return R"({"id": "1", "image": [)" + images + R"(], "conversations": [{"from": "human", "value": ")" +
           human + R"("}, {"from": "gpt", "value": ")" + answer +
           R"("}], "pair": {"src": "t1", "tgt": "t2"}, "case_id": "p", "slice_idx": 31)" + more + "}\n";
  };
  const std::string two = R"("t1/a.png", "t2/a.png")";
  return {
      {"tia", line(two, "From <image> to <image>? A. T1 to T2 B. T2 to T1", "A")},
      {"cts", line(two + R"(, "t2/a.png", "t1ce/a.png")",
                   "Source <image> which? A <image> B <image> C <image>", "C", R"(, "kind": "cts")")},
      {"mi",
       line(R"("ct_brain/a.png")", "Which is <image>?", std::string(reference::spoken_name(Modality::kCT)))},
      {"panel", line(R"("t1/a.png", "pet_FDG/a.png")", "<image> <image>",
                     fmt::format(R"({{\"A\": \"{}\", \"B\": \"{}\"}})", reference::spoken_name(Modality::kT1),
                                 reference::spoken_name(Modality::kPET)))},
      {"two-lines",
       line(two, "<image><image>", "B") + "\n" + line(R"("t2/a.png")", "<image>", "axial") + kMark + ours()}};
}

}  // namespace

Target png() { return {"png", png_one, png_seeds, 600}; }
Target authors() { return {"authors", authors_one, authors_seeds, 2500}; }

}  // namespace synerbench::fuzz
