# Compiler flags, sanitizers, linker and compiler cache: the same for every room.
find_program(CCACHE ccache)
if(CCACHE)  # the sloppiness is what it asks for before it keeps files that use precompiled headers
  set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast
                    -Wsuggest-override -Wno-missing-field-initializers -Werror -fno-omit-frame-pointer -pthread)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 gives false alarms for these in inlined std::string code (PR105329, PR105651).
  add_compile_options(-Wno-restrict -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread -Wno-maybe-uninitialized)
else()
  add_compile_options(-Wno-gnu-zero-variadic-macro-arguments -Wno-inconsistent-missing-override)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_options(-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)  # no path of the building machine in the program
endif()

if(MILLRACE_SANITIZE)
  add_compile_options(-fsanitize=${MILLRACE_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${MILLRACE_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")  # clang 14 cannot assemble coroutines with it
    add_compile_options(-fno-sanitize=function)
  endif()
endif()

find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()
