// The program sisumail-relay: the daemon, and the operator's commands (relay/admin). Exit status: 0 done, 1 the machine
// does not allow it, 2 the command line is wrong.
#include "relay/admin/command_line.hpp"
#include "relay/options.hpp"
#include "relay/program.hpp"

#include <cstdio>
#include <exception>

namespace {

int end_with(int status, const std::string& what) {
  std::fprintf(stderr, "sisumail-relay: %s\n", what.c_str());
  return status;
}

int run_command(int argc, char** argv) {
  sisu::relay::admin::Console console = sisu::relay::admin::real_console();
  const int status = sisu::relay::admin::run_command(argc, argv, console);
  return sisu::relay::admin::write_out(console) ? status : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (sisu::relay::admin::is_command(argc, argv)) return run_command(argc, argv);
    const auto parsed = sisu::relay::parse_options(argc, argv);
    if (!parsed) return end_with(2, parsed.error());
    if (const auto* answer = std::get_if<sisu::relay::Answer>(&*parsed)) {
      return std::fputs(answer->text.c_str(), stdout) < 0 ? 1 : 0;
    }
    const auto served = sisu::relay::serve(std::get<sisu::relay::Options>(*parsed));
    return served ? 0 : end_with(served.error().status, served.error().what);
  } catch (const std::exception& error) {
    return end_with(1, error.what());
  }
}
