# Third-party libraries, each as one imported target. Debian 12 package names stand in deploy/packages.sh.

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
pkg_check_modules(LIBSSH REQUIRED IMPORTED_TARGET libssh>=0.10.6)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(prometheus-cpp REQUIRED)
find_package(SQLite3 3.37 REQUIRED)
find_package(CURL 7.88 REQUIRED)
pkg_check_modules(LDNS REQUIRED IMPORTED_TARGET ldns>=1.8)
find_package(tomlplusplus 3.3 REQUIRED)

# Asio is compiled once (asio_impl.cpp); every user sees declarations only.
add_library(asio STATIC ${CMAKE_SOURCE_DIR}/cmake/asio_impl.cpp)
target_compile_definitions(asio PUBLIC ASIO_STANDALONE ASIO_SEPARATE_COMPILATION ASIO_NO_DEPRECATED)
target_link_libraries(asio PUBLIC Threads::Threads)

# One precompiled header for all that includes Asio, reused by every such target (sisu_library, sisu_program).
target_precompile_headers(asio PRIVATE ${CMAKE_SOURCE_DIR}/cmake/asio_pch.hpp)

# RESTinio 0.6 is header-only and calls functions that Asio has deprecated, which our Asio does not have. So it gets a
# header-only Asio to itself, in a namespace of another name (common/http/server.cpp); not its own CMake target either,
# whose definitions are for the other namespace.
find_package(fmt REQUIRED)
find_library(HTTP_PARSER http_parser REQUIRED)
find_path(RESTINIO restinio/all.hpp REQUIRED)
add_library(restinio INTERFACE)
target_include_directories(restinio SYSTEM INTERFACE ${RESTINIO})
target_compile_definitions(restinio INTERFACE ASIO_STANDALONE)
target_link_libraries(restinio INTERFACE Threads::Threads fmt::fmt ${HTTP_PARSER})
