// sisumail-dns behind its socket: who may connect, what is stored, who is told. The Reconciler works on a thread of its
// own; the database's transactions for peers run on another, so that the loop never waits for either.
#pragma once

#include "common/net/task_group.hpp"
#include "common/net/worker_pool.hpp"
#include "relay/naming/service/peer.hpp"

#include <asio/io_context.hpp>

#include <filesystem>
#include <map>
#include <memory>
#include <set>

namespace sisu::relay::naming {

struct ServiceSetup {
  ZoneLayout layout;
  PeerUsers users;
  std::filesystem::path socket;
  ServiceLimits limits;
  ReconcilerOptions reconciler;
};

class Service final : private PeerHost {
 public:
  /// All must outlive it, and it the last run of the loop, which one thread runs. Reconciles at once.
  Service(asio::io_context& loop, RecordDatabase& database, Provider& provider, Visibility& visibility,
          ServiceSetup setup, log::Logger logger);
  ~Service();

  /// A socket that anybody may connect to: who speaks is decided by uid. One that is there already is replaced, as the
  /// state directory is locked. The error is one line.
  Result<void, std::string> listen();
  /// Cuts all peers and removes the socket; then the loop has nothing more to do.
  void stop();

  std::uint64_t refused(const std::string& kind) const { return refusals_.count(kind); }

 private:
  using Protocol = asio::local::stream_protocol;

  asio::awaitable<void> accept_all();
  void admit(Protocol::socket socket);
  void turn_away(Protocol::socket socket, const std::string& kind, const std::string& what);
  asio::awaitable<void> serve(std::shared_ptr<Peer> peer);
  void adopt(const std::vector<StateNotice>& notices);
  void adopt_signed(bool is_signed);
  ReconcilerThread::Hooks hooks();

  const ZoneLayout& layout() const override { return setup_.layout; }
  const ServiceLimits& limits() const override { return setup_.limits; }
  proto::naming::ServiceHello hello() const override;
  RefusalLog& refusals() override { return refusals_; }
  asio::awaitable<std::vector<SetOutcome>> store(std::vector<DesiredSet> sets) override;
  asio::awaitable<std::string> complete(std::set<std::string> declared, PeerRights rights) override;
  asio::awaitable<States> states(Digests owners) override;
  asio::awaitable<void> prune(ReconcilerThread::Answered answered);
  std::string undeclared_text() const;
  bool ask(proto::naming::Ask::What what, std::function<void(ReconcilerThread::Answer)> answered) override;

  asio::io_context& loop_;
  RecordDatabase& database_;
  const ServiceSetup setup_;
  const std::string provider_;  ///< what it calls itself
  const log::Logger log_;
  RefusalLog refusals_;
  Protocol::acceptor acceptor_;
  net::TaskGroup tasks_;
  net::WorkerPool worker_;

  /// As last known: "not signed" would let devices roll their keys without waiting for TLSA records.
  bool is_signed_;
  std::size_t questions_ = 0;
  std::map<std::string, std::string> problems_;  ///< by owner
  std::set<std::string> undeclared_;             ///< have records, but the last `complete` did not know them
  std::set<std::shared_ptr<Peer>> peers_;
  std::unique_ptr<ReconcilerThread> reconciler_;  // last: it is joined before the rest goes
};

}  // namespace sisu::relay::naming
