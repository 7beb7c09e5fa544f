#include "relay/naming/service/peer.hpp"

#include "common/net/deadline.hpp"
#include "common/net/task_group.hpp"
#include "relay/naming/service/desired_set.hpp"

#include <asio/experimental/as_tuple.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>

#include <array>

namespace sisu::relay::naming {
namespace {

namespace messages = proto::naming;

constexpr auto tuple_awaitable = asio::experimental::as_tuple(asio::use_awaitable);
constexpr std::size_t chunk = 64 * 1024;
constexpr std::size_t write_at_once = 256 * 1024;

}  // namespace

Peer::Peer(Socket socket, PeerRights rights, std::string name, PeerHost& host)
    : socket_(std::move(socket)),
      rights_(rights),
      name_(std::move(name)),
      host_(host),
      work_(socket_.get_executor(), asio::steady_timer::time_point::max()),
      room_(socket_.get_executor(), asio::steady_timer::time_point::max()) {}

asio::awaitable<void> Peer::run() {
  const auto self = shared_from_this();
  net::TaskGroup writer(socket_.get_executor());
  writer.spawn(write_all());
  std::exception_ptr failure;
  try {
    co_await read_all();
  } catch (...) {
    failure = std::current_exception();
  }
  is_ending_ = true;
  work_.cancel();
  co_await writer.join();
  asio::error_code ignored;
  socket_.close(ignored);
  if (failure) std::rethrow_exception(failure);
}

void Peer::close() {
  is_ending_ = true;
  asio::error_code ignored;
  socket_.close(ignored);
  work_.cancel();
  room_.cancel();
}

asio::awaitable<void> Peer::read_all() {
  while (!is_ending_) {
    if (output_.size() > host_.limits().unsent_answers) {
      co_await wait(room_);
      continue;
    }
    const std::size_t got = co_await read_some();
    if (got == 0) co_return;
    co_await take_lines();
  }
}

/// 0 at the end of the stream.
asio::awaitable<std::size_t> Peer::read_some() {
  const std::size_t have = input_.size();
  input_.resize(have + chunk);
  std::size_t got = 0;
  try {
    auto reading = socket_.async_read_some(asio::buffer(input_.data() + have, chunk), asio::use_awaitable);
    if (is_introduced_)
      got = co_await std::move(reading);
    else
      got = co_await net::with_deadline(std::move(reading), host_.limits().hello_time);
  } catch (const std::system_error& error) {
    if (error.code() == asio::error::timed_out) end_with("hello-time", "no hello came in time");
  }
  input_.resize(have + got);
  co_return got;
}

asio::awaitable<void> Peer::take_lines() {
  std::size_t begin = 0;
  for (std::size_t end = input_.find('\n'); end != input_.npos && !is_ending_; end = input_.find('\n', begin)) {
    const std::string_view line = std::string_view(input_).substr(begin, end - begin);
    co_await take(line);
    begin = end + 1;
  }
  input_.erase(0, begin);
  co_await store_batch();
  if (input_.size() > messages::line_limit)
    end_with("line", describe(messages::LineError{messages::LineError::Kind::too_long, ""}));
}

asio::awaitable<void> Peer::take(std::string_view line) {
  const auto request = messages::parse_request(line);
  if (!request) {
    if (request.error().is_fatal())
      end_with("line", describe(request.error()));
    else
      refuse("line", describe(request.error()));
    co_return;
  }
  const bool is_hello = std::holds_alternative<messages::Hello>(*request);
  if (is_hello == is_introduced_) {
    end_with("line", is_hello ? "a second hello" : "the first line must be hello");
    co_return;
  }
  co_await handle(*request);
}

asio::awaitable<void> Peer::handle(const messages::Request& request) {
  if (const auto* set = std::get_if<messages::Set>(&request)) {
    handle_set(*set);
    if (batch_.size() >= host_.limits().sets_in_batch) co_await store_batch();
    co_return;
  }
  co_await store_batch();
  if (const auto* hello = std::get_if<messages::Hello>(&request)) handle_hello(*hello);
  if (std::holds_alternative<messages::Complete>(request)) co_await handle_complete();
  if (const auto* watch = std::get_if<messages::Watch>(&request)) handle_watch(*watch);
  if (const auto* ask = std::get_if<messages::Ask>(&request)) handle_ask(*ask);
}

void Peer::handle_hello(const messages::Hello& hello) {
  const auto ours = host_.hello();
  if (hello.version != ours.version)
    return end_with("hello",
                    "version " + std::to_string(hello.version) + " is not spoken here: install the same version");
  const auto zone = RecordName::parse(hello.zone);
  knows_zone_ = zone && *zone == host_.layout().zone;
  if (!knows_zone_ && !hello.zone.empty())
    return end_with("hello", "the zone here is " + ours.zone + ", not " + hello.zone + ": see both configurations");
  is_introduced_ = true;
  say(ours);
}

void Peer::say_hello_again() {
  if (is_introduced_) say(host_.hello());
}

void Peer::handle_set(const messages::Set& set) {
  if (!knows_zone_) return end_with("hello", "whoever declares owners must name the zone in hello");
  auto desired = desired_set(set, host_.layout(), rights_);
  if (!desired) {
    host_.refusals().refuse(desired.error().kind, name_ + ": set of " + set.owner + ": " + desired.error().what);
    return refuse_set(set, desired.error().what);
  }
  if (!note_interest(set.owner, set.digest, true)) return refuse_set(set, "too many owners on one connection");
  batch_.push_back(*std::move(desired));
}

/// A refused set has a state of its own, so that whoever sent it knows which one it was.
void Peer::refuse_set(const messages::Set& set, const std::string& why) {
  say(messages::State{.owner = set.owner,
                      .digest = set.digest,
                      .live = false,
                      .live_for = {},
                      .tlsa = {},
                      .problem = std::string(messages::refused_prefix) + why});
}

bool Peer::note_interest(const std::string& owner, const std::string& digest, bool is_declared) {
  const auto known = interests_.find(owner);
  if (known == interests_.end() && interests_.size() >= host_.limits().owners) {
    host_.refusals().refuse("owners", name_ + ": more than " + std::to_string(host_.limits().owners));
    return false;
  }
  Interest& interest = interests_[owner];
  if (is_declared) interest = {digest, true};
  return true;
}

asio::awaitable<void> Peer::store_batch() {
  if (batch_.empty()) co_return;
  const auto sets = std::exchange(batch_, {});
  const auto outcomes = co_await host_.store(sets);
  for (std::size_t i = 0; i < sets.size(); ++i) {
    if (outcomes[i] == SetOutcome::taken) {
      interests_[sets[i].owner].digest.clear();  // without a set it is not live
      host_.refusals().refuse("taken", name_ + ": a record of " + sets[i].owner + " belongs to another owner");
      refuse_set({.owner = sets[i].owner, .digest = sets[i].digest, .records = {}},
                 "one of the records belongs to another owner");
    } else {
      tell(sets[i].owner);
    }
  }
}

asio::awaitable<void> Peer::handle_complete() {
  if (!rights_.declares_users && !rights_.declares_spool) {
    refuse("right", "you may not declare owners");
    co_return;
  }
  if (!knows_zone_) {
    end_with("hello", "whoever declares owners must name the zone in hello");
    co_return;
  }
  std::set<std::string> declared;
  for (const auto& [owner, interest] : interests_) {
    if (interest.is_declared) declared.insert(declared.end(), owner);
  }
  const auto wrong = co_await host_.complete(std::move(declared), rights_);
  if (!wrong.empty()) refuse("undeclared", wrong);
}

void Peer::handle_watch(const messages::Watch& watch) {
  const auto owner = Owner::parse(watch.owner, host_.layout());
  if (!owner) return refuse("owner", std::string(describe(owner.error())));
  if (!rights_.may_watch(*owner)) return refuse("right", "you may not watch " + watch.owner);
  if (note_interest(watch.owner, "", false)) tell(watch.owner);
}

void Peer::handle_ask(const messages::Ask& ask) {
  if (!rights_.asks) return refuse("right", "you may not ask");
  const auto answered = [peer = weak_from_this()](ReconcilerThread::Answer answer) {
    if (const auto self = peer.lock()) self->deliver(answer);
  };
  if (host_.ask(ask.what, answered)) return;
  host_.refusals().refuse("questions", name_ + ": too many questions wait");
  say(messages::Done{.findings = 0, .problem = "too many questions wait for an answer: ask later"});
}

void Peer::deliver(const ReconcilerThread::Answer& answer) {
  for (const auto& finding : answer.findings) say(finding);
  say(messages::Done{.findings = static_cast<std::uint32_t>(answer.count), .problem = answer.problem});
}

void Peer::refuse(const std::string& kind, const std::string& what) {
  host_.refusals().refuse(kind, name_ + ": " + what);
  say(messages::Problem{what});
}

void Peer::end_with(const std::string& kind, const std::string& what) {
  refuse(kind, what);
  is_ending_ = true;
}

void Peer::state_changed(const std::string& owner) {
  if (interests_.contains(owner)) tell(owner);
}

void Peer::tell(const std::string& owner) {
  untold_.insert(owner);
  work_.cancel();
}

void Peer::say(const messages::Answer& answer) {
  output_.push_back(to_line(answer) + '\n');
  work_.cancel();
}

asio::awaitable<void> Peer::wait(asio::steady_timer& timer) { co_await timer.async_wait(tuple_awaitable); }

/// What fails here ends the connection.
asio::awaitable<void> Peer::write_all() {
  const auto self = shared_from_this();
  try {
    for (;;) {
      if (!output_.empty())
        co_await write_queued();
      else if (!untold_.empty() && socket_.is_open())
        co_await queue_states();
      else if (is_ending_)
        co_return;
      else
        co_await wait(work_);
    }
  } catch (const std::exception& error) {
    host_.refusals().refuse("write", name_ + ": " + error.what());
    close();
  }
}

asio::awaitable<void> Peer::write_queued() {
  std::string text;
  while (!output_.empty() && text.size() < write_at_once) {
    text += output_.front();
    output_.pop_front();
  }
  auto writing = asio::async_write(socket_, asio::buffer(text), asio::use_awaitable);
  co_await net::with_deadline(std::move(writing), host_.limits().write_time);
  room_.cancel();
}

asio::awaitable<void> Peer::queue_states() {
  PeerHost::Digests some;
  while (!untold_.empty() && some.size() < host_.limits().states_in_batch) {
    const auto owner = untold_.extract(untold_.begin()).value();
    some.emplace(owner, interests_[owner].digest);
  }
  const auto states = co_await host_.states(std::move(some));
  for (const auto& state : states) say(state);
}

}  // namespace sisu::relay::naming
