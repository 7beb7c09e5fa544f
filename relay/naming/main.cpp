// The program sisumail-dns. Exit status: 0 done, 1 the machine does not allow it, 2 the command line or the
// configuration is wrong.
#include "relay/naming/service/options.hpp"
#include "relay/naming/service/program.hpp"

#include <cstdio>
#include <exception>

namespace {

int end_with(int status, const std::string& what) {
  std::fprintf(stderr, "sisumail-dns: %s\n", what.c_str());
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const auto parsed = sisu::relay::naming::parse_options(argc, argv);
    if (!parsed) return end_with(2, parsed.error());
    if (const auto* answer = std::get_if<sisu::relay::naming::Answer>(&*parsed)) {
      return std::fputs(answer->text.c_str(), stdout) < 0 ? 1 : 0;
    }
    const auto served = sisu::relay::naming::serve(std::get<sisu::relay::naming::Options>(*parsed));
    return served ? 0 : end_with(served.error().status, served.error().what);
  } catch (const std::exception& error) {
    return end_with(1, error.what());
  }
}
