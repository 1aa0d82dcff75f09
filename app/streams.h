// The program's own three streams, which may be closed, full, or a pipe that nobody reads any more.
#pragma once

#include <string_view>

namespace synerbench {

/// Once, before any file is opened. A stream that was closed when the program began is put on /dev/null:
/// otherwise the first file to be opened would get its number, and results would be printed into it. A pipe
/// that is closed at its other end becomes an error of the write instead of the end of the program.
void prepare_streams();

/// Bytes to stdout, flushed. Error(kBadInput) when they cannot be written: nobody has got the result then.
void write_to_stdout(std::string_view text);

}  // namespace synerbench
