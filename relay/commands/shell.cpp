#include "relay/commands/shell.hpp"

#include "common/net/watchdog.hpp"
#include "relay/commands/command.hpp"

#include <array>

namespace sisu::relay::commands {
namespace {

constexpr std::size_t read_size = 1024;

/// Keys in, text out; a terminal in raw mode wants CR LF.
class ShellIo final : public CommandIo {
 public:
  ShellIo(net::ByteStream& stream, Terminal terminal, Duration idle)
      : stream_(stream), terminal_(terminal), idle_(idle), editor_(terminal), watchdog_(stream.executor(), [&stream] {
          stream.close();
        }) {}

  asio::awaitable<void> out(std::string text) override {
    if (terminal_ == Terminal::pty) text = with_carriage_returns(text);
    co_await stream_.write(text);
  }
  asio::awaitable<void> err(std::string text) override { return out(std::move(text)); }

  asio::awaitable<void> until_abandoned() override {
    for (;;) {
      const Input input = co_await read();
      if (input.kind != Input::Kind::line) co_return;
    }
  }

  /// The next line, interrupt or end.
  asio::awaitable<Input> read() {
    for (;;) {
      if (const auto input = editor_.next()) co_return *input;
      if (ended_) co_return Input{Input::Kind::end, {}};
      co_await read_more();
    }
  }

  bool was_idle() const { return watchdog_.bitten(); }

 private:
  asio::awaitable<void> read_more() {
    watchdog_.arm(idle_);
    const std::size_t count = co_await stream_.read_some(buffer_);
    watchdog_.disarm();
    ended_ = count == 0 || was_idle();
    if (ended_) editor_.finish();
    editor_.feed({buffer_.data(), count});
    const std::string echo = editor_.take_echo();
    if (!echo.empty()) co_await stream_.write(echo);
  }

  static std::string with_carriage_returns(const std::string& text) {
    std::string out;
    for (const char c : text) {
      if (c == '\n') out += '\r';
      out += c;
    }
    return out;
  }

  net::ByteStream& stream_;
  Terminal terminal_;
  Duration idle_;
  LineEditor editor_;
  net::Watchdog watchdog_;
  std::array<char, read_size> buffer_{};
  bool ended_ = false;
};

std::string greeting(const CallerFacts& facts, Standing standing) {
  if (standing == Standing::newcomer) {
    return "Sisumail relay. Nobody has the name " + facts.name + " yet, and your key " + facts.fingerprint +
           " has no name here.\n\"claim\" binds the two; until then there is nothing else.\n";
  }
  return "Sisumail relay. You are " + facts.name + ", with the key " + facts.fingerprint + ".\n";
}

asio::awaitable<void> greet(Caller& caller, ShellIo& io) {
  co_await io.out(greeting(caller.facts(), caller.standing()) +
                  "There is no shell here; there are these commands, and \"exit\":\n");
  Call call{caller, io};  // by name: g++ 12.2 destroys a temporary in co_await twice
  co_await run_help(std::move(call));
}

bool leaves(const std::string& line) { return line == "exit" || line == "quit" || line == "logout"; }
bool is_blank(const std::string& line) { return line.find_first_not_of(" \t") == std::string::npos; }

asio::awaitable<ShellEnd> converse(Caller& caller, ShellIo& io, std::string prompt) {
  co_await greet(caller, io);
  for (;;) {
    if (!prompt.empty()) co_await io.out(prompt);
    const Input input = co_await io.read();
    if (io.was_idle()) co_return ShellEnd::idle;
    if (input.kind == Input::Kind::end || leaves(input.text)) co_return ShellEnd::left;
    if (input.kind == Input::Kind::line && !is_blank(input.text)) {
      co_await run_command_line(caller, io, input.text);
    }
  }
}

}  // namespace

asio::awaitable<ShellEnd> run_shell(Caller& caller, net::ByteStream& stream, Terminal terminal) {
  ShellIo io(stream, terminal, caller.limits().shell_idle);
  const std::string prompt = terminal == Terminal::pty ? caller.facts().name + "> " : "";
  try {
    co_return co_await converse(caller, io, prompt);
  } catch (const std::system_error&) {
    if (!io.was_idle()) throw;
  }
  co_return ShellEnd::idle;
}

}  // namespace sisu::relay::commands
