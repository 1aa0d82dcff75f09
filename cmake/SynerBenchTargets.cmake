# synerbench_library(NAME [SOURCES ...] [DEPS ...] [PRIVATE_DEPS ...])
#   One static library per folder, target synerbench_NAME, alias synerbench::NAME.
#   Includes are written from the repository's root: #include "harness/core/error.h".
#
# synerbench_embed(SOURCE HEADER FUNCTION FILE...)
#   Sets SOURCE to a source file that defines `std::span<const EmbeddedFile> FUNCTION()`, which HEADER declares: the files'
#   bytes, sorted by name.
#
# synerbench_test(NAME SOURCES ... DEPS ... [LABELS ...] [TIMEOUT s])
#   A GoogleTest executable; every TEST becomes a ctest entry. SYNERBENCH_SHARED_DIR points at ../shared
#   (which may be absent), SYNERBENCH_SOURCE_DIR at the repository.

add_library(synerbench_options INTERFACE)
target_include_directories(synerbench_options INTERFACE
  $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}> $<INSTALL_INTERFACE:include/synerbench>)
target_compile_features(synerbench_options INTERFACE cxx_std_20)

add_library(synerbench_private_options INTERFACE)
target_compile_options(synerbench_private_options INTERFACE -Wall -Wextra -Wpedantic -Wno-unknown-pragmas)
if(SYNERBENCH_WARNINGS_AS_ERRORS)
  # g++ 12 sees overlapping copies in std::string where there are none (GCC PR 105329, 105651).
  target_compile_options(synerbench_private_options INTERFACE -Werror -Wno-error=restrict)
endif()
if(SYNERBENCH_SANITIZE STREQUAL "address")
  add_compile_options(-fsanitize=address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=address,undefined)
elseif(SYNERBENCH_SANITIZE STREQUAL "thread")
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
  add_link_options(-fsanitize=thread)
elseif(SYNERBENCH_SANITIZE)
  message(FATAL_ERROR "SYNERBENCH_SANITIZE is \"${SYNERBENCH_SANITIZE}\"; wanted: address, thread, or nothing")
endif()

if(SYNERBENCH_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES Clang)
    message(FATAL_ERROR "SYNERBENCH_FUZZ needs clang, which brings libFuzzer: cmake --preset fuzz")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=address,undefined)
endif()

# Note [Few large files]. Reading LibTorch's headers is most of the work of compiling a file that includes
# them. With SYNERBENCH_UNITY the sources of a target are compiled together, so that they are read once per
# target: the quickest way to build everything once, and the slowest to build one changed file again. Files
# that give one name to two things cannot share a unit and stay alone.
set(SYNERBENCH_ALONE
  # name shared with another file of the target
  harness/core/safetensors.cpp        # row_of
  harness/data/detail/nifti_header.cpp  # Header, kTypes
  harness/run/journal.cpp             # kVersion
  metrics/distance_transform.cpp      # kInfinity
  metrics/ms_ssim.cpp                 # Preset
  harness/nn/init.cpp                 # fill_normal
  harness/nn/adm_unet.cpp             # kNormEps
  reference/runner.cpp                # to_tensor
  reference/network/forward.cpp       # to_tensor
  reference/network/network.cpp       # bind_linear
  reference/vit/vit.cpp               # bind_linear
  reference/mot/softmax.cpp           # its own compiler flags
  reference/mot/kernels.cpp           # its own compiler flags
  baselines/rcd/detail/acds_trainer.cpp  # discriminator_options
  baselines/syndiff/detail/discriminator.cpp  # conv
  reports/formats/latex.cpp           # Printer, cell_text
  reports/formats/html.cpp            # Printer
  reports/numbers/compare.cpp         # MetricKey
)
function(synerbench_unity target)
  if(NOT SYNERBENCH_UNITY)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 12)
  target_compile_options(${target} PRIVATE -Wno-subobject-linkage)  # every source counts as a header there
  get_target_property(sources ${target} SOURCES)
  foreach(source ${sources})
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} NORMALIZE)
    cmake_path(RELATIVE_PATH source BASE_DIRECTORY ${PROJECT_SOURCE_DIR})
    if(source IN_LIST SYNERBENCH_ALONE)
      set_source_files_properties(${PROJECT_SOURCE_DIR}/${source} TARGET_DIRECTORY ${target}
        PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    endif()
  endforeach()
endfunction()

function(synerbench_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;PRIVATE_DEPS" ${ARGN})
  add_library(synerbench_${name} STATIC ${ARG_SOURCES})
  add_library(synerbench::${name} ALIAS synerbench_${name})
  set_target_properties(synerbench_${name} PROPERTIES EXPORT_NAME ${name})
  target_link_libraries(synerbench_${name}
    PUBLIC synerbench_options ${ARG_DEPS}
    PRIVATE $<BUILD_INTERFACE:synerbench_private_options> ${ARG_PRIVATE_DEPS})
  set_property(GLOBAL APPEND PROPERTY SYNERBENCH_LIBRARIES synerbench_${name})
  synerbench_unity(synerbench_${name})
endfunction()

function(synerbench_embed source header function)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${function}.cpp)
  set(script ${PROJECT_SOURCE_DIR}/cmake/EmbedFiles.cmake)
  add_custom_command(
    OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} "-DOUT=${out}" "-DFILES=${ARGN}" -DHEADER=${header} -DFUNCTION=${function} -P ${script}
    DEPENDS ${ARGN} ${script}
    COMMENT "Embedding files for ${function}()"
    VERBATIM)
  set(${source} ${out} PARENT_SCOPE)
endfunction()

function(synerbench_test name)
  if(NOT SYNERBENCH_BUILD_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;DEPS;LABELS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} synerbench_private_options GTest::gtest GTest::gmock GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE
    SYNERBENCH_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
    SYNERBENCH_SHARED_DIR="${PROJECT_SOURCE_DIR}/../shared")
  # An empty value would be dropped on the way and make TIMEOUT a label.
  set(properties TIMEOUT ${ARG_TIMEOUT})
  if(ARG_LABELS)
    list(APPEND properties LABELS "${ARG_LABELS}")
  endif()
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60 PROPERTIES ${properties})
endfunction()
