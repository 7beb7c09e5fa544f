#include "tests/unit/ssh/program.hpp"

#include "tests/unit/ssh/session_fixture.hpp"

#include <asio/experimental/as_tuple.hpp>
#include <asio/write.hpp>

#include <csignal>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sisu::ssh::test {
namespace {

constexpr auto quiet = asio::experimental::as_tuple(asio::use_awaitable);

struct Pipe {
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
    read = ends[0];
    write = ends[1];
  }
  int read;
  int write;
};

}  // namespace

Program::Program(asio::any_io_executor executor, std::vector<std::string> words, std::string input, bool keep_input)
    : out_(executor) {
  const Pipe in;
  const Pipe out;
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.read, 0);
  posix_spawn_file_actions_adddup2(&actions, out.write, 1);
  posix_spawn_file_actions_adddup2(&actions, out.write, 2);
  const int error = ::posix_spawnp(&pid_, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(in.read);
  ::close(out.write);
  out_.assign(out.read);
  input_ = in.write;
  if (error != 0) throw std::system_error(error, std::generic_category(), words[0]);
  if (::write(input_, input.data(), input.size()) != static_cast<ssize_t>(input.size())) {
    throw std::runtime_error("the input does not fit into a pipe");
  }
  if (!keep_input) ::close(std::exchange(input_, -1));
}

Program::~Program() {
  if (input_ >= 0) ::close(input_);
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

asio::awaitable<bool> Program::read_more() {
  char buffer[4096];
  const auto [error, count] = co_await out_.async_read_some(asio::buffer(buffer), quiet);
  if (error == asio::error::operation_aborted) throw std::system_error(error);
  output_.append(buffer, count);
  co_return !error;
}

asio::awaitable<Program::Result> Program::wait() {
  while (co_await read_more()) {
  }
  int status = 0;
  ::waitpid(std::exchange(pid_, -1), &status, 0);  // its output has ended: it does, too
  co_return Result{WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), output_};
}

asio::awaitable<bool> Program::wait_for(std::string_view text) {
  bool open = true;
  while (open && output_.find(text) == std::string::npos) open = co_await read_more();
  co_return open;
}

void Program::signal(int number) {
  if (pid_ > 0) ::kill(pid_, number);
}

std::vector<std::string> stock_ssh(Host& test, std::vector<std::string> options, std::vector<std::string> command) {
  std::vector<std::string> words = {"ssh", "-F", "none", "-p", std::to_string(test.port())};
  words.insert(words.end(), options.begin(), options.end());  // of two settings of an option ssh takes the first
  for (const char* option :
       {"StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "GlobalKnownHostsFile=/dev/null",
        "IdentityAgent=none", "IdentitiesOnly=yes", "PreferredAuthentications=publickey", "LogLevel=INFO"}) {
    words.insert(words.end(), {"-o", option});
  }
  words.insert(words.end(), {"-i", test.key_file().string()});
  words.insert(words.end(), {std::string("niklas@127.0.0.1")});
  words.insert(words.end(), command.begin(), command.end());
  return words;
}

CuttableWire::CuttableWire(asio::any_io_executor executor, asio::ip::tcp::endpoint target)
    : target_(std::move(target)),
      acceptor_(executor, {asio::ip::address_v4::loopback(), 0}),
      near_(executor),
      far_(executor) {}

asio::awaitable<void> CuttableWire::run() {
  near_ = co_await acceptor_.async_accept(asio::use_awaitable);
  co_await far_.async_connect(target_, asio::use_awaitable);
  net::TaskGroup tasks(acceptor_.get_executor());
  tasks.spawn(pass(near_, far_));
  tasks.spawn(pass(far_, near_));
  co_await tasks.join();
}

asio::awaitable<void> CuttableWire::pass(tcp::socket& from, tcp::socket& to) {
  std::vector<char> buffer(16 * 1024);
  while (true) {
    if (&from == &far_ && cut_back_) co_return;
    const auto [error, count] = co_await from.async_read_some(asio::buffer(buffer), quiet);
    if (error) co_return;
    if (!cut_) co_await asio::async_write(to, asio::buffer(buffer.data(), count), quiet);
  }
}

asio::awaitable<void> run_wire(std::shared_ptr<CuttableWire> wire) { co_await wire->run(); }

void CuttableWire::close() {
  asio::error_code ignored;
  near_.close(ignored);
  far_.close(ignored);
}

}  // namespace sisu::ssh::test
