#include "reference/pictures/pictures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <span>

namespace synerbench::reference {
namespace {

double mean_of(const GrayPicture& picture) {
  return std::accumulate(picture.pixels.begin(), picture.pixels.end(), 0.0) /
         static_cast<double>(picture.pixels.size());
}
double difference(const GrayPicture& a, const GrayPicture& b) {
  double sum = 0;
  for (size_t i = 0; i < a.pixels.size(); ++i)
    sum += std::abs(static_cast<double>(a.pixels[i] - b.pixels[i]));
  return sum / static_cast<double>(a.pixels.size());
}
double roughness(const GrayPicture& picture) {
  double sum = 0;
  for (int64_t row = 0; row < picture.height; ++row) {
    for (int64_t column = 1; column < picture.width; ++column) {
      const auto at = static_cast<size_t>(row * picture.width + column);
      sum += std::abs(static_cast<double>(picture.pixels[at] - picture.pixels[at - 1]));
    }
  }
  return sum / static_cast<double>(picture.pixels.size());
}

TEST(Pictures, AreAFunctionOfTheirSeedAndStayInTheRange) {
  std::set<std::string> captions;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Random one(seed), two(seed);
    const DescribedPicture a = draw_picture(64, one), b = draw_picture(64, two);
    EXPECT_EQ(a.picture.pixels, b.picture.pixels);
    EXPECT_EQ(a.caption, b.caption);
    EXPECT_EQ(a.picture.pixels.size(), 64u * 64u);
    for (const float pixel : a.picture.pixels) ASSERT_TRUE(pixel >= -1 && pixel <= 1);
    captions.insert(a.caption);
  }
  EXPECT_GT(captions.size(), 195u);
}

TEST(Pictures, ChoicesAskOneToThreeQuestions) {
  std::map<PictureChoice::Form, int> forms;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    Random one(seed), two(seed);
    const PictureChoice a = draw_choice(32, one), b = draw_choice(32, two);
    ++forms[a.form];
    const bool in_words = a.form == PictureChoice::Form::kOnePicture;
    EXPECT_EQ(a.pictures.size(), in_words ? 1u : a.form == PictureChoice::Form::kFourPictures ? 4u : 5u);
    ASSERT_EQ(a.asked.size(), b.asked.size());
    EXPECT_TRUE(a.asked.size() >= 1 && a.asked.size() <= 3);
    std::set<std::string> questions;
    for (size_t i = 0; i < a.asked.size(); ++i) {
      EXPECT_EQ(a.asked[i].question, b.asked[i].question);
      EXPECT_EQ(a.asked[i].correct, b.asked[i].correct);
      EXPECT_LT(a.asked[i].correct, kChoiceOptions);
      questions.insert(a.asked[i].question);
      const auto& options = a.asked[i].options;
      EXPECT_EQ(std::set<std::string>(options.begin(), options.end()).size(), in_words ? kChoiceOptions : 0);
    }
    if (in_words) {
      EXPECT_EQ(questions.size(), a.asked.size()) << "asked twice";
    }
  }
  for (const auto& [form, count] : forms) EXPECT_NEAR(count, 100, 35);
}

TEST(Pictures, TheRightOptionIsTheOnlyOneThatIsTrue) {
  // Captions are held against the pixels below.
  for (uint64_t seed = 0; seed < 400; ++seed) {
    Random random(seed);
    const PictureChoice choice = draw_choice(64, random);
    ASSERT_EQ(choice.captions.size(), choice.pictures.size());
    for (const LetteredQuestion& asked : choice.asked) {
      if (choice.form == PictureChoice::Form::kOnePicture) {
        // "How bright is the disk?", "bright": "a large bright disk at the top".
        EXPECT_THAT(choice.captions[0], testing::HasSubstr(asked.options[asked.correct])) << asked.question;
      } else if (choice.form == PictureChoice::Form::kSameScene) {
        for (size_t i = 0; i < kChoiceOptions; ++i)
          EXPECT_EQ(choice.captions[i + 1] == choice.captions[0], i == asked.correct) << choice.captions[0];
      } else if (!asked.words.empty()) {
        EXPECT_EQ(asked.question,
                  std::string("What does candidate ") + static_cast<char>('A' + asked.correct) + " show?");
        EXPECT_EQ(asked.words, choice.captions[asked.correct]);
      } else {
        std::string fact = asked.question.substr(0, asked.question.size() - 1);
        fact = fact.substr(fact.rfind(" a ") + 3);  // "ring", "striped ground"
        for (size_t i = 0; i < kChoiceOptions; ++i)
          EXPECT_EQ(choice.captions[i].find(" " + fact) != std::string::npos, i == asked.correct)
              << asked.question << " " << choice.captions[i];
      }
    }
  }
}

