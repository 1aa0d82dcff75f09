// The authors' format of questions, both ways: one JSON object a line, and a folder of slices as PNG
// pictures.
//
//   SynerMed.jsonl
//     {"id": "...", "image": ["t1/....png", ...],
//      "conversations": [{"from": "human", "value": "...<image>..."}, {"from": "gpt", "value": "D"}],
//      "pair": {"src": "t1", "tgt": "t2"}, "case_id": "...", "slice_idx": 31}
//   slice/<modality>/<case>_<slice>.png
//
// Known of it (from the release's loader and evaluation code): the fields, one "<image>" for each entry of
// "image" in their order, five images of a CTS question with the source first, folders t1, t1ce, t2, flair,
// ct_FDG and pet_FDG, and that the loader cuts the human text at "<image>" and trims the pieces. Our choice
// where nothing is known: folders cbct, ct, mr, bssfp and lge for what is not in that list, names of the
// pictures, 8-bit gray with -1 as 0 and 1 as 255, and a field "kind" that other readers may ignore.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "reference/exchange/question_file.h"
#include "reference/understanding/instances.h"

namespace synerbench::reference {

/// The folder of a slice: "t1ce", "pet_FDG", "cbct".
std::string slice_folder(Modality modality, bool whole_body);
/// Of such a folder, or of one whose name begins with a modality as "ct_brain" does. Nothing when it does
/// not.
std::optional<Modality> modality_of_folder(const std::string& folder);

struct ExportCounts {
  int64_t questions = 0, pictures = 0;
};
/// Writes SynerMed.jsonl and slice/ into `folder`. Questions go from `source` to the disk one by one; a slice
/// that several of them show is written once. The pixels of a case and slice are taken to be equal in all
/// tasks. Error(kUsage) when `folder` holds either of them already, or another process exports there. What an
/// export that was killed has left is made anew.
ExportCounts export_authors(const std::filesystem::path& folder, const InstanceSource& source);

/// Reads such a file line by line. Every error names the line: Error(kBadInput).
class AuthorsReader {
 public:
  /// `slices`: what the image paths are relative to.
  AuthorsReader(const std::filesystem::path& jsonl, std::filesystem::path slices);
  /// The next question, with pixels. Its kind is the field "kind", else: a JSON object as the answer is a
  /// panel; a letter is TIA with two images and CTS with more; one image and the name of a modality is MI;
  /// anything else is a question about one slice. The patient is "case_id", else the first picture's path.
  std::optional<Instance> next();

 private:
  Instance instance_of(const Json& record, const std::string& place) const;
  SliceImage picture(const std::string& name, const std::string& place) const;

  std::filesystem::path path_, slices_;
  std::ifstream in_;
  int64_t line_ = 0;
};

}  // namespace synerbench::reference
