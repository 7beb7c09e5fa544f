# sisu_library(name SOURCES ... [DEPS ...] [PRIVATE_DEPS ...])   one folder, one static library, sisu::name
# sisu_program(name SOURCES ... DEPS ...)                        an executable
# sisu_preload_library(name SOURCES ...)                         name.so, for LD_PRELOAD in tests
# sisu_unit_test(name SOURCES ... DEPS ...)                      a GoogleTest program; each case is one ctest test.
#     Target unit_tests builds all; threaded_unit_tests those that use Asio, whose cases have the label `unit_threaded`
#     instead of `unit`
# sisu_fuzz_target(name SOURCES ... DEPS ...)                    a libFuzzer program (preset fuzz), and a ctest test that
#     runs it for SISUMAIL_FUZZ_SECONDS
#
# Includes are written from the root ("common/smtp/engine.hpp"); tests/lint/layering.py checks that a folder includes
# only from folders that it links.

function(_sisu_use_asio target)
  if(NOT TARGET asio)
    return()
  endif()
  get_target_property(direct ${target} LINK_LIBRARIES)
  get_target_property(kind ${target} TYPE)
  if(direct MATCHES "asio|sisu::net|sisu::ssh|sisu::tls|sisu::smtp_session")
    target_link_libraries(${target} PUBLIC asio)
    target_precompile_headers(${target} REUSE_FROM asio)
  endif()
endfunction()

function(sisu_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;PRIVATE_DEPS" ${ARGN})
  add_library(sisu_${name} STATIC ${ARG_SOURCES})
  add_library(sisu::${name} ALIAS sisu_${name})
  target_include_directories(sisu_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(sisu_${name} PUBLIC ${ARG_DEPS} PRIVATE ${ARG_PRIVATE_DEPS})
  _sisu_use_asio(sisu_${name})
endfunction()

function(sisu_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_definitions(${name} PRIVATE SISUMAIL_VERSION="${PROJECT_VERSION}")
  target_link_libraries(${name} PUBLIC ${ARG_DEPS})
  _sisu_use_asio(${name})
endfunction()

function(sisu_preload_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES" ${ARGN})
  add_library(${name} MODULE ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${CMAKE_DL_LIBS})
  set_target_properties(${name} PROPERTIES PREFIX "")
endfunction()

function(sisu_unit_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(test_${name} ${ARG_SOURCES})
  target_compile_definitions(test_${name} PRIVATE SISUMAIL_TESTS_DIR="${PROJECT_SOURCE_DIR}/tests")
  target_include_directories(test_${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(test_${name} PUBLIC ${ARG_DEPS} GTest::gtest_main)
  _sisu_use_asio(test_${name})
  set(label unit)
  add_dependencies(unit_tests test_${name})
  get_target_property(linked test_${name} LINK_LIBRARIES)
  if(asio IN_LIST linked)
    set(label unit_threaded)
    add_dependencies(threaded_unit_tests test_${name})
  endif()
  set(environment)
  if(SISUMAIL_SANITIZE MATCHES address)
    # Tests of bounded memory look at the resident size: what was freed must not stay in quarantine for long.
    set(environment ENVIRONMENT ASAN_OPTIONS=quarantine_size_mb=4)
  endif()
  gtest_discover_tests(test_${name} TEST_PREFIX ${name}: DISCOVERY_MODE PRE_TEST TEST_FILTER -*.slow_*
    PROPERTIES TIMEOUT 120 LABELS ${label} ${environment})
  # Cases whose name begins with slow_ are for tests/run.sh, not for every commit.
  gtest_discover_tests(test_${name} TEST_PREFIX ${name}: DISCOVERY_MODE PRE_TEST TEST_FILTER *.slow_*
    TEST_LIST test_${name}_slow PROPERTIES TIMEOUT 240 LABELS slow ${environment})
endfunction()

function(sisu_fuzz_target name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(fuzz_${name} ${ARG_SOURCES})
  target_compile_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  target_link_libraries(fuzz_${name} PRIVATE ${ARG_DEPS})
  # What is found grows in the build folder; what is checked in under tests/fuzz/corpus/NAME is where it starts from.
  set(found ${CMAKE_CURRENT_BINARY_DIR}/corpus/${name})
  file(MAKE_DIRECTORY ${found})
  set(seeds ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name})
  if(NOT EXISTS ${seeds})
    set(seeds)
  endif()
  add_test(NAME fuzz:${name} COMMAND fuzz_${name} -max_total_time=${SISUMAIL_FUZZ_SECONDS} -timeout=10 -rss_limit_mb=1024
    -print_final_stats=1 ${found} ${seeds})
  math(EXPR limit "${SISUMAIL_FUZZ_SECONDS} + 120")
  set_tests_properties(fuzz:${name} PROPERTIES TIMEOUT ${limit} LABELS fuzz)
endfunction()
