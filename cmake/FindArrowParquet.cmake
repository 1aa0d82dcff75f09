# Finds Arrow's C++ library with Parquet: target ArrowParquet::ArrowParquet, variable ArrowParquet_FOUND. An installed one
# (libarrow-dev, libparquet-dev) or the one inside PyPI's pyarrow: -DArrowParquet_ROOT=.../site-packages/pyarrow, whose libraries
# bear their version only.
find_path(ArrowParquet_INCLUDE_DIR parquet/arrow/reader.h)
foreach(name arrow parquet)
  find_library(ArrowParquet_${name}_LIBRARY ${name} PATH_SUFFIXES .)
  if(NOT ArrowParquet_${name}_LIBRARY AND ArrowParquet_INCLUDE_DIR)
    file(GLOB found ${ArrowParquet_INCLUDE_DIR}/../lib${name}.so.*)
    if(found)
      list(GET found 0 found)
      get_filename_component(found ${found} ABSOLUTE)
      set(ArrowParquet_${name}_LIBRARY ${found} CACHE FILEPATH "Arrow's library ${name}" FORCE)
    endif()
  endif()
  mark_as_advanced(ArrowParquet_${name}_LIBRARY)
endforeach()
mark_as_advanced(ArrowParquet_INCLUDE_DIR)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(ArrowParquet
  REQUIRED_VARS ArrowParquet_parquet_LIBRARY ArrowParquet_arrow_LIBRARY ArrowParquet_INCLUDE_DIR)

if(ArrowParquet_FOUND AND NOT TARGET ArrowParquet::ArrowParquet)
  add_library(ArrowParquet::ArrowParquet INTERFACE IMPORTED)
  set_target_properties(ArrowParquet::ArrowParquet PROPERTIES
    INTERFACE_LINK_LIBRARIES "${ArrowParquet_parquet_LIBRARY};${ArrowParquet_arrow_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${ArrowParquet_INCLUDE_DIR}")
endif()