TEST(Pictures, TheSameSceneComesInOtherTones) {
  int inverted = 0, seen = 0;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    Random random(seed);
    const PictureChoice choice = draw_choice(32, random);
    if (choice.form != PictureChoice::Form::kSameScene) continue;
    ++seen;
    const auto& first = choice.pictures[0].pixels;
    std::vector<double> alike;
    for (size_t i = 1; i < choice.pictures.size(); ++i) {
      // A map of tones leaves equal values equal and their order as it was, or turns it.
      const auto& other = choice.pictures[i].pixels;
      int64_t same = 0, turned = 0;
      for (size_t p = 0; p + 7 < first.size(); ++p) {
        const float a = first[p] - first[p + 7], b = other[p] - other[p + 7];
        const bool both_even = std::abs(a) < 1e-6f && std::abs(b) < 1e-6f;
        same += both_even || a * b > 0;
        turned += both_even || a * b < 0;
      }
      alike.push_back(static_cast<double>(std::max(same, turned)) / static_cast<double>(first.size() - 7));
      if (i == choice.asked[0].correct + 1) {
        EXPECT_GT(alike.back(), 0.999) << seed;
        EXPECT_NE(first, other) << seed;
        inverted += turned > same;
      }
    }
    EXPECT_EQ(std::max_element(alike.begin(), alike.end()) - alike.begin(),
              static_cast<std::ptrdiff_t>(choice.asked[0].correct));
  }
  EXPECT_NEAR(inverted, seen / 2, 25);
}

TEST(Pictures, ListsHaveTheirAnswersInOneOptionOnly) {
  // of the first option: "a large" is a whole one, "a disk" a kind, "at the" a place
  std::set<std::string> starts;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    Random random(seed);
    const ListChoice choice = draw_list_choice(random);
    ASSERT_EQ(choice.options.size(), kChoiceOptions);
    ASSERT_EQ(choice.asked.size(), 8u);
    starts.insert(choice.options[0].substr(0, choice.options[0].find(' ', 3)));
    EXPECT_EQ(choice.asked[0].question, "Repeat the list.");
    EXPECT_EQ(choice.asked[0].words, choice.text());
    EXPECT_TRUE(choice.text().starts_with("A. " + choice.options[0] + "\nB. " + choice.options[1] + "\n"));
    for (const LetteredQuestion& asked : std::span(choice.asked).subspan(1)) {
      if (!asked.words.empty()) {
        EXPECT_EQ(asked.question,
                  std::string("What is option ") + static_cast<char>('A' + asked.correct) + "?");
        EXPECT_EQ(asked.words, choice.options[asked.correct]);
        continue;
      }
      // "Which option has a disk?": "a large bright disk at the top"; "... is at the top?": ends so.
      const bool shape = asked.question.starts_with("Which option has a ");
      const std::string fact = shape ? " " + asked.question.substr(19, asked.question.size() - 20) + " "
                                     : asked.question.substr(16, asked.question.size() - 17);
      for (size_t i = 0; i < kChoiceOptions; ++i) {
        const std::string option = " " + choice.options[i];
        EXPECT_EQ(shape ? (option + " ").find(fact) != std::string::npos : option.ends_with(fact),
                  i == asked.correct)
            << asked.question << " " << option;
      }
    }
  }
  EXPECT_THAT(starts, testing::IsSupersetOf({"a large", "a small", "a disk", "a cross", "at the", "in the"}));
}

/// The tone word of a value in [-1, 1], by the nearest of the five.
std::string tone_of(double pixel) {
  const std::map<double, std::string> tones{
      {0.05, "black"}, {0.27, "dark"}, {0.5, "gray"}, {0.73, "bright"}, {0.95, "white"}};
  std::string best;
  double nearest = 9;
  for (const auto& [value, word] : tones) {
    if (const double d = std::abs((pixel + 1) / 2 - value); d < nearest) nearest = d, best = word;
  }
  return best;
}

TEST(Pictures, ShowWhatTheirCaptionsSay) {
  // A disk alone: its middle has the tone that the caption gives it, where the caption puts it.
  const std::vector<std::string> rows{"top", "", "bottom"}, columns{"left", "", "right"};
  int seen = 0;
  for (uint64_t seed = 0; seed < 4000 && seen < 40; ++seed) {
    Random random(seed);
    const DescribedPicture drawn = draw_picture(64, random);
    if (drawn.caption.find(" and ") != std::string::npos ||
        drawn.caption.find("large") == std::string::npos || drawn.caption.find("disk") == std::string::npos)
      continue;
    const std::string at = drawn.caption.substr(0, drawn.caption.find(" on a "));
    const int row = at.find("top") != std::string::npos ? 0 : at.find("bottom") != std::string::npos ? 2 : 1;
    const int column = at.find(" left") != std::string::npos    ? 0
                       : at.find(" right") != std::string::npos ? 2
                                                                : 1;
    const auto pixel = static_cast<size_t>((row * 64 / 3 + 10) * 64 + column * 64 / 3 + 10);
    EXPECT_THAT(drawn.caption,
                testing::StartsWith("A large " + tone_of(drawn.picture.pixels[pixel]) + " disk"));
    ++seen;
  }
  EXPECT_EQ(seen, 40);
}

