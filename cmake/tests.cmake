# One program per tests/unit/test_*.c (cmocka), one CTest entry per tests/cli/*.sh. Code shared by unit tests: tests/support/.
pkg_check_modules(EH_CMOCKA REQUIRED IMPORTED_TARGET cmocka)

file(GLOB support_sources CONFIGURE_DEPENDS tests/support/*.c)
add_library(test_build INTERFACE)
target_link_libraries(test_build INTERFACE evenhand_cli evenhand_static PkgConfig::EH_CMOCKA)
target_include_directories(test_build INTERFACE "${PROJECT_SOURCE_DIR}/tests")
if(support_sources)
    add_library(test_support STATIC ${support_sources})
    target_link_libraries(test_support PUBLIC evenhand_cli evenhand_static PkgConfig::EH_CMOCKA)
    target_include_directories(test_support PRIVATE "${PROJECT_SOURCE_DIR}/tests")
    target_link_libraries(test_build INTERFACE test_support)
endif()

# Passive: tests share the processors with each other, and a thread that spins at a barrier takes them from the one that it waits for.
set(test_environment "OMP_WAIT_POLICY=PASSIVE"
    "EVENHAND=$<TARGET_FILE:evenhand>" "EVENHAND_ROOT=${PROJECT_SOURCE_DIR}" "EVENHAND_BUILD=${PROJECT_BINARY_DIR}"
    "EVENHAND_CACHE=${PROJECT_BINARY_DIR}/test-cache"
    "LSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tools/leaks.supp:print_suppressions=0")

file(GLOB unit_tests CONFIGURE_DEPENDS tests/unit/test_*.c)
foreach(source IN LISTS unit_tests)
    cmake_path(GET source STEM name)
    add_executable(${name} "${source}")
    target_link_libraries(${name} PRIVATE test_build)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
    add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
    set_tests_properties(${name} PROPERTIES TIMEOUT 900 ENVIRONMENT "${test_environment}")
endforeach()

# tests/fuzz/fuzz_<parser>.c: under libFuzzer in the build "fuzz", else a test that replays the inputs of tests/fuzz/corpus/<parser>.
file(GLOB fuzz_targets CONFIGURE_DEPENDS tests/fuzz/fuzz_*.c)
set(fuzz_folder "${PROJECT_SOURCE_DIR}/tests/fuzz")
list(REMOVE_ITEM fuzz_targets "${fuzz_folder}/fuzz_file.c" "${fuzz_folder}/fuzz_replay.c" "${fuzz_folder}/fuzz_kinds.c")
if(CMAKE_BUILD_TYPE STREQUAL "Fuzz")
    set(fuzz_shared "${fuzz_folder}/fuzz_file.c" "${fuzz_folder}/fuzz_kinds.c")
else()
    set(fuzz_shared "${fuzz_folder}/fuzz_file.c" "${fuzz_folder}/fuzz_replay.c")
endif()
add_custom_target(fuzz)
foreach(source IN LISTS fuzz_targets)
    cmake_path(GET source STEM name)
    string(REPLACE "fuzz_" "" parser "${name}")
    add_executable(${name} "${source}" ${fuzz_shared})
    target_link_libraries(${name} PRIVATE evenhand_static)
    target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}/tests")
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/fuzz")
    add_dependencies(fuzz ${name})
    if(CMAKE_BUILD_TYPE STREQUAL "Fuzz")
        target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    else()
        set(corpus "${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${parser}")
        if(parser STREQUAL "image")
            list(PREPEND corpus "${PROJECT_SOURCE_DIR}/tests/golden/codec")
        endif()
        add_test(NAME ${name} COMMAND ${name} ${corpus} WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
        set_tests_properties(${name} PROPERTIES TIMEOUT 900 ENVIRONMENT "${test_environment}")
    endif()
endforeach()

file(GLOB cli_tests CONFIGURE_DEPENDS tests/cli/test_*.sh)
foreach(source IN LISTS cli_tests)
    cmake_path(GET source STEM stem)
    set(name "cli_${stem}")
    add_test(NAME ${name} COMMAND sh "${source}" WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
    set_tests_properties(${name} PROPERTIES TIMEOUT 900 SKIP_RETURN_CODE 77 ENVIRONMENT "${test_environment}")
endforeach()

# The report page in a browser, in reports that the program makes: once, since it runs the same HTML whatever the build.
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND EXISTS "${PROJECT_SOURCE_DIR}/tests/browser/run.sh")
    add_test(NAME browser COMMAND sh tests/browser/run.sh WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
    set_tests_properties(browser PROPERTIES TIMEOUT 900 SKIP_RETURN_CODE 77
        ENVIRONMENT "${test_environment};EVENHAND_PROGRAM=$<TARGET_FILE:evenhand>")
    # It uses the packages that the former fetches.
    set_tests_properties(cli_test_report_page PROPERTIES DEPENDS browser)
endif()

# Exported models in onnxruntime, from npm: once, since it runs the same files whatever the build.
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND EXISTS "${PROJECT_SOURCE_DIR}/tests/onnx/run.sh")
    add_test(NAME onnx COMMAND sh tests/onnx/run.sh WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
    set_tests_properties(onnx PROPERTIES TIMEOUT 900 SKIP_RETURN_CODE 77 ENVIRONMENT "${test_environment}")
endif()
