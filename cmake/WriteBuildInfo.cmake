# Run as a script at every build: writes OUTPUT when commit or dirty flag changed, so provenance is never
# stale and an unchanged tree rebuilds nothing.
execute_process(COMMAND git -C ${SOURCE} rev-parse HEAD OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE
  ERROR_QUIET RESULT_VARIABLE failed)
set(dirty 0)
if(failed)
  set(commit "unknown")
else()
  execute_process(COMMAND git -C ${SOURCE} status --porcelain OUTPUT_VARIABLE changes ERROR_QUIET)
  if(changes)
    set(dirty 1)
  endif()
endif()
set(text "#pragma once
#define SYNERBENCH_VERSION \"${VERSION}\"
#define SYNERBENCH_COMMIT \"${commit}\"
#define SYNERBENCH_DIRTY ${dirty}
#define SYNERBENCH_COMPILER \"${COMPILER}\"
#define SYNERBENCH_BUILD_TYPE \"${BUILD}\"
")
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} old)
endif()
if(NOT "${old}" STREQUAL "${text}")
  file(WRITE ${OUTPUT} "${text}")
endif()
