# Compiler settings and the ways to add a target. One folder is one static library.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

option(JIKIMI_FUZZ "Build the libFuzzer targets (needs Clang)" OFF)
set(JIKIMI_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them")

add_library(jikimi_options INTERFACE)
# Without -ffp-contract=off GCC fuses a*b+c on targets with FMA, and the same pixels would hash
# differently on different machines and in the browser.
target_compile_options(jikimi_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror
  -ffp-contract=off -fno-math-errno
  $<$<CONFIG:Release>:-O2>)
target_include_directories(jikimi_options INTERFACE ${PROJECT_SOURCE_DIR}/src)
if(JIKIMI_SANITIZE)
  # The check of virtual tables tries addresses by writing them to a pipe, which the decoders'
  # sandbox refuses: every object would be called invalid there.
  target_compile_options(jikimi_options INTERFACE
    -fsanitize=${JIKIMI_SANITIZE} -fno-sanitize=vptr -fno-sanitize-recover=all
    -fno-omit-frame-pointer)
  target_link_options(jikimi_options INTERFACE -fsanitize=${JIKIMI_SANITIZE})
endif()
if(JIKIMI_FUZZ)
  target_compile_options(jikimi_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
# Times the seconds after which a test is held to hang: a fingerprint takes twenty times as long
# under the address sanitizer.
set(JIKIMI_PATIENCE 1)
if(JIKIMI_SANITIZE)
  set(JIKIMI_PATIENCE 4)
endif()

# jikimi_room(NAME SOURCES a.cc b.cc DEPS jikimi_base ...): the static library jikimi_NAME.
function(jikimi_room name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_library(jikimi_${name} STATIC ${ARG_SOURCES})
  target_link_libraries(jikimi_${name} PUBLIC ${ARG_DEPS} PRIVATE jikimi_options)
  target_include_directories(jikimi_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
endfunction()

# jikimi_embed(jikimi_NAME FILE...): puts files, named from the project's folder, into the room NAME.
# data/harm_types.toml becomes `extern const std::string_view kHarmTypesToml` in namespace
# jikimi::NAME, to be declared by whoever reads it; it is there before any code runs.
function(jikimi_embed target)
  string(REGEX REPLACE "^jikimi_" "" room ${target})
  foreach(file IN LISTS ARGN)
    get_filename_component(base ${file} NAME)
    string(REGEX REPLACE "[^A-Za-z0-9]+" ";" words ${base})
    set(constant k)
    foreach(word IN LISTS words)
      string(SUBSTRING ${word} 0 1 first)
      string(SUBSTRING ${word} 1 -1 rest)
      string(TOUPPER ${first} first)
      string(APPEND constant ${first}${rest})
    endforeach()
    set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded/${base}.cc)
    add_custom_command(OUTPUT ${output}
      COMMAND ${CMAKE_COMMAND} -DINPUT=${PROJECT_SOURCE_DIR}/${file} -DOUTPUT=${output}
        -DROOM=${room} -DCONSTANT=${constant} -P ${PROJECT_SOURCE_DIR}/cmake/embed.cmake
      DEPENDS ${PROJECT_SOURCE_DIR}/${file} ${PROJECT_SOURCE_DIR}/cmake/embed.cmake
      COMMENT "Embedding ${file}" VERBATIM)
    # Clang's -Wpedantic minds literals over 64 KiB.
    set_source_files_properties(${output} PROPERTIES COMPILE_OPTIONS -Wno-overlength-strings)
    target_sources(${target} PRIVATE ${output})
  endforeach()
endfunction()

# jikimi_test(NAME SOURCES x_test.cc DEPS ... [PROPERTIES NAME VALUE ...]): a GoogleTest program; each
# case is a ctest of its own with these properties.
function(jikimi_test name)
  if(NOT JIKIMI_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;DEPS;PROPERTIES" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} jikimi_options GTest::gmock GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE JIKIMI_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  math(EXPR ARG_TIMEOUT "${ARG_TIMEOUT} * ${JIKIMI_PATIENCE}")
  gtest_discover_tests(${name} NO_PRETTY_VALUES DISCOVERY_TIMEOUT 60
    PROPERTIES TIMEOUT ${ARG_TIMEOUT} ${ARG_PROPERTIES})
endfunction()

# jikimi_benchmark(NAME SOURCES x_benchmark.cc DEPS ...): built with everything, run by bench/run.
function(jikimi_benchmark name)
  if(NOT JIKIMI_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} jikimi_options benchmark::benchmark)
endfunction()

if(JIKIMI_TESTS)
  include(GoogleTest)
endif()
