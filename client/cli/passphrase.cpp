#include "client/cli/passphrase.hpp"

#include "common/base/file_system.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>
#include <utility>

namespace sisu::client {
namespace {

constexpr std::size_t longest_passphrase = 1024;

/// Signals that end the program while a person types must not leave the terminal without echo: within its life they
/// only end wait_readable(), and are raised again afterwards. They are blocked outside of it, so that one which comes
/// just before the wait is not missed.
class HeldSignals {
 public:
  HeldSignals() {
    sigset_t held{};
    ::sigemptyset(&held);
    for (const int signal : signals) ::sigaddset(&held, signal);
    ::pthread_sigmask(SIG_BLOCK, &held, &mask_before_);
    struct sigaction note {};
    note.sa_handler = [](int signal) { caught = signal; };
    for (std::size_t i = 0; i < signals.size(); ++i) ::sigaction(signals[i], &note, &before_[i]);
  }
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;
  ~HeldSignals() {
    for (std::size_t i = 0; i < signals.size(); ++i) ::sigaction(signals[i], &before_[i], nullptr);
    ::pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
    if (const int signal = std::exchange(caught, 0)) ::raise(signal);
  }

  /// False when one of the signals came instead.
  bool wait_readable(int fd) const {
    pollfd waited{.fd = fd, .events = POLLIN, .revents = 0};
    while (caught == 0) {
      if (::ppoll(&waited, 1, nullptr, &mask_before_) > 0) return true;
      if (errno != EINTR) return false;
    }
    return false;
  }

 private:
  static constexpr std::array<int, 4> signals{SIGINT, SIGTERM, SIGHUP, SIGQUIT};
  static inline volatile std::sig_atomic_t caught = 0;
  std::array<struct sigaction, signals.size()> before_{};
  sigset_t mask_before_{};
};

/// The terminal without echo, and as it was before afterwards.
class SilentTerminal {
 public:
  SilentTerminal() : fd_(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) {
    if (fd_ < 0 || ::tcgetattr(fd_, &before_) != 0) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    silent.c_lflag |= ECHONL;
    usable_ = ::tcsetattr(fd_, TCSAFLUSH, &silent) == 0;
  }
  SilentTerminal(const SilentTerminal&) = delete;
  SilentTerminal& operator=(const SilentTerminal&) = delete;
  ~SilentTerminal() {
    if (usable_) ::tcsetattr(fd_, TCSAFLUSH, &before_);
    if (fd_ >= 0) ::close(fd_);
  }

  bool usable() const { return usable_; }
  void show(const std::string& text) { [[maybe_unused]] const ssize_t shown = ::write(fd_, text.data(), text.size()); }
  std::optional<std::string> read_line(const HeldSignals& signals) {
    std::string line;
    char c = 0;
    for (;;) {
      if (!signals.wait_readable(fd_)) return std::nullopt;
      const ssize_t count = ::read(fd_, &c, 1);
      if (count <= 0 || line.size() > longest_passphrase) return std::nullopt;
      if (c == '\n') return line;
      line += c;
    }
  }

 private:
  int fd_;
  termios before_{};
  bool usable_ = false;
};

}  // namespace

std::optional<std::string> ask_passphrase(const std::string& prompt) {
  const HeldSignals held;  // outlives the terminal: its settings come back first
  SilentTerminal terminal;
  if (!terminal.usable()) return std::nullopt;
  terminal.show(prompt);
  return terminal.read_line(held);
}

Result<std::string, std::string> read_passphrase(const std::filesystem::path& file) {
  struct stat about {};
  if (::stat(file.c_str(), &about) == 0 && (about.st_mode & 077) != 0) {
    return fail("others may read the passphrase file " + file.string() + ": chmod 600 it");
  }
  const auto bytes = real_file_system().read(file, longest_passphrase);
  if (!bytes) return fail("cannot read the passphrase file " + file.string() + ": " + bytes.error().message());
  std::string line = bytes->substr(0, bytes->find('\n'));
  if (line.ends_with('\r')) line.pop_back();
  if (line.empty()) return fail("the passphrase file " + file.string() + " begins with an empty line");
  return line;
}

}  // namespace sisu::client
