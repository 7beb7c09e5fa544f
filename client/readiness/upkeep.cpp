#include "client/readiness/upkeep.hpp"

#include <asio/error.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include <algorithm>
#include <system_error>
#include <utility>

namespace sisu::client {
namespace {

using std::chrono::milliseconds;
using Kind = keys::RollStep::Kind;

constexpr milliseconds at_once{0};
constexpr milliseconds until_told = std::chrono::hours(24);

std::string joined(const std::vector<std::string>& sentences) {
  std::string all;
  for (const std::string& sentence : sentences) all += (all.empty() ? "" : "; ") + sentence;
  return all;
}

}  // namespace

Upkeep::Upkeep(asio::any_io_executor executor, Names& names, DeviceTls& device, std::function<LinkState()> link,
               UpkeepOptions options, log::Logger logger)
    : names_(names),
      device_(device),
      link_(std::move(link)),
      options_(options),
      logger_(std::move(logger)),
      resting_(executor),
      poll_(options.soonest),
      retry_(options.after_failure) {}

asio::awaitable<void> Upkeep::run() {
  for (;;) {
    look_again_ = false;
    const Pause pause = co_await look();
    note_readiness();
    if (pause > at_once) co_await rest(pause);
  }
}

asio::awaitable<Upkeep::Pause> Upkeep::look() {
  if (link_().connected() && !dns_is_fresh_) {
    const bool answered = co_await ask();
    if (!answered) co_return failed("the relay did not say what is live", trouble_);
  }
  keys::RollStep step = keys::next_step(facts());
  const Kind before = std::exchange(step_, step).kind;
  if (step.kind != before && step.kind == Kind::wait) {
    logger_.info("key roll: waits until the record of the next key is old enough", {{"seconds", step.wait.count()}});
  }
  if (step.kind != before && step.kind == Kind::prepare) {
    logger_.info("key roll: waits for a certificate over the next key");
  }
  co_return co_await take(std::move(step));
}

keys::RollFacts Upkeep::facts() const {
  keys::RollFacts facts;
  facts.ring = device_.ring();
  facts.served = device_.served();
  facts.certificate = device_.next_certificate();
  if (!link_().connected() || !dns_is_fresh_) return facts;
  facts.declared = declared_;
  facts.visibility = dns_->visibility();
  return facts;
}

/// False: no answer; trouble_ says why.
asio::awaitable<bool> Upkeep::ask() {
  const unsigned session = sessions_;
  auto answer = co_await names_.dns_status();
  if (answer && session != sessions_) answer = fail(Refusal{"the session ended", true, false});
  if (!answer) {
    trouble_ = answer.error().reason;
    co_return false;
  }
  dns_ = std::move(*answer);
  dns_is_fresh_ = true;
  were_live_ = were_live_ || dns_->live;
  co_return true;
}

asio::awaitable<Upkeep::Pause> Upkeep::take(keys::RollStep step) {
  switch (step.kind) {
    case Kind::publish:
      co_return co_await publish(std::move(step.set));
    case Kind::wait:
      if (step.wait.count() == 0) co_return next_poll();
      co_return std::min<Pause>(step.wait, options_.waiting);
    case Kind::prepare:
      co_return options_.slowest;
    case Kind::rest:
      if (!link_().connected()) co_return until_told;
      // Ready or not, somebody may wait for the records: a certificate, for what a challenge left.
      if (readiness().ready && !records_are_pending()) co_return options_.steady;
      co_return next_poll();
    case Kind::offline:
      co_return until_told;
    case Kind::make_next:
    case Kind::note_former:
    case Kind::switch_over:
    case Kind::serve:
    case Kind::forget_former:
    case Kind::end_wish:
      co_return co_await change(step.kind);
  }
  co_return until_told;
}

asio::awaitable<Upkeep::Pause> Upkeep::publish(keys::DigestSet set) {
  const auto published = co_await names_.publish_tlsa(set);
  const bool keeps_records = dns_ && dns_->has_dns;
  if (!published && (keeps_records || published.error().for_now)) {
    co_return failed("the TLSA set was not published", published.error().reason);
  }
  // Where the relay keeps no records, a refusal is as good: there is nobody to tell.
  if (published) logger_.info("TLSA set published", {{"keys", set.size()}});
  declared_ = std::move(set);
  dns_is_fresh_ = false;
  trouble_.clear();
  retry_ = options_.after_failure;
  poll_ = options_.soonest;
  co_return at_once;
}

asio::awaitable<Upkeep::Pause> Upkeep::change(Kind step) {
  const auto changed = co_await device_.carry_out(step);
  const std::string name(keys::name_of(step));
  if (!changed) co_return failed("a step of the key roll failed: " + name, changed.error());
  retry_ = options_.after_failure;
  if (step == Kind::serve) {
    logger_.info("key roll: the new key serves", {{"tls_key_sha256", device_.ring().current}});
  } else {
    logger_.info("key roll: step taken", {{"step", name}});
  }
  co_return at_once;
}

asio::awaitable<void> Upkeep::rest(Pause pause) {
  if (look_again_) co_return;
  resting_.expires_after(pause);
  co_await resting_.async_wait(asio::experimental::as_tuple(asio::use_awaitable));
  const auto cancelled = co_await asio::this_coro::cancellation_state;
  if (cancelled.cancelled() != asio::cancellation_type::none) throw std::system_error(asio::error::operation_aborted);
  dns_is_fresh_ = false;
}

asio::awaitable<void> Upkeep::refresh() {
  if (link_().connected()) co_await ask();
}

void Upkeep::session_began() {
  ++sessions_;
  dns_.reset();
  declared_.reset();
  were_live_ = false;
  told_.reset();
  poll_ = options_.soonest;
  retry_ = options_.after_failure;
  look_again();
}

void Upkeep::look_again() {
  look_again_ = true;
  dns_is_fresh_ = false;
  resting_.cancel();
}

asio::awaitable<Result<void, std::string>> Upkeep::wish_roll() {
  if (!device_.has_ring()) co_return fail(std::string("the key was given with --tls-key: change it there"));
  const auto wished = co_await device_.wish_roll();
  if (wished) logger_.info("key roll wished", {{"tls_key_sha256", device_.ring().current}});
  look_again();
  co_return wished;
}

bool Upkeep::records_are_pending() const { return dns_ && dns_->has_dns && !dns_->live; }

Readiness Upkeep::readiness() const { return readiness_of({link_(), device_.served(), dns_, were_live_}); }

/// A line when it becomes ready, and one when it is not. What exactly is missing may change with every answer.
void Upkeep::note_readiness() {
  const Readiness now = readiness();
  if (!dns_ && trouble_.empty()) return;
  if (told_ == now.ready) return;
  if (now.ready) {
    logger_.info("ready", {{"dane", dane_text(dns_, device_.served())}});
  } else if (link_().connected()) {
    logger_.info("not ready yet", {{"missing", joined(now.missing)}});
  }
  told_ = now.ready;
}

Upkeep::Pause Upkeep::next_poll() {
  const Pause now = poll_;
  poll_ = std::min(poll_ * 2, options_.slowest);
  return now;
}

Upkeep::Pause Upkeep::failed(const std::string& what, const std::string& why) {
  trouble_ = why;
  const Pause pause = retry_;
  retry_ = std::min(retry_ * 2, options_.longest_pause);
  if (link_().connected()) {
    logger_.warning(what, {{"reason", why}, {"next_attempt_in_seconds", (pause.count() + 999) / 1000}});
  }
  return pause;
}

}  // namespace sisu::client
