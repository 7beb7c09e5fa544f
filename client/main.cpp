// The program sisumail: takes mail through a relay into a Maildir.
#include "client/cli/load_key.hpp"
#include "client/cli/options.hpp"
#include "client/cli/subcommand.hpp"
#include "client/client.hpp"

#include <asio/io_context.hpp>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using namespace sisu;

int fail_with(const std::string& why) {
  std::fprintf(stderr, "sisumail: %s\n", why.c_str());
  return EXIT_FAILURE;
}

const char* from_environment(const char* name) { return std::getenv(name); }

int serve(client::Options options) {
  const log::Logger logger(options.log);
  auto key = client::load_key(options, &from_environment);
  if (!key) return fail_with(key.error());
  asio::io_context loop(1);
  auto running = client::Client::prepare(loop, std::move(options), std::move(*key), logger);
  if (!running) return fail_with(running.error());
  const std::string failure = (*running)->run();
  return failure.empty() ? EXIT_SUCCESS : fail_with(failure);
}

/// Colours for a person at a terminal who wants them (no-color.org).
bool wants_colour() {
  const char* refused = std::getenv("NO_COLOR");
  return ::isatty(STDOUT_FILENO) == 1 && (refused == nullptr || *refused == '\0');
}

std::optional<int> run_subcommand(int argc, char** argv) {
  client::Terminal terminal{std::cout, std::cerr, wants_colour(),
                            [](std::chrono::milliseconds time) { std::this_thread::sleep_for(time); }};
  return client::run_subcommand(std::vector<std::string>(argv + 1, argv + argc), &from_environment, terminal);
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a peer that went away is an error of that write
  std::signal(SIGXFSZ, SIG_IGN);  // so is a file that grew to the limit of `ulimit -f`
  if (argc > 1) {
    if (const auto status = run_subcommand(argc, argv)) return *status;
  }
  const auto options = client::parse_command_line(argc, argv, &from_environment);
  if (!options) {
    std::fputs(options.error().text.c_str(), options.error().exit_status == 0 ? stdout : stderr);
    return options.error().exit_status;
  }
  try {
    return serve(*options);
  } catch (const std::exception& error) {
    return fail_with(error.what());
  }
}
