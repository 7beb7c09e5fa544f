// A relay for one test: logs in whom it is told to, answers whoami and events, opens delivery channels.
#pragma once

#include "client/link/relay_address.hpp"
#include "common/net/task_group.hpp"
#include "common/ssh/server_session.hpp"

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>

#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sisu::client::test {

class FakeRelay {
 public:
  explicit FakeRelay(asio::io_context& loop);
  ~FakeRelay();

  RelayAddress address() const { return {"127.0.0.1", acceptor_.local_endpoint().port()}; }
  ssh::PublicKey host_key() const { return host_key_.public_key(); }

  std::optional<std::string> refuse_login;
  bool grant_forwards = true;
  bool answer_commands = true;  ///< false: as a relay that hangs
  std::string whoami =
      R"({"name":"niklas","fingerprint":"SHA256:x","session":"urn:uuid:5f0c6a4e-1d2b-4c3d-8e9f-0123456789ab"})";

  std::size_t busy = 0;             ///< commands that will be answered with "not now"
  std::string busy_with;            ///< how those begin
  bool knows_the_key = true;        ///< false: whoami is refused, until a claim
  std::string claim_refusal;        ///< empty: a claim is granted, and answered as whoami
  std::vector<std::string> claims;  ///< the command lines

  /// Other commands, by their beginning: what is written, and the exit status.
  std::map<std::string, std::pair<std::string, int>> answers;

  std::size_t log_ins = 0;        ///< so far
  std::size_t event_readers = 0;  ///< so far
  std::size_t refusals = 0;       ///< log-ins refused so far
  std::size_t present() const;    ///< sessions that hold the forward now
  std::size_t sessions() const;   ///< sessions there are now

  void drop_sessions();
  /// Writes an event to every session and ends its stream of events.
  asio::awaitable<void> send_event(std::string line);
  /// The same, then ends the sessions, as the relay does.
  asio::awaitable<void> send_event_and_drop(std::string line);
  /// To the newest session that is present.
  asio::awaitable<std::unique_ptr<ssh::Channel>> open_delivery(std::string address, Endpoint originator);

 private:
  struct Session;
  const std::pair<std::string, int>* answer_to(const std::string& command) const;
  asio::awaitable<void> accept();
  asio::awaitable<void> serve(asio::ip::tcp::socket socket);

  asio::io_context& loop_;
  asio::ip::tcp::acceptor acceptor_;
  ssh::PrivateKey host_key_ = ssh::PrivateKey::generate();
  std::list<std::shared_ptr<Session>> sessions_;
  net::TaskGroup tasks_;
};

}  // namespace sisu::client::test
