// Pictures that no scanner made: what a base model sees before it meets a scan. Shapes on textures with their
// captions and questions, and edits of any gray picture by an instruction in words.
//
// Note [Why procedural pictures] The published model starts from one that has learned from the web to answer
// questions about pictures and to change them as it is told. Whether questions about paired scans add to that
// can only be asked of a model that has something like it. A stand-in that everybody can make again, and of
// which it can be said what it has never seen, has to be drawn by a program.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/core/random.h"

namespace synerbench::reference {

struct GrayPicture {
  int64_t height = 0, width = 0;
  std::vector<float> pixels;  // [height, width], in [-1, 1]
};

/// A picture of one to four shapes, every one of another kind, and what can be said of it.
struct DescribedPicture {
  GrayPicture picture;
  // "A large bright disk at the top left and a small dark cross at the bottom on a gray striped ground."
  std::string caption;
  std::string question, answer;  // one of several about this picture
};
/// A function of the side and the random numbers. `side` is at least 16.
DescribedPicture draw_picture(int64_t side, Random& random);

/// A question with lettered options, exactly one of which is right. Or the other way around: what the option
/// with a letter is, in words.
struct LetteredQuestion {
  std::string question;
  std::vector<std::string> options;  // in words; empty where pictures are the options, or a list above it
  size_t correct = 0;                // which option is right, or is asked about
  std::string words = {};            // the answer, when it is not the letter of the option
};
inline constexpr size_t kChoiceOptions = 4;
inline constexpr const char* kChoiceEnd = "Answer with the letter.";

/// Questions with lettered options about the same pictures. Questions about scans come in these forms; a
/// model that never met the forms learns them instead of the scans. Several are asked of the same pictures,
/// because the pictures cost nearly all of a sample's tokens, and a letter is all that is learned from a
/// question. A third of those about four pictures, and half of those about a list, ask for the words of a
/// letter: the same bond between the two, with ten times as many tokens to learn it from.
struct PictureChoice {
  enum class Form {
    kOnePicture,    // options in words
    kFourPictures,  // which of them has what is asked for
    kSameScene,     // which of four shows, in other tones, the scene of the first of five
  };
  Form form = Form::kOnePicture;
  std::vector<GrayPicture> pictures;    // one, four or five
  std::vector<std::string> captions;    // of each picture; not part of the questions
  std::vector<LetteredQuestion> asked;  // one to three
};
/// A function of the side and the random numbers. `side` is at least 16.
PictureChoice draw_choice(int64_t side, Random& random);

/// A list with letters and questions about it, without a picture: how a letter is looked up at all. An option
/// is a shape with all that is said of it, its kind alone or its place alone: what is short is learned first.
/// The first question asks for the whole list: to copy is where looking up begins, and every word of it
/// counts.
struct ListChoice {
  std::vector<std::string> options;     // kChoiceOptions, in words
  std::vector<LetteredQuestion> asked;  // eight, without options of their own
  std::string text() const;             // a line for each option: "A. a disk"
};
ListChoice draw_list_choice(Random& random);

enum class EditChoice {
  kAll,
  kSingleScan,  // keep, blur, denoise: what may be learned from a scan without a partner
};
struct PictureEdit {
  std::string instruction;
  GrayPicture before, after;
};
/// An edit of `picture` in words, one of three wordings, and the picture before and after it. Of "denoise"
/// the picture is what comes out, of all others what goes in.
PictureEdit draw_edit(const GrayPicture& picture, EditChoice choice, Random& random);

/// Names of the edits: "keep", "invert", ...
std::vector<std::string> edit_names(EditChoice choice);

/// Every word of captions, questions and instructions, in lines: what a tokenizer for them is trained on.
std::vector<std::string> picture_corpus();

}  // namespace synerbench::reference
