#include "tests/support/name_server/scripted_server.hpp"

#include "relay/naming/wire/ldns_handles.hpp"
#include "tests/support/name_server/program.hpp"

#include <arpa/inet.h>
#include <array>
#include <netinet/in.h>
#include <optional>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace sisu::test {
namespace {

constexpr int look_around = 20;  // milliseconds

int bound(const Endpoint& endpoint, int type) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(endpoint.port);
  const int number = ::socket(AF_INET, type | SOCK_CLOEXEC, 0);
  if (::bind(number, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error("the port is taken");
  return number;
}

bool is_readable(int descriptor) {
  pollfd waiting{.fd = descriptor, .events = POLLIN, .revents = 0};
  return ::poll(&waiting, 1, look_around) > 0;
}

bool read_exactly(int descriptor, Octets& octets) {
  return octets.empty() ||
         ::recv(descriptor, octets.data(), octets.size(), MSG_WAITALL) == static_cast<ssize_t>(octets.size());
}

std::optional<Octets> read_message(int connection) {
  Octets length(2);
  if (!read_exactly(connection, length)) return std::nullopt;
  Octets message(relay::naming::message_id(length));
  if (!read_exactly(connection, message)) return std::nullopt;
  return message;
}

}  // namespace

ScriptedServer::ScriptedServer(Script script) : script_(std::move(script)), endpoint_(free_endpoint()) {
  datagrams_ = bound(endpoint_, SOCK_DGRAM);
  listener_ = bound(endpoint_, SOCK_STREAM);
  ::listen(listener_, 16);
  thread_ = std::thread([this] { serve(); });
}

ScriptedServer::~ScriptedServer() {
  stopping_ = true;
  thread_.join();
  ::close(datagrams_);
  ::close(listener_);
}

void ScriptedServer::serve() {
  while (!stopping_) {
    std::array<pollfd, 2> sockets{pollfd{.fd = datagrams_, .events = POLLIN, .revents = 0},
                                  pollfd{.fd = listener_, .events = POLLIN, .revents = 0}};
    if (::poll(sockets.data(), sockets.size(), look_around) <= 0) continue;
    if (sockets[0].revents != 0) serve_datagram();
    if (sockets[1].revents != 0) serve_connection();
  }
}

void ScriptedServer::serve_datagram() {
  Octets message(relay::naming::longest_message);
  sockaddr_storage peer{};
  socklen_t length = sizeof peer;
  const auto size =
      ::recvfrom(datagrams_, message.data(), message.size(), 0, reinterpret_cast<sockaddr*>(&peer), &length);
  if (size < 0) return;
  message.resize(static_cast<std::size_t>(size));
  for (const auto& answer : script_(message, Transport::udp))
    ::sendto(datagrams_, answer.data(), answer.size(), 0, reinterpret_cast<const sockaddr*>(&peer), length);
}

void ScriptedServer::serve_connection() {
  const int connection = ::accept(listener_, nullptr, nullptr);
  while (!stopping_) {
    if (!is_readable(connection)) continue;
    const auto message = read_message(connection);
    const auto answers = message ? script_(*message, Transport::tcp) : Answers{};
    if (answers.empty()) break;
    for (const auto& answer : answers) {
      Octets framed{static_cast<std::uint8_t>(answer.size() >> 8), static_cast<std::uint8_t>(answer.size() & 0xFF)};
      framed.insert(framed.end(), answer.begin(), answer.end());
      ::send(connection, framed.data(), framed.size(), MSG_NOSIGNAL);
    }
  }
  ::close(connection);
}

Octets answer_to(const Octets& question, const AnswerDraft& draft) {
  ldns_pkt* made = nullptr;
  if (ldns_wire2pkt(&made, question.data(), question.size()) != LDNS_STATUS_OK) throw std::runtime_error("no question");
  const relay::naming::LdnsPacket packet(made);
  ldns_pkt_set_qr(made, true);
  ldns_pkt_set_aa(made, draft.authoritative);
  ldns_pkt_set_tc(made, draft.truncated);
  ldns_pkt_set_ad(made, draft.authenticated);
  ldns_pkt_set_rcode(made, static_cast<std::uint8_t>(draft.code));
  for (const auto& text : draft.records) {
    ldns_rr* record = nullptr;
    if (ldns_rr_new_frm_str(&record, text.c_str(), 0, nullptr, nullptr) != LDNS_STATUS_OK)
      throw std::runtime_error("no record: " + text);
    ldns_pkt_push_rr(made, LDNS_SECTION_ANSWER, record);
  }
  std::uint8_t* octets = nullptr;
  std::size_t size = 0;
  if (ldns_pkt2wire(&octets, made, &size) != LDNS_STATUS_OK) throw std::runtime_error("no message");
  const relay::naming::LdnsOctets owner(octets);
  return {octets, octets + size};
}

}  // namespace sisu::test
