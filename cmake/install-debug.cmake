# Run by `cmake --install`: installs the debug file under its build id. libuv_debug_facts is the
# beginning of the name of the file that says what there is.
include("${libuv_debug_facts}${CMAKE_INSTALL_CONFIG_NAME}.cmake" OPTIONAL RESULT_VARIABLE found)
if(NOT found)
  include("${libuv_debug_facts}.cmake")
endif()
execute_process(
  COMMAND "${CMAKE_COMMAND}" -E env ${environment}
          sh "${script}" "${library}" "${debug_file}" "$ENV{DESTDIR}${debug_dir}"
  OUTPUT_VARIABLE installed OUTPUT_STRIP_TRAILING_WHITESPACE
  RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "the debug file could not be installed: ${failed}")
endif()
message(STATUS "Installing: ${installed}")
