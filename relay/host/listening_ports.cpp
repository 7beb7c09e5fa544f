#include "relay/host/listening_ports.hpp"

#include "relay/host/socket_diagnosis.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <pwd.h>
#include <sstream>

namespace sisu::relay::host {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view state_listen = "0A";
constexpr std::size_t uid_column = 7;
constexpr std::size_t inode_column = 9;

template <class Number>
std::optional<Number> parse_number(std::string_view text, int base) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

/// "0100007F:1F90": 32-bit words in the byte order of the host.
std::optional<Endpoint> parse_address(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon != 8 && colon != 32) return std::nullopt;
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t word = 0; word < colon / 8; ++word) {
    const auto value = parse_number<std::uint32_t>(text.substr(word * 8, 8), 16);
    if (!value) return std::nullopt;
    std::memcpy(bytes.data() + word * 4, &*value, sizeof *value);
  }
  const auto port = parse_number<std::uint16_t>(text.substr(colon + 1), 16);
  if (!port) return std::nullopt;
  const auto address = colon == 8 ? IpAddress::v4(std::span(bytes).first<4>()) : IpAddress::v6(bytes);
  return Endpoint{address, *port};
}

std::optional<ListeningPort> parse_line(const std::string& line) {
  if (line.find(state_listen) == line.npos) return std::nullopt;  // a busy host has 100,000 others
  std::istringstream words(line);
  const std::vector<std::string> columns{std::istream_iterator<std::string>(words), {}};
  if (columns.size() <= inode_column || columns[3] != state_listen) return std::nullopt;
  const auto address = parse_address(columns[1]);
  const auto inode = parse_number<std::uint64_t>(columns[inode_column], 10);
  const auto uid = parse_number<std::uint32_t>(columns[uid_column], 10);
  if (!address || !inode || !uid) return std::nullopt;
  return ListeningPort{*address, *inode, *uid};
}

std::string read_file(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return std::move(text).str();
}

bool holds_socket(const fs::path& process, const std::string& link) {
  std::error_code error;
  for (fs::directory_iterator file(process / "fd", error), end; !error && file != end; file.increment(error)) {
    std::error_code unreadable;
    if (fs::read_symlink(file->path(), unreadable) == link) return true;
  }
  return false;
}

bool is_wildcard(const ListeningPort& port) { return port.address.address.is_unspecified(); }

}  // namespace

std::vector<ListeningPort> parse_proc_net_tcp(std::string_view text) {
  std::vector<ListeningPort> ports;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    if (const auto port = parse_line(line)) ports.push_back(*port);
  }
  return ports;
}

std::vector<ListeningPort> listening_ports() {
  if (auto found = diagnose_listening_sockets()) return *std::move(found);
  std::vector<ListeningPort> ports = parse_proc_net_tcp(read_file("/proc/net/tcp"));
  std::ranges::copy(parse_proc_net_tcp(read_file("/proc/net/tcp6")), std::back_inserter(ports));
  return ports;
}

std::optional<ListeningPort> wildcard_on(const std::vector<ListeningPort>& ports, std::uint16_t port) {
  const auto found = std::ranges::find_if(ports, [port](const ListeningPort& candidate) {
    return candidate.address.port == port && is_wildcard(candidate);
  });
  if (found == ports.end()) return std::nullopt;
  return *found;
}

std::optional<std::string> program_of(std::uint64_t inode) {
  const std::string link = "socket:[" + std::to_string(inode) + "]";
  std::error_code error;
  for (fs::directory_iterator process("/proc", error), end; !error && process != end; process.increment(error)) {
    const std::string pid = process->path().filename();
    if (!parse_number<std::uint32_t>(pid, 10) || !holds_socket(process->path(), link)) continue;
    std::string name = read_file(process->path() / "comm");
    while (!name.empty() && name.back() == '\n') name.pop_back();
    return name + " (pid " + pid + ")";
  }
  return std::nullopt;
}

std::string owner_of(const ListeningPort& port) {
  if (auto program = program_of(port.inode)) return *std::move(program);
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 4096> text{};
  ::getpwuid_r(port.uid, &entry, text.data(), text.size(), &found);
  return "a program of the user " + (found ? std::string(found->pw_name) : std::to_string(port.uid));
}

std::string owner_text(const Endpoint& address) {
  for (const ListeningPort& port : listening_ports()) {
    if (port.address.port != address.port) continue;
    if (port.address.address != address.address && !is_wildcard(port)) continue;
    return "; it belongs to " + owner_of(port) + ": stop it or choose another port";
  }
  return "; nobody listens there: an outgoing connection has the port, try again or choose one below the ephemeral "
         "range";
}

}  // namespace sisu::relay::host
