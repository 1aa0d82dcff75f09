// Small edits of bytes that several kinds of damage are made of.
#pragma once

#include <string>

#include "tests/app/damage/subjects.h"

namespace synerbench::damage {

std::string flipped(std::string bytes, size_t at, int bit);
/// `piece` written over the bytes from `at`, as far as they go.
std::string over(std::string bytes, size_t at, const std::string& piece);
/// The first `from` becomes `to`; "" when there is none.
std::string replaced(std::string text, const std::string& from, const std::string& to);
/// Every `from` becomes `to`.
std::string every(const std::string& text, const std::string& from, const std::string& to);
/// Where the header of a file ends and its data begin; of text, a place near its beginning.
size_t header_length(const std::string& bytes, const Subject& subject);

}  // namespace synerbench::damage
