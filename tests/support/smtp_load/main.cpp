// smtp_load: sends made-up messages to an SMTP server and keeps a journal of the answers. For tests and benchmarks; not
// installed. Exit status 0: every message that was begun has been accepted; 1: not so; 2: the command line is wrong.
#include "tests/support/smtp_load/report.hpp"

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>

namespace {

using namespace sisu;

void rethrow(std::exception_ptr error) {
  if (error) std::rethrow_exception(error);
}

int send_all(load::Options options) {
  auto tls = tls::make_client_context(tls::Verify::none);
  if (!tls) throw std::runtime_error(tls.error().what);
  load::Journal journal(options.journal);
  const load::CpuMeter cpu(options.watched);
  load::Run run{.options = std::move(options), .tls = std::move(*tls), .journal = journal};
  asio::io_context loop(1);
  for (unsigned i = 0; i < run.options.connections; ++i) asio::co_spawn(loop, load::run_sender(run), rethrow);
  loop.run();
  std::fputs(load::report(run, cpu).c_str(), stdout);
  return journal.count(load::Event::given_up) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a peer that went away is an error of that write
  try {
    return send_all(load::parse_command_line(argc, argv));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "smtp_load: %s\n", error.what());
    return EXIT_FAILURE;
  }
}
