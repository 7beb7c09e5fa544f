#include "relay/naming/transport/wait.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdint>
#include <poll.h>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>

namespace sisu::relay::naming {

int milliseconds_until(std::chrono::steady_clock::time_point deadline) {
  constexpr std::chrono::milliseconds longest{60'000};
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp(left, std::chrono::milliseconds{0}, longest).count());
}

Interrupt::Interrupt() : event_(::eventfd(0, EFD_CLOEXEC)) {
  if (!event_.is_open()) throw std::system_error(errno, std::system_category(), "eventfd");
}

void Interrupt::raise() const noexcept {
  const std::uint64_t one = 1;
  static_cast<void>(!::write(event_.get(), &one, sizeof one));  // nobody reads it: it stays raised
}

short wait_for(int descriptor, short events, std::chrono::steady_clock::time_point deadline,
               const Interrupt* interrupt) {
  std::array<pollfd, 2> waiting{
      pollfd{.fd = descriptor, .events = events, .revents = 0},
      pollfd{.fd = interrupt != nullptr ? interrupt->descriptor() : -1, .events = POLLIN, .revents = 0}};
  while (true) {
    const int ready = ::poll(waiting.data(), waiting.size(), milliseconds_until(deadline));
    if (ready > 0) return waiting[1].revents != 0 ? short{0} : waiting[0].revents;
    if (ready < 0 && errno != EINTR) return 0;
    if (std::chrono::steady_clock::now() >= deadline) return 0;
  }
}

std::string describe_errno(int number) {
  std::string text = std::system_category().message(number);
  if (!text.empty()) text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

}  // namespace sisu::relay::naming
