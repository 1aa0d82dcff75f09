# Every outside package the build looks for, in one place. The Debian packages that bring them are
# listed in tools/apt-packages.txt.
find_package(Threads REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS CXX)
find_package(nlohmann_json REQUIRED)
find_package(fmt REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(ZLIB REQUIRED)
find_package(Libdeflate REQUIRED)
find_package(Libzip REQUIRED)
find_package(CLI11 REQUIRED)
find_package(utf8cpp REQUIRED)

if(SYNERBENCH_WITH_PARQUET)
  find_package(ArrowParquet REQUIRED)
endif()

# Unicode tables for the reference model's tokenizer. Without ICU it takes plain ASCII text and refuses the
# rest.
find_package(ICU QUIET COMPONENTS uc)
set(SYNERBENCH_WITH_ICU ${ICU_FOUND})

if(SYNERBENCH_WITH_TORCH)
  # A CUDA build of LibTorch compiles a probe to learn the GPU's architecture, which older CMakes cannot do
  # for a newer toolkit. Nothing of ours is compiled with the answer, so any will do.
  if(NOT DEFINED TORCH_CUDA_ARCH_LIST AND NOT DEFINED ENV{TORCH_CUDA_ARCH_LIST})
    set(TORCH_CUDA_ARCH_LIST 9.0)
  endif()
  # LibTorch's own search finds a distribution's libc10 before the one it came with: two versions in one
  # program.
  foreach(prefix ${CMAKE_PREFIX_PATH})
    foreach(folder ${prefix}/lib ${prefix}/../../lib)
      if(EXISTS ${folder}/libtorch_cpu.so AND EXISTS ${folder}/libc10.so)
        get_filename_component(folder ${folder} ABSOLUTE)
        set(c10_LIBRARY ${folder}/libc10.so CACHE FILEPATH "LibTorch's core library")
      endif()
    endforeach()
  endforeach()
  find_package(Torch REQUIRED)
  # One light handle for targets that need LibTorch; its flags stay out of everything else.
  add_library(synerbench_torch INTERFACE)
  add_library(synerbench::torch ALIAS synerbench_torch)
  target_link_libraries(synerbench_torch INTERFACE ${TORCH_LIBRARIES})
  target_include_directories(synerbench_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
  # PyPI's LibTorch brings the headers of another fmt, which come before the system's; without its library
  # they must stand alone. Versions of fmt have namespaces of their own, so the two do not meet in a program.
  foreach(folder ${TORCH_INCLUDE_DIRS})
    if(EXISTS ${folder}/fmt/format.h AND NOT folder STREQUAL "/usr/include")
      target_compile_definitions(synerbench_torch INTERFACE FMT_HEADER_ONLY)
    endif()
  endforeach()
  # PyPI's LibTorch finds the CUDA libraries of its wheel by its own search path; the linker must not take
  # older ones of the toolkit for them.
  file(GLOB folders ${TORCH_INSTALL_PREFIX}/../nvidia/*/lib)
  foreach(folder ${folders})
    target_link_options(synerbench_torch INTERFACE -Wl,-rpath-link,${folder})
  endforeach()
  separate_arguments(synerbench_torch_flags UNIX_COMMAND "${TORCH_CXX_FLAGS}")
  target_compile_options(synerbench_torch INTERFACE ${synerbench_torch_flags})
endif()

if(SYNERBENCH_WITH_ITK)
  find_package(ITK 5.2 REQUIRED COMPONENTS
    ITKCommon ITKIOImageBase ITKIONIFTI ITKIOMeta ITKIOGDCM ITKGDCM ITKImageGrid ITKImageFunction ITKImageFilterBase ITKTransform)
endif()

if(SYNERBENCH_BUILD_TESTS)
  find_package(GTest REQUIRED)
  find_package(Eigen3 QUIET NO_MODULE)  # for one program of measurements, tests/phantom/phantom_measure
  include(GoogleTest)
endif()
if(SYNERBENCH_BUILD_BENCHMARKS)
  find_package(benchmark REQUIRED)
endif()
