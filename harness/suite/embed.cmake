# cmake -DOUT=embedded.cpp "-DFILES=a.json;b.json" -P embed.cmake
# Writes a C++ source that holds the files' bytes. As numbers, because a string literal has a size limit in
# the standard and raw strings can be ended by their content.
set(arrays "")
set(rows "")
list(SORT FILES)
foreach(file ${FILES})
  get_filename_component(name ${file} NAME_WE)
  string(MAKE_C_IDENTIFIER ${name} identifier)
  file(READ ${file} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(APPEND arrays "constexpr unsigned char k_${identifier}[] = {${bytes}};\n")
  string(APPEND rows "      {\"${name}\", {reinterpret_cast<const char*>(k_${identifier}), sizeof(k_${identifier})}},\n")
endforeach()
file(WRITE ${OUT}.new "// Made by harness/suite/embed.cmake from suites/*.json.
#include \"harness/suite/embedded.h\"

namespace synerbench {
namespace {
${arrays}}  // namespace

std::span<const EmbeddedSuite> embedded_suites() {
  static const EmbeddedSuite suites[] = {
${rows}  };
  return suites;
}

}  // namespace synerbench
")
execute_process(COMMAND ${CMAKE_COMMAND} -E copy_if_different ${OUT}.new ${OUT})
