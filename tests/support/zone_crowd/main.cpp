// zone_crowd STATE PREFIX COUNT: makes COUNT users (user0, user1, ...) in the registry of a state directory, prints
// "NAME ADDRESS" for each and "ready", and then does what the lines on standard input say:
//   present HOST:PORT N     the first N log in and ask for deliveries; "present N SECONDS"
//   leave NAME              that user's session ends; "left NAME"
//   key NAME FILE           writes the user's private key; "key NAME"
// It ends with standard input.
#include "tests/support/zone_crowd/crowd.hpp"

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/read_until.hpp>
#include <asio/use_awaitable.hpp>

#include <chrono>
#include <cstdio>
#include <sstream>
#include <sys/resource.h>
#include <unistd.h>

namespace sisu::test {
namespace {

constexpr std::size_t lanes = 16;

void say(const std::string& line) {
  std::puts(line.c_str());
  std::fflush(stdout);
}

asio::awaitable<void> present(Crowd& crowd, std::string relay, std::size_t count) {
  const auto began = std::chrono::steady_clock::now();
  co_await crowd.become_present(Endpoint::parse(relay).value(), count, lanes);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  say("present " + std::to_string(count) + " " + std::to_string(took.count()));
}

asio::awaitable<void> obey(Crowd& crowd, std::istringstream line) {
  std::string word, what;
  line >> word >> what;
  if (word == "present") {
    std::size_t count = 0;
    line >> count;
    co_await present(crowd, what, count);
  } else if (word == "leave") {
    crowd.leave(what);
    say("left " + what);
  } else if (word == "key") {
    std::string file;
    line >> file;
    if (const auto saved = crowd.find(what).key.save(file); !saved) throw std::runtime_error(saved.error().what);
    say("key " + what);
  } else {
    throw std::runtime_error("what is \"" + word + "\"?");
  }
}

asio::awaitable<void> run(std::string state, std::string prefix, std::size_t count) {
  const auto executor = co_await asio::this_coro::executor;
  Crowd crowd(executor);
  crowd.register_users(state, prefix, count);
  for (const CrowdUser& user : crowd.users()) say(user.name + " " + user.address);
  say("ready");
  asio::posix::stream_descriptor input(executor, ::dup(STDIN_FILENO));
  std::string buffer;
  try {
    for (;;) {
      const std::size_t length =
          co_await asio::async_read_until(input, asio::dynamic_buffer(buffer), '\n', asio::use_awaitable);
      std::istringstream line(buffer.substr(0, length));
      buffer.erase(0, length);
      co_await obey(crowd, std::move(line));
    }
  } catch (const std::system_error& error) {
    if (error.code() != asio::error::eof) throw;
  }
  co_await crowd.end();
}

}  // namespace
}  // namespace sisu::test

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: zone_crowd STATE PREFIX COUNT (see the head of main.cpp)\n", stderr);
    return 2;
  }
  rlimit descriptors{};  // a session takes two
  if (::getrlimit(RLIMIT_NOFILE, &descriptors) == 0) {
    descriptors.rlim_cur = descriptors.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &descriptors);
  }
  asio::io_context loop(1);
  int status = 0;
  asio::co_spawn(loop, sisu::test::run(argv[1], argv[2], std::stoul(argv[3])), [&](std::exception_ptr failure) {
    try {
      if (failure) std::rethrow_exception(failure);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "zone_crowd: %s\n", error.what());
      status = 1;
    }
    loop.stop();
  });
  loop.run();
  return status;
}
