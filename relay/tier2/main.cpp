// The program sisumail-tier2: the keys of spool.Z.
#include "relay/tier2/dns_socket.hpp"
#include "relay/tier2/key_commands.hpp"
#include "relay/tier2/options.hpp"

#include <csignal>
#include <cstdio>
#include <iostream>
#include <thread>

int main(int argc, char** argv) {
  using namespace sisu::relay::tier2;
  std::signal(SIGPIPE, SIG_IGN);
  const auto options = parse_command_line(argc, argv);
  if (!options) {
    std::fputs(options.error().text.c_str(), options.error().exit_status == 0 ? stdout : stderr);
    return options.error().exit_status;
  }
  DnsSocket published({options->dns_socket, options->zone, options->ttl});
  const Console console{std::cout, std::cerr,
                        [](std::chrono::milliseconds time) { std::this_thread::sleep_for(time); }};
  return run_key_command(*options, published, console);
}
