#include "relay/naming/service/service.hpp"

#include "relay/naming/service/desired_set.hpp"

#include <asio/experimental/as_tuple.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

namespace sisu::relay::naming {
namespace {

namespace messages = proto::naming;

constexpr auto tuple_awaitable = asio::experimental::as_tuple(asio::use_awaitable);
constexpr mode_t socket_mode = 0666;
constexpr auto accept_pause = std::chrono::milliseconds(100);  // no descriptors left, for instance

std::optional<uid_t> user_of(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return std::nullopt;
  return peer.uid;
}

}  // namespace

Service::Service(asio::io_context& loop, RecordDatabase& database, Provider& provider, Visibility& visibility,
                 ServiceSetup setup, log::Logger logger)
    : loop_(loop),
      database_(database),
      setup_(std::move(setup)),
      provider_(provider.describe()),
      log_(std::move(logger)),
      refusals_(log_, setup_.reconciler.steady_clock),
      acceptor_(loop),
      tasks_(loop.get_executor()),
      worker_(1, "names-db"),
      is_signed_(database.is_zone_signed()),
      reconciler_(
          std::make_unique<ReconcilerThread>(database, provider, visibility, setup_.reconciler, hooks(), log_)) {}

Service::~Service() { reconciler_.reset(); }

ReconcilerThread::Hooks Service::hooks() {
  return {.on_states =
              [this](std::vector<StateNotice> notices) {
                asio::post(loop_, [this, told = std::move(notices)] { adopt(told); });
              },
          .on_signed = [this](bool is_signed) { asio::post(loop_, [this, is_signed] { adopt_signed(is_signed); }); }};
}

Result<void, std::string> Service::listen() {
  const auto& path = setup_.socket;
  const auto failed = [&](const std::string& why) { return fail("socket " + path.string() + ": " + why); };
  if (path.string().size() >= sizeof(sockaddr_un::sun_path)) return failed("the path is too long for a Unix socket");
  std::error_code missing;
  if (std::filesystem::is_socket(path, missing)) std::filesystem::remove(path, missing);
  asio::error_code error;
  acceptor_.open(Protocol(), error);
  if (!error) acceptor_.bind(Protocol::endpoint(path.string()), error);
  if (error) return failed(error.message());
  if (::chmod(path.c_str(), socket_mode) != 0) return failed(std::system_category().message(errno));
  acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (error) return failed(error.message());
  tasks_.spawn(accept_all());
  return {};
}

void Service::stop() {
  asio::error_code ignored;
  if (acceptor_.is_open()) {
    acceptor_.close(ignored);
    std::error_code gone;
    std::filesystem::remove(setup_.socket, gone);
  }
  for (const auto& peer : peers_) peer->close();
}

asio::awaitable<void> Service::accept_all() {
  while (acceptor_.is_open()) {
    auto [error, socket] = co_await acceptor_.async_accept(tuple_awaitable);
    if (!error) {
      admit(std::move(socket));
    } else if (acceptor_.is_open()) {
      refusals_.refuse("accept", error.message());
      asio::steady_timer pause(loop_, accept_pause);
      co_await pause.async_wait(tuple_awaitable);
    }
  }
}

void Service::admit(Protocol::socket socket) {
  const auto uid = user_of(socket.native_handle());
  const auto rights = uid ? rights_of(*uid, setup_.users) : PeerRights{};
  const std::string name = uid ? "uid " + std::to_string(*uid) : "an unknown user";
  if (!rights.any()) return turn_away(std::move(socket), "peer", name + " may not speak here: see [peers]");
  if (peers_.size() >= setup_.limits.connections)
    return turn_away(std::move(socket), "connections", name + ": too many connections: close one");
  log_.debug("peer-connected", {{"peer", name}});
  PeerHost& host = *this;
  auto peer = std::make_shared<Peer>(std::move(socket), rights, name, host);
  peers_.insert(peer);
  tasks_.spawn(serve(std::move(peer)));
}

/// A fresh connection's buffer has room for the line: nothing is waited for.
void Service::turn_away(Protocol::socket socket, const std::string& kind, const std::string& what) {
  refusals_.refuse(kind, what);
  const std::string line = to_line(messages::Answer(messages::Problem{what})) + '\n';
  asio::error_code ignored;
  socket.non_blocking(true, ignored);
  socket.write_some(asio::buffer(line), ignored);
}

asio::awaitable<void> Service::serve(std::shared_ptr<Peer> peer) {
  try {
    co_await peer->run();
  } catch (const std::exception& error) {
    log_.error("peer-failed", {{"why", error.what()}});
  }
  peers_.erase(peer);
}

messages::ServiceHello Service::hello() const {
  return {.zone = setup_.layout.zone.to_string(), .provider = provider_, .is_signed = is_signed_};
}

void Service::adopt(const std::vector<StateNotice>& notices) {
  for (const auto& [owner, problem] : notices) {
    if (problem.empty())
      problems_.erase(owner);
    else
      problems_[owner] = problem;
    for (const auto& peer : peers_) peer->state_changed(owner);
  }
}

void Service::adopt_signed(bool is_signed) {
  is_signed_ = is_signed;
  for (const auto& peer : peers_) peer->say_hello_again();
}

asio::awaitable<std::vector<SetOutcome>> Service::store(std::vector<DesiredSet> sets) {
  for (const auto& set : sets) undeclared_.erase(set.owner);
  const auto kept = std::make_shared<const std::vector<DesiredSet>>(std::move(sets));
  auto work = [this, kept] { return database_.store(*kept); };
  auto outcomes = co_await worker_.run(std::move(work));
  std::vector<std::string> changed;
  for (std::size_t i = 0; i < kept->size(); ++i) {
    if (outcomes[i] == SetOutcome::stored) changed.push_back((*kept)[i].owner);
  }
  if (!changed.empty()) reconciler_->changed(std::move(changed));
  co_return outcomes;
}

/// A relay with an empty, another or an old registry knows nobody, or not all. Their mail would be given back by every
/// sender as for names that do not exist, so nothing is removed on that word alone: an operator has to say it.
asio::awaitable<std::string> Service::complete(std::set<std::string> declared, PeerRights rights) {
  auto work = [this] { return database_.wanting_owners(); };
  const auto wanting = co_await worker_.run(std::move(work));
  for (const auto& name : wanting) {
    const auto owner = Owner::parse(name, setup_.layout);
    if (owner && !rights.may_declare(*owner)) continue;
    if (declared.contains(name))
      undeclared_.erase(name);
    else
      undeclared_.insert(name);
  }
  co_return undeclared_text();
}

std::string Service::undeclared_text() const {
  constexpr std::size_t most_named = 3;
  if (undeclared_.empty()) return "";
  std::string names;
  std::size_t named = 0;
  for (const auto& owner : undeclared_) {
    if (named == most_named) break;
    names += (named++ == 0 ? "" : ", ") + owner;
  }
  if (undeclared_.size() > most_named) names += ", ...";
  return "the relay does not know " + std::to_string(undeclared_.size()) + " whose records are here (" + names +
         "): they stay. If the relay runs with the right state directory, \"sisumail-relay dns prune\" removes them";
}

/// In the order of the worker's queue: a set that comes meanwhile is stored after it, and stays.
asio::awaitable<void> Service::prune(ReconcilerThread::Answered answered) {
  std::vector<std::string> owners(undeclared_.begin(), undeclared_.end());
  undeclared_.clear();
  auto work = [this, owners = std::move(owners)] { return database_.empty(owners); };
  std::vector<std::string> emptied;
  std::string problem;
  try {
    emptied = co_await worker_.run(std::move(work));
  } catch (const std::exception& error) {
    problem = error.what();
  }
  if (!problem.empty()) {
    answered({.findings = {}, .count = 0, .problem = problem});
    co_return;
  }
  log_.info("undeclared-owners-removed", {{"owners", emptied.size()}});
  reconciler_->ask(messages::Ask::What::prune, std::move(answered), std::move(emptied));
}

/// Who has no set any more has nothing left to be seen; who never had one is not live.
asio::awaitable<PeerHost::States> Service::states(Digests owners) {
  std::vector<std::string> names;
  for (const auto& [owner, digest] : owners) names.push_back(owner);
  auto work = [this, names = std::move(names)] { return database_.load(names); };
  const auto loaded = co_await worker_.run(std::move(work));
  const auto now = std::chrono::floor<std::chrono::seconds>(setup_.reconciler.wall_clock());
  States states;
  for (const auto& known : loaded) {
    const auto problem = problems_.find(known.owner);
    states.push_back(state_of(known, problem == problems_.end() ? "" : problem->second, now));
    owners.erase(known.owner);
  }
  for (const auto& [owner, digest] : owners) {
    problems_.erase(owner);
    states.push_back(
        {.owner = owner, .digest = digest, .live = !digest.empty(), .live_for = {}, .tlsa = {}, .problem = ""});
  }
  co_return states;
}

bool Service::ask(messages::Ask::What what, std::function<void(ReconcilerThread::Answer)> answered) {
  if (questions_ >= setup_.limits.questions) return false;
  ++questions_;
  auto answer = [this, answered = std::move(answered)](ReconcilerThread::Answer told) {
    asio::post(loop_, [this, answered, told = std::move(told)]() mutable {
      --questions_;
      if (told.problem.empty()) told.problem = undeclared_text();
      answered(std::move(told));
    });
  };
  if (what == messages::Ask::What::prune)
    tasks_.spawn(prune(std::move(answer)));
  else
    reconciler_->ask(what, std::move(answer));
  return true;
}

}  // namespace sisu::relay::naming
