// One connection to sisumail-dns: reads lines, stores sets in batches, and writes what it is asked to. States are not
// queued: which owners' are to be told is noted, and they are read when there is room to write them, so that a slow
// peer costs no more memory than it has owners.
#pragma once

#include "proto/naming_messages.hpp"
#include "relay/naming/reconciler/record_database.hpp"
#include "relay/naming/service/limits.hpp"
#include "relay/naming/service/peer_rights.hpp"
#include "relay/naming/service/reconciler_thread.hpp"
#include "relay/naming/service/refusal_log.hpp"

#include <asio/awaitable.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/steady_timer.hpp>

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>

namespace sisu::relay::naming {

/// What the service does for its peers. Used on the service's loop.
class PeerHost {
 public:
  using States = std::vector<proto::naming::State>;
  /// By owner: the digest that the peer knows, for owners that are gone.
  using Digests = std::map<std::string, std::string>;

  virtual ~PeerHost() = default;
  virtual const ZoneLayout& layout() const = 0;
  virtual const ServiceLimits& limits() const = 0;
  virtual proto::naming::ServiceHello hello() const = 0;
  virtual RefusalLog& refusals() = 0;
  /// Stored when it completes. Throws sqlite::Error.
  virtual asio::awaitable<std::vector<SetOutcome>> store(std::vector<DesiredSet> sets) = 0;
  /// What is wrong with `declared` being all the owners that there are, one line; empty: nothing.
  virtual asio::awaitable<std::string> complete(std::set<std::string> declared, PeerRights rights) = 0;
  virtual asio::awaitable<States> states(Digests owners) = 0;
  /// False: too many questions wait.
  virtual bool ask(proto::naming::Ask::What what, std::function<void(ReconcilerThread::Answer)> answered) = 0;
};

class Peer : public std::enable_shared_from_this<Peer> {
 public:
  using Socket = asio::local::stream_protocol::socket;

  Peer(Socket socket, PeerRights rights, std::string name, PeerHost& host);

  /// Until the peer has gone, or close(), and what could be written is written.
  asio::awaitable<void> run();
  void close();

  void state_changed(const std::string& owner);
  /// To one who has introduced itself.
  void say_hello_again();

 private:
  struct Interest {
    std::string digest;
    bool is_declared = false;
  };

  asio::awaitable<void> read_all();
  asio::awaitable<std::size_t> read_some();
  asio::awaitable<void> take_lines();
  asio::awaitable<void> take(std::string_view line);
  asio::awaitable<void> handle(const proto::naming::Request& request);
  void handle_hello(const proto::naming::Hello& hello);
  void handle_set(const proto::naming::Set& set);
  asio::awaitable<void> handle_complete();
  void handle_watch(const proto::naming::Watch& watch);
  void handle_ask(const proto::naming::Ask& ask);
  asio::awaitable<void> store_batch();
  bool note_interest(const std::string& owner, const std::string& digest, bool is_declared);
  void refuse_set(const proto::naming::Set& set, const std::string& why);
  void refuse(const std::string& kind, const std::string& what);
  void end_with(const std::string& kind, const std::string& what);

  asio::awaitable<void> write_all();
  asio::awaitable<void> write_queued();
  asio::awaitable<void> queue_states();
  asio::awaitable<void> wait(asio::steady_timer& timer);
  void say(const proto::naming::Answer& answer);
  void tell(const std::string& owner);
  void deliver(const ReconcilerThread::Answer& answer);

  Socket socket_;
  const PeerRights rights_;
  const std::string name_;  ///< "uid 998": for the log
  PeerHost& host_;

  std::string input_;
  bool is_introduced_ = false;
  bool knows_zone_ = false;  ///< its hello named ours
  bool is_ending_ = false;   ///< nothing more is read
  std::vector<DesiredSet> batch_;
  std::map<std::string, Interest> interests_;

  std::deque<std::string> output_;
  std::set<std::string> untold_;  ///< owners whose state is to be written
  asio::steady_timer work_;       ///< cancelled when there is something to write
  asio::steady_timer room_;       ///< cancelled when something was written
};

}  // namespace sisu::relay::naming
