# An installed package for other C++ programs: find_package(SynerBench) brings synerbench::metrics (which
# stands alone), synerbench::core, synerbench::data, and synerbench::plugin for what the executable loads.
# tests/repository/consumer and examples/plugin prove it. metrics/cuda stays in the tree: who links it needs
# the CUDA runtime of its build. The runner and the reports are reached through the executable.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(installed_targets synerbench_options)
foreach(name metrics core zip data)
  if(TARGET synerbench_${name})
    list(APPEND installed_targets synerbench_${name})
  endif()
endforeach()
if(TARGET synerbench_plugin)
  list(APPEND installed_targets synerbench_plugin)
endif()
install(TARGETS ${installed_targets} EXPORT SynerBenchTargets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
install(EXPORT SynerBenchTargets NAMESPACE synerbench:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/SynerBench)
foreach(folder metrics harness/core harness/data harness/method)
  install(DIRECTORY ${folder}/ DESTINATION include/synerbench/${folder}
    FILES_MATCHING PATTERN "*.h" PATTERN "itk" EXCLUDE PATTERN "import" EXCLUDE PATTERN "cuda" EXCLUDE PATTERN "detail" EXCLUDE)
endforeach()
configure_package_config_file(cmake/SynerBenchConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/SynerBenchConfig.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/SynerBench)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/SynerBenchConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/SynerBenchConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/SynerBenchConfigVersion.cmake
  cmake/FindArrowParquet.cmake cmake/FindLibdeflate.cmake cmake/FindLibzip.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/SynerBench)
if(TARGET synerbench)
  install(TARGETS synerbench RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  # What the program says about its own command line: written when it is installed, by the program itself.
  if(NOT CMAKE_CROSSCOMPILING)
    foreach(page "man synerbench.1" "completion bash synerbench.bash" "completion zsh _synerbench")
      separate_arguments(words UNIX_COMMAND "${page}")
      list(POP_BACK words file)
      string(REPLACE ";" "\" \"" words "${words}")
      install(CODE "execute_process(COMMAND \"$<TARGET_FILE:synerbench>\" \"${words}\"
        OUTPUT_FILE \"${CMAKE_CURRENT_BINARY_DIR}/${file}\" COMMAND_ERROR_IS_FATAL ANY)")
    endforeach()
    install(FILES ${CMAKE_CURRENT_BINARY_DIR}/synerbench.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
    install(FILES ${CMAKE_CURRENT_BINARY_DIR}/synerbench.bash RENAME synerbench
      DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
    install(FILES ${CMAKE_CURRENT_BINARY_DIR}/_synerbench DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
  endif()
endif()
