# A room is a folder of src/ with everything below it: one library, one test program, its fuzzers and its benches, found by
# file suffix so that none can be left out.

# Headers that most files include are parsed once: by the first room for all rooms, by the first test program for all tests.
# Each one costs every file a little, so rarer ones are not here. Only GCC does this: what clang compiles (fuzzers, clang-tidy)
# shows that every file includes what it needs.
set(MILLRACE_HEADERS <algorithm> <array> <charconv> <cmath> <cstring> <functional> <limits> <map> <memory> <optional> <span>
    <string> <string_view> <utility> <variant> <vector> <fmt/format.h>)

function(millrace_precompile NAME FIRST)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    return()
  endif()
  if(NAME STREQUAL FIRST)
    target_precompile_headers(${NAME} PRIVATE ${MILLRACE_HEADERS} ${ARGN})
  else()
    target_precompile_headers(${NAME} REUSE_FROM ${FIRST})
  endif()
  target_compile_options(${NAME} PRIVATE -fpch-preprocess)  # ccache sees the precompiled header in what it hashes
endfunction()

# COLD: no record passes through its code, so that a quarter less time to compile is worth more than its speed.
function(millrace_room NAME)
  cmake_parse_arguments(ROOM "COLD" "" "NEEDS" ${ARGN})
  set(DIR ${CMAKE_SOURCE_DIR}/src/${NAME})
  file(GLOB_RECURSE ALL CONFIGURE_DEPENDS ${DIR}/*.cc)
  set(SOURCES ${ALL})
  list(FILTER SOURCES EXCLUDE REGEX "(_test|_fuzz|_bench|/main)\\.cc$")
  if(SOURCES)
    add_library(millrace_${NAME} STATIC ${SOURCES})
    target_include_directories(millrace_${NAME} PUBLIC ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(millrace_${NAME} PUBLIC ${ROOM_NEEDS})
    millrace_precompile(millrace_${NAME} millrace_base)
    if(ROOM_COLD)
      target_compile_options(millrace_${NAME} PRIVATE "$<$<CONFIG:Release>:-O1>")
    endif()
  else()  # headers only
    add_library(millrace_${NAME} INTERFACE)
    target_include_directories(millrace_${NAME} INTERFACE ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(millrace_${NAME} INTERFACE ${ROOM_NEEDS})
  endif()

  if(MILLRACE_TESTS)
    set(TESTS ${ALL})
    list(FILTER TESTS INCLUDE REGEX "_test\\.cc$")
    if(TESTS)
      add_executable(${NAME}_test ${TESTS})
      target_link_libraries(${NAME}_test PRIVATE millrace_${NAME} GTest::gmock GTest::gtest_main)
      # What is tested is optimised; the tests themselves need not be, and take half the time to compile.
      target_compile_options(${NAME}_test PRIVATE "$<$<CONFIG:Release>:-O0;-g0>")
      millrace_precompile(${NAME}_test base_test <gmock/gmock.h> <gtest/gtest.h>)
      gtest_discover_tests(${NAME}_test DISCOVERY_MODE PRE_TEST WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    endif()
    set(BENCHES ${ALL})
    list(FILTER BENCHES INCLUDE REGEX "_bench\\.cc$")
    if(BENCHES)
      add_executable(${NAME}_bench ${BENCHES})
      target_link_libraries(${NAME}_bench PRIVATE millrace_${NAME} benchmark::benchmark_main)
    endif()
  endif()

  if(MILLRACE_FUZZ)
    set(FUZZERS ${ALL})
    list(FILTER FUZZERS INCLUDE REGEX "_fuzz\\.cc$")
    foreach(FUZZER ${FUZZERS})
      get_filename_component(FUZZER_NAME ${FUZZER} NAME_WE)
      add_executable(${FUZZER_NAME} ${FUZZER})
      target_link_libraries(${FUZZER_NAME} PRIVATE millrace_${NAME})
      target_link_options(${FUZZER_NAME} PRIVATE -fsanitize=fuzzer)
    endforeach()
  endif()
endfunction()

function(millrace_program NAME MAIN)
  cmake_parse_arguments(PROGRAM "" "" "NEEDS" ${ARGN})
  add_executable(${NAME} ${MAIN})
  target_link_libraries(${NAME} PRIVATE ${PROGRAM_NEEDS})
  set_target_properties(${NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
endfunction()
