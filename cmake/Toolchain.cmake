# Language level, warnings, sanitizers, compiler cache.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
add_compile_options($<$<CONFIG:RelWithDebInfo>:-fstack-protector-strong>)
add_compile_options($<$<CONFIG:RelWithDebInfo>:-D_FORTIFY_SOURCE=2>)
# Line tables are enough for profiles and stack traces, and keep links of many test programs short.
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1")
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1")
add_link_options(-Wl,-z,relro,-z,now)

if(SISUMAIL_SANITIZE)
  add_compile_options(-fsanitize=${SISUMAIL_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${SISUMAIL_SANITIZE})
  if(SISUMAIL_SANITIZE MATCHES undefined)
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
  if(SISUMAIL_SANITIZE MATCHES thread)
    add_compile_options(-Wno-tsan)  # atomic_thread_fence in Asio: known, and reported for every user of it
  endif()
endif()

find_program(CCACHE ccache)
if(CCACHE)
  # Precompiled headers are only cached with this sloppiness (ccache manual, "Precompiled headers").
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-fpch-preprocess)
  endif()
endif()
