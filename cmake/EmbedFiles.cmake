# cmake -DOUT=embedded.cpp "-DFILES=a.json;b.json" -DHEADER=room/embedded.h -DFUNCTION=embedded_things -P EmbedFiles.cmake
# Writes a C++ source that holds the files' bytes. As numbers, because a string literal has a size limit in the
# standard and raw strings can be ended by their content.
set(arrays "")
set(rows "")
list(SORT FILES)
foreach(file ${FILES})
  get_filename_component(name ${file} NAME_WLE)
  string(MAKE_C_IDENTIFIER ${name} identifier)
  file(READ ${file} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(APPEND arrays "constexpr unsigned char k_${identifier}[] = {${bytes}};\n")
  string(APPEND rows "      {\"${name}\", {reinterpret_cast<const char*>(k_${identifier}), sizeof(k_${identifier})}},\n")
endforeach()
file(WRITE ${OUT}.new "// Made by cmake/EmbedFiles.cmake.
#include \"${HEADER}\"

namespace synerbench {
namespace {
${arrays}}  // namespace

std::span<const EmbeddedFile> ${FUNCTION}() {
  static const EmbeddedFile files[] = {
${rows}  };
  return files;
}

}  // namespace synerbench
")
execute_process(COMMAND ${CMAKE_COMMAND} -E copy_if_different ${OUT}.new ${OUT})
