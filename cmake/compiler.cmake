# Language, warnings and the flags of the two build types.
set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Release, Asan or Fuzz" FORCE)
endif()
# Assertions stay on in every build (no NDEBUG): they state contracts and cost next to nothing.
set(CMAKE_C_FLAGS_RELEASE "-O3 -g")
set(CMAKE_C_FLAGS_ASAN "-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer")
set(CMAKE_C_FLAGS_FUZZ "-O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer")

# What every target of the build compiles and links with; dependencies.cmake adds the libraries.
add_library(evenhand_build INTERFACE)
target_compile_definitions(evenhand_build INTERFACE _POSIX_C_SOURCE=200809L _DEFAULT_SOURCE)
target_include_directories(evenhand_build INTERFACE "${PROJECT_SOURCE_DIR}/include" "${PROJECT_SOURCE_DIR}/src")
target_compile_options(evenhand_build INTERFACE
    $<$<COMPILE_LANGUAGE:C>:-Wall -Wextra -Wshadow -Wmissing-prototypes -Wvla $<$<BOOL:${EH_WERROR}>:-Werror>
    # These warnings depend on what the optimiser happens to see, so they differ between compilers: shown, but no error.
    $<$<C_COMPILER_ID:GNU>:-Wno-error=maybe-uninitialized -Wno-error=dangling-pointer>
    # How vectors are passed matters between files; ours are passed to inline functions only.
    $<$<C_COMPILER_ID:GNU>:-Wno-psabi>
    -fvisibility=hidden
    # The same result from every compiler: no fused multiply-add unless a kernel asks for it.
    -ffp-contract=off
    # Neither changes a result; both let loops with sqrt or a condition be vectorised.
    -fno-math-errno -fno-trapping-math>)
