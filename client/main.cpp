// The program sisumail: takes mail through a relay into a Maildir.
#include "client/cli/load_key.hpp"
#include "client/cli/options.hpp"
#include "client/client.hpp"

#include <asio/io_context.hpp>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>

namespace {

using namespace sisu;

int fail_with(const std::string& why) {
  std::fprintf(stderr, "sisumail: %s\n", why.c_str());
  return EXIT_FAILURE;
}

int serve(client::Options options) {
  const log::Logger logger(options.log);
  auto key = client::load_key(options, [](const char* name) -> const char* { return std::getenv(name); });
  if (!key) return fail_with(key.error());
  asio::io_context loop(1);
  auto running = client::Client::prepare(loop, std::move(options), std::move(*key), logger);
  if (!running) return fail_with(running.error());
  const std::string failure = (*running)->run();
  return failure.empty() ? EXIT_SUCCESS : fail_with(failure);
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a peer that went away is an error of that write
  std::signal(SIGXFSZ, SIG_IGN);  // so is a file that grew to the limit of `ulimit -f`
  const auto options =
      client::parse_command_line(argc, argv, [](const char* name) -> const char* { return std::getenv(name); });
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
