#include "client/maildir/maildir_name.hpp"

#include <array>
#include <cstdio>
#include <unistd.h>

namespace sisu::client {
namespace {

constexpr std::size_t max_host = 64;  // HOST_NAME_MAX on Linux

bool stands_for_itself(char c, bool first) {
  if (first && c == '.') return false;
  return c > ' ' && c < 0x7f && c != '/' && c != ':' && c != '\\';
}

std::string octal(char c) {
  std::array<char, 5> text{};
  std::snprintf(text.data(), text.size(), "\\%03o", static_cast<unsigned>(static_cast<unsigned char>(c)));
  return text.data();
}

}  // namespace

std::string maildir_host(std::string_view host_name) {
  std::string host;
  for (const char c : host_name) {
    const std::string piece = stands_for_itself(c, host.empty()) ? std::string(1, c) : octal(c);
    if (host.size() + piece.size() > max_host) break;
    host += piece;
  }
  return host.empty() ? "localhost" : host;
}

std::string this_maildir_host() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return maildir_host({});
  return maildir_host(name.data());
}

std::string maildir_name(std::chrono::system_clock::time_point arrived, DeliveryId delivery, std::string_view host) {
  using namespace std::chrono;
  const auto since_1970 = duration_cast<microseconds>(arrived.time_since_epoch()).count();
  std::array<char, 40> time{};
  std::snprintf(time.data(), time.size(), "%lld.M%06lldR", static_cast<long long>(since_1970 / 1'000'000),
                static_cast<long long>(since_1970 % 1'000'000));
  return time.data() + delivery.to_string() + "." + std::string(host);
}

}  // namespace sisu::client