TEST(Pictures, AnswersOccurInTheCaptionOrCountTheShapes) {
  std::map<std::string, int> questions;
  for (uint64_t seed = 0; seed < 500; ++seed) {
    Random random(seed);
    const DescribedPicture drawn = draw_picture(32, random);
    ++questions[drawn.question.substr(0, drawn.question.find(' '))];
    if (drawn.question.starts_with("How many")) {
      size_t shapes = 1;
      for (const char* joint : {" and ", ", "}) {
        for (size_t i = drawn.caption.find(joint); i != std::string::npos;
             i = drawn.caption.find(joint, i + 1))
          ++shapes;
      }
      EXPECT_EQ(drawn.answer, (std::vector<std::string>{"zero", "one", "two", "three", "four"}.at(shapes)))
          << drawn.caption;
    } else {
      EXPECT_THAT(drawn.caption, testing::HasSubstr(drawn.answer)) << drawn.question;
    }
  }
  EXPECT_GE(questions.size(), 4u);
}

TEST(Edits, DoWhatTheySay) {
  std::map<std::string, int> seen;
  for (uint64_t seed = 0; seed < 600; ++seed) {
    Random random(seed);
    const GrayPicture picture = draw_picture(64, random).picture;
    const PictureEdit edit = draw_edit(picture, EditChoice::kAll, random);
    ASSERT_EQ(edit.before.pixels.size(), edit.after.pixels.size());
    for (const float pixel : edit.after.pixels) ASSERT_TRUE(pixel >= -1 && pixel <= 1);
    ++seen[edit.instruction];
    const double change = mean_of(edit.after) - mean_of(edit.before);
    if (edit.instruction == "Change nothing.") {
      EXPECT_EQ(edit.before.pixels, edit.after.pixels);
    }
    if (edit.instruction == "Invert the picture.") {
      EXPECT_NEAR(mean_of(edit.after), -mean_of(edit.before), 1e-6);
    }
    if (edit.instruction == "Lighten it.") {
      EXPECT_GT(change, 0);
    }
    if (edit.instruction == "Dim it.") {
      EXPECT_LT(change, 0);
    }
    if (edit.instruction == "Blur the picture.") {
      EXPECT_LT(roughness(edit.after), roughness(edit.before));
    }
    if (edit.instruction == "Sharpen the picture.") {
      EXPECT_GE(roughness(edit.after), roughness(edit.before));
    }
    if (edit.instruction == "Remove the noise.") {
      EXPECT_EQ(edit.after.pixels, picture.pixels);
      EXPECT_GT(difference(edit.before, edit.after), 0.02);
    }
  }
  EXPECT_GT(seen.size(), 40u) << "eleven edits in three wordings, one of them with tones";
}

TEST(Edits, RecolorOneToneAndKeepTheRest) {
  GrayPicture picture{1, 5, {}};
  for (const double value : {0.05, 0.27, 0.5, 0.73, 0.95})
    picture.pixels.push_back(static_cast<float>(2 * value - 1));
  int seen = 0;
  for (uint64_t seed = 0; seed < 2000; ++seed) {
    Random random(seed);
    const PictureEdit edit = draw_edit(picture, EditChoice::kAll, random);
    if (edit.instruction != "Make everything gray white.") continue;
    ++seen;
    for (const size_t i : {0, 1, 3, 4}) EXPECT_NEAR(edit.after.pixels[i], picture.pixels[i], 1e-6);
    EXPECT_NEAR(edit.after.pixels[2], picture.pixels[4], 1e-6);
  }
  EXPECT_GT(seen, 0);
}

TEST(Edits, OfSingleScansCannotTeachASynthesis) {
  EXPECT_THAT(edit_names(EditChoice::kSingleScan), testing::UnorderedElementsAre("keep", "blur", "denoise"));
  EXPECT_EQ(edit_names(EditChoice::kAll).size(), 11u);
}

TEST(Pictures, EveryWordIsInTheCorpus) {
  std::set<std::string> words;
  const auto split = [](const std::string& text, auto&& use) {
    std::string word;
    for (const char c : text + " ") {
      if (std::isalpha(static_cast<unsigned char>(c))) {
        word += c;
      } else if (!word.empty()) {
        use(word);
        word.clear();
      }
    }
  };
  for (const std::string& line : picture_corpus())
    split(line, [&](const std::string& word) { words.insert(word); });
  for (uint64_t seed = 0; seed < 300; ++seed) {
    Random random(seed);
    const DescribedPicture drawn = draw_picture(16, random);
    const PictureEdit edit = draw_edit(drawn.picture, EditChoice::kAll, random);
    for (const std::string& text : {drawn.caption.substr(1), drawn.question, drawn.answer, edit.instruction})
      split(text, [&](const std::string& word) { EXPECT_TRUE(words.contains(word)) << word; });
  }
}

}  // namespace
}  // namespace synerbench::reference
