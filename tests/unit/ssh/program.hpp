// Stock programs as peers, run beside the event loop; and a TCP wire that can be cut.
#pragma once

#include "common/net/task_group.hpp"

#include <asio/awaitable.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/posix/stream_descriptor.hpp>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace sisu::ssh::test {

class Host;

/// A child process; killed and reaped when it goes away.
class Program {
 public:
  /// `words[0]` is looked up in PATH. `input` is its standard input, whole; without `keep_input` it then ends.
  Program(asio::any_io_executor executor, std::vector<std::string> words, std::string input = "",
          bool keep_input = false);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  struct Result {
    int status = -1;     ///< exit status, or 128 + signal
    std::string output;  ///< standard output and error as they came
  };
  /// Waits for its end.
  asio::awaitable<Result> wait();
  /// Waits until `text` has been in the output, or its end.
  asio::awaitable<bool> wait_for(std::string_view text);
  void signal(int number);
  const std::string& output() const { return output_; }

 private:
  asio::awaitable<bool> read_more();

  pid_t pid_ = -1;
  asio::posix::stream_descriptor out_;
  int input_ = -1;
  std::string output_;
};

/// `ssh` with `options`, the test's key and nobody's configuration, to the test's server; then `command`, if any.
std::vector<std::string> stock_ssh(Host& test, std::vector<std::string> options, std::vector<std::string> command = {});

/// Forwards one connection to `target` until it is cut: then it holds both ends open and passes nothing.
class CuttableWire {
 public:
  CuttableWire(asio::any_io_executor executor, asio::ip::tcp::endpoint target);
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  asio::awaitable<void> run();
  void cut() { cut_ = true; }
  /// Only from the target back: it is not even read any more. From any thread.
  void cut_back() { cut_back_ = true; }
  void close();

 private:
  asio::awaitable<void> pass(asio::ip::tcp::socket& from, asio::ip::tcp::socket& to);

  asio::ip::tcp::endpoint target_;
  asio::ip::tcp::acceptor acceptor_;
  asio::ip::tcp::socket near_;
  asio::ip::tcp::socket far_;
  bool cut_ = false;
  std::atomic<bool> cut_back_ = false;
};

/// Keeps the wire until it has ended.
asio::awaitable<void> run_wire(std::shared_ptr<CuttableWire> wire);

}  // namespace sisu::ssh::test
