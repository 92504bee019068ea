# Has cargo build what the libraries are made of. Sets
#   libuv_object       the object with the whole library in it
#   libuv_from_cargo   the shared library that rustc has linked
#   libuv_environment  the tools to use, as NAME=VALUE
# and makes the target libuv_cargo.
find_program(CARGO_EXECUTABLE cargo
             HINTS "$ENV{CARGO_HOME}/bin" "$ENV{HOME}/.cargo/bin")
if(NOT CARGO_EXECUTABLE)
  message(FATAL_ERROR "libuv-rs is built with cargo, which is not on the PATH: install Rust 1.85 or newer (https://rustup.rs), or set CARGO_EXECUTABLE")
endif()
execute_process(COMMAND "${CARGO_EXECUTABLE}" --version
                WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" OUTPUT_VARIABLE libuv_cargo_version)
string(REGEX MATCH "[0-9]+[.][0-9]+" libuv_cargo_version "${libuv_cargo_version}")
if(libuv_cargo_version AND libuv_cargo_version VERSION_LESS 1.85)
  message(FATAL_ERROR "libuv-rs is built with Rust 1.85 or newer (https://rustup.rs), and ${CARGO_EXECUTABLE} is of Rust ${libuv_cargo_version}")
endif()
if(NOT DEFINED CMAKE_READELF)  # CMake 3.15 and older
  find_program(CMAKE_READELF NAMES "${_CMAKE_TOOLCHAIN_PREFIX}readelf" readelf)
endif()
foreach(tool NM LINKER OBJCOPY READELF AR)
  if(NOT CMAKE_${tool})
    string(TOLOWER "${tool}" name)
    message(FATAL_ERROR "libuv-rs is built with GNU binutils, and CMake has found no ${name}: apt-get install binutils, or set CMAKE_${tool}")
  endif()
endforeach()

# What Rust calls the machine that is built for, and the tools for it.
set(libuv_cargo_target "")
if(CMAKE_CROSSCOMPILING)
  set(libuv_cargo_target "${CMAKE_SYSTEM_PROCESSOR}-unknown-linux-gnu")
endif()
set(LIBUV_CARGO_TARGET "${libuv_cargo_target}" CACHE STRING
    "Rust's name for the machine to build for; empty: this one")
set(libuv_environment)
if(LIBUV_CARGO_TARGET)
  string(REPLACE "-" "_" libuv_linker "${LIBUV_CARGO_TARGET}")
  string(TOUPPER "CARGO_TARGET_${libuv_linker}_LINKER" libuv_linker)
  set(libuv_environment "${libuv_linker}=${CMAKE_C_COMPILER}" "AR=${CMAKE_AR}"
      "LD=${CMAKE_LINKER}" "NM=${CMAKE_NM}" "OBJCOPY=${CMAKE_OBJCOPY}"
      "READELF=${CMAKE_READELF}")
endif()

set(libuv_parts "${CMAKE_CURRENT_BINARY_DIR}/libuv-parts")
set(libuv_object "${libuv_parts}/uv.o")
set(libuv_from_cargo "${libuv_parts}/rustc-libuv.so")
set(libuv_build
  COMMAND "${CMAKE_COMMAND}" -E env ${libuv_environment}
          sh "${CMAKE_CURRENT_SOURCE_DIR}/cmake/build.sh" "${CARGO_EXECUTABLE}"
          "${LIBUV_CARGO_TARGET_DIR}" "${libuv_parts}" "${LIBUV_CARGO_TARGET}")

# cargo knows best whether anything has changed: it is asked each time, and the files get
# a new date only when they have new contents.
if(NOT MESON_PS_LOADED)
  add_custom_target(libuv_cargo ALL ${libuv_build}
    BYPRODUCTS "${libuv_object}" "${libuv_from_cargo}"
    COMMENT "Building libuv-rs with cargo"
    VERBATIM)
else()
  # Meson's cmake.subproject translates commands that make a file, and no others.
  add_custom_command(OUTPUT "${libuv_object}" ${libuv_build} VERBATIM)
  add_custom_target(libuv_cargo DEPENDS "${libuv_object}")
endif()
