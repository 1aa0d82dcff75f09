// A byte-pair vocabulary for a new model, learned from its prompts.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace synerbench::reference {

/// Writes vocab.json, merges.txt and tokenizer_config.json: 256 bytes, then up to `merges` merges of the most
/// frequent adjacent pair (ties: the pair whose tokens come first; pairs seen once are left alone), then
/// <|endoftext|>, <|im_start|>, <|im_end|>, <|vision_start|>, <|vision_end|>. Same corpus, same files.
void train_tokenizer(const std::filesystem::path& folder, const std::vector<std::string>& corpus,
                     size_t merges);

}  // namespace synerbench::reference
