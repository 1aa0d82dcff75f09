# cmake -DOUT=embedded.cpp "-DPUBLISHED=a.json;b.json" -DSTYLE=report.css -P embed.cmake
# Writes a C++ source that holds the files' bytes. As numbers: a string literal has a size limit in the standard.
function(bytes_of file variable)
  file(READ ${file} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  set(${variable} "${bytes}" PARENT_SCOPE)
endfunction()

set(arrays "")
set(rows "")
list(SORT PUBLISHED)
foreach(file ${PUBLISHED})
  get_filename_component(name ${file} NAME)
  string(MAKE_C_IDENTIFIER ${name} identifier)
  bytes_of(${file} bytes)
  string(APPEND arrays "constexpr unsigned char k_${identifier}[] = {${bytes}};\n")
  string(APPEND rows "      {\"${name}\", {reinterpret_cast<const char*>(k_${identifier}), sizeof(k_${identifier})}},\n")
endforeach()
bytes_of(${STYLE} style)
file(WRITE ${OUT}.new "// Made by reports/embed.cmake from suites/published/*.json and report.css.
#include \"reports/detail/embedded.h\"

namespace synerbench::detail {
namespace {
${arrays}constexpr unsigned char kStyle[] = {${style}};
}  // namespace

std::span<const EmbeddedFile> embedded_published_files() {
  static const EmbeddedFile files[] = {
${rows}  };
  return files;
}

std::string_view embedded_style() { return {reinterpret_cast<const char*>(kStyle), sizeof(kStyle)}; }

}  // namespace synerbench::detail
")
execute_process(COMMAND ${CMAKE_COMMAND} -E copy_if_different ${OUT}.new ${OUT})
