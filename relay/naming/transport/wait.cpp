#include "relay/naming/transport/wait.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <poll.h>
#include <system_error>

namespace sisu::relay::naming {

int milliseconds_until(std::chrono::steady_clock::time_point deadline) {
  constexpr std::chrono::milliseconds longest{60'000};
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp(left, std::chrono::milliseconds{0}, longest).count());
}

short wait_for(int descriptor, short events, std::chrono::steady_clock::time_point deadline) {
  pollfd waiting{.fd = descriptor, .events = events, .revents = 0};
  while (true) {
    const int ready = ::poll(&waiting, 1, milliseconds_until(deadline));
    if (ready > 0) return waiting.revents;
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
