// A name server on loopback, UDP and TCP, that answers as a test says: late, never, wrongly, or not at all.
#pragma once

#include "common/base/ip_address.hpp"
#include "relay/naming/wire/message.hpp"

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace sisu::test {

using relay::naming::Octets;
using Answers = std::vector<Octets>;

class ScriptedServer {
 public:
  enum class Transport { udp, tcp };
  /// What is sent for one message: any number of messages, for TCP each to get its length. Over TCP none at all: the
  /// connection is closed. Called on the server's own thread.
  using Script = std::function<Answers(const Octets& message, Transport transport)>;

  explicit ScriptedServer(Script script);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  const Endpoint& endpoint() const { return endpoint_; }

 private:
  void serve();
  void serve_datagram();
  void serve_connection();

  Script script_;
  Endpoint endpoint_;
  int datagrams_ = -1;
  int listener_ = -1;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

struct AnswerDraft {
  std::vector<std::string> records = {};  ///< "a.example.org. 300 IN A 192.0.2.1"
  int code = 0;
  bool authoritative = true;
  bool truncated = false;
  bool authenticated = false;
};

/// `question` answered.
Octets answer_to(const Octets& question, const AnswerDraft& draft);

}  // namespace sisu::test
