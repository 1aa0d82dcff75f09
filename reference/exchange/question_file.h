// Questions as a text file of ours: a header, then one JSON object a line, without pixels (*.jsonl; schema
// synerbench/questions, version 1).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "harness/core/json.h"
#include "reference/understanding/instances.h"

namespace synerbench::reference {

/// Questions, one after another; nothing when there are no more.
using InstanceSource = std::function<std::optional<Instance>()>;

/// A question as a line of such a file: number, kind, images with their origin, texts and images in reading
/// order, answer, options, and what is recorded of it. No pixels.
Json question_record(const Instance& question, int64_t number);
/// The line such a file begins with. `provenance`: of what the questions were made.
Json questions_header(const Json& provenance);

/// Writes the header and a line for each question, numbered from 0; questions go from `source` to the disk
/// one by one, and `file` appears when the last one is written. Gives the number of questions of each kind,
/// by the kind's name. Error(kInterrupted) between two questions after an interrupt; Error(kBadInput) for a
/// file that cannot be written.
std::map<std::string, int64_t> write_question_file(const std::filesystem::path& file, const Json& provenance,
                                                   const InstanceSource& source);

/// A question for people, a line for each thing that is read, "[image: MRI brats/B1:12]" for a slice, and its
/// answer. Ends with a new line.
std::string read_out(const Instance& question);

}  // namespace synerbench::reference
