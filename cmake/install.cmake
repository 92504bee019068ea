# Installs the same files as `cargo xtask install`.
set(LIBUV_DEBUG_DIR "" CACHE STRING
    "Where the debug file is installed by its build id, /usr/lib/debug for instance; empty: beside the library")

# What the templates are filled in with.
set(prefix "${CMAKE_INSTALL_PREFIX}")
set(libdir "${CMAKE_INSTALL_FULL_LIBDIR}")
set(includedir "${CMAKE_INSTALL_FULL_INCLUDEDIR}")
set(version "${libuv_VERSION}")
file(RELATIVE_PATH libdir_from_config "${libdir}/cmake/libuv" "${libdir}")
file(RELATIVE_PATH include_from_config "${libdir}/cmake/libuv" "${includedir}")
string(REGEX REPLACE "/$" "" libdir_from_config "${libdir_from_config}")
file(STRINGS include/uvx.h uvx_version REGEX "^#define UVX_VERSION_[A-Z]+ [0-9]+$")
string(REGEX REPLACE "[^;0-9]*#define UVX_VERSION_[A-Z]+ " "" uvx_version "${uvx_version}")
string(REPLACE ";" "." uvx_version "${uvx_version}")
foreach(file libuv.pc libuv-static.pc uvx.pc libuvConfig.cmake libuvConfigVersion.cmake)
  configure_file("cmake/${file}.in" "${CMAKE_CURRENT_BINARY_DIR}/${file}" @ONLY)
endforeach()

# As a part of another project, keep clear of that project's own LICENSE.
set(doc_dir "${CMAKE_INSTALL_DOCDIR}")
if(NOT CMAKE_PROJECT_NAME STREQUAL "libuv")
  set(doc_dir "${CMAKE_INSTALL_DATAROOTDIR}/doc/libuv")
endif()

set(man_dir "${CMAKE_CURRENT_BINARY_DIR}/man3")
file(MAKE_DIRECTORY "${man_dir}")
execute_process(
  COMMAND awk -v "out=${man_dir}" -v "version=${version}" -f cmake/man-pages.awk
          include/uv.h include/uvx.h
  WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}"
  RESULT_VARIABLE man_failed)
if(man_failed)
  message(FATAL_ERROR "awk could not write the manual pages: ${man_failed}")
endif()

install(DIRECTORY "${man_dir}" DESTINATION "${CMAKE_INSTALL_MANDIR}")
install(DIRECTORY include/ DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(FILES LICENSE LICENSE-extra DESTINATION "${doc_dir}")
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/libuv-static.pc"
        DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/libuvConfig.cmake"
              "${CMAKE_CURRENT_BINARY_DIR}/libuvConfigVersion.cmake"
        DESTINATION "${CMAKE_INSTALL_LIBDIR}/cmake/libuv")
install(TARGETS uv_a EXPORT libuvConfig ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
if(LIBUV_BUILD_SHARED)
  install(FILES "${CMAKE_CURRENT_BINARY_DIR}/libuv.pc" "${CMAKE_CURRENT_BINARY_DIR}/uvx.pc"
          DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
  install(TARGETS uv EXPORT libuvConfig LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}")
  set(debug_file "$<TARGET_FILE_DIR:uv>/.debug/$<TARGET_FILE_NAME:uv>.debug")
  if(LIBUV_DEBUG_DIR)
    # The build id is known when the library is installed.
    file(GENERATE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/debug-file$<CONFIG>.cmake" CONTENT "
      set(library \"$<TARGET_FILE:uv>\")
      set(debug_file \"${debug_file}\")
      set(debug_dir \"${LIBUV_DEBUG_DIR}\")
      set(script \"${CMAKE_CURRENT_SOURCE_DIR}/cmake/debug-by-id.sh\")
      set(environment \"${libuv_environment}\")\n")
    install(CODE "set(libuv_debug_facts \"${CMAKE_CURRENT_BINARY_DIR}/debug-file\")")
    install(SCRIPT cmake/install-debug.cmake)
  else()
    install(FILES "${debug_file}" DESTINATION "${CMAKE_INSTALL_LIBDIR}/.debug")
  endif()
endif()

# What a project exports may name these targets. The file itself is not installed:
# libuvConfig.cmake has the targets already.
install(EXPORT libuvConfig NAMESPACE libuv:: FILE libuvTargets.cmake
        DESTINATION "${CMAKE_INSTALL_LIBDIR}/cmake/libuv" EXCLUDE_FROM_ALL)
