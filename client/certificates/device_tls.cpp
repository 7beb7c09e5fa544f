#include "client/certificates/device_tls.hpp"

#include "common/base/expects.hpp"

#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include <chrono>
#include <utility>

namespace sisu::client {
namespace {

using Done = Result<void, std::string>;

constexpr std::chrono::milliseconds look_again{10};

Done told(const Result<void, tls::CertificateError>& result) {
  if (!result) return fail(result.error().what);
  return {};
}

}  // namespace

Result<std::unique_ptr<DeviceTls>, std::string> DeviceTls::open(CertificateOptions options, net::WorkerPool& workers) {
  std::unique_ptr<DeviceTls> device(new DeviceTls(std::move(options), workers));
  const Done opened = device->options_.certificate_file ? device->open_given() : device->open_own();
  if (!opened) return fail(opened.error());
  return device;
}

Done DeviceTls::open_own() {
  auto ring = keys::KeyRing::open(real_file_system(), options_.directory);
  if (!ring) return fail(ring.error().what);
  ring_ = std::move(*ring);
  note_ring();
  key_is_new_ = ring_->current_is_new();
  auto own = own_chain(options_, *current_);
  if (!own) return fail(own.error());
  chain_is_new_ = own->is_new;
  has_next_chain_ = waiting_chain(options_, *next_).has_value();
  Done shown = show(std::move(own->chain));
  if (!shown && options_.asks_a_ca) return {};
  return shown;
}

Done DeviceTls::open_given() {
  auto given = given_certificate(options_);
  if (!given) return fail(given.error());
  current_ = std::move(given->key);
  state_.current = current_->spki_sha256();
  state_.next = state_.current;
  return show(std::move(given->chain));
}

void DeviceTls::note_ring() {
  state_ = ring_->state();
  current_ = ring_->current();
  next_ = ring_->next();
}

/// For new handshakes from now on, if the policy has nothing against it. What is shown already stays when it has.
Done DeviceTls::show(tls::CertificateChain chain) {
  const Done allowed = check_policy(options_, chain);
  auto context = tls::make_server_context(chain, *current_);
  if (!context) return fail(context.error().what);
  if (allowed || !chain_) chain_ = std::move(chain);
  if (!allowed) return allowed;
  context_ = std::move(*context);
  served_ = state_.current;
  if (swap_) swap_(context_);
  return {};
}

void DeviceTls::on_change(std::function<void(tls::Context)> swap) {
  swap_ = std::move(swap);
  if (context_) swap_(context_);
}

std::optional<keys::Digest> DeviceTls::served() const { return served_; }

keys::NextCertificate DeviceTls::next_certificate() const {
  if (options_.policy == TlsPolicy::pragmatic) return keys::NextCertificate::not_needed;
  return has_next_chain_ ? keys::NextCertificate::ready : keys::NextCertificate::missing;
}

bool DeviceTls::wants_next_certificate() const {
  return state_.roll_away_from == state_.current && next_ && !has_next_chain_;
}

asio::awaitable<Done> DeviceTls::install(tls::CertificateChain chain) {
  const bool for_current = chain.matches(*current_);
  if (!for_current && (!next_ || !chain.matches(*next_))) {
    co_return fail(std::string("the certificate is over a key that this device does not have"));
  }
  if (const Done allowed = check_policy(options_, chain); !allowed) co_return fail(allowed.error());
  const auto file = chain_file(options_, for_current ? ChainPlace::current : ChainPlace::waiting);
  auto store = [chain, file] { return told(chain.save(file)); };
  Done stored = co_await workers_.run(std::move(store));
  if (!stored) co_return stored;
  if (!for_current) has_next_chain_ = true;
  // A switch may have come in between; then this chain is found at its place at the next start, or is renewed.
  if (chain.matches(*current_)) co_return show(std::move(chain));
  co_return stored;
}

/// Callers are few and rare, so that one looks again and again while another's fsync is under way.
template <class Work>
asio::awaitable<Done> DeviceTls::change_ring(Work work) {
  expects(ring_.has_value(), "keys of the device's own");
  asio::steady_timer pause(co_await asio::this_coro::executor);
  while (ring_is_busy_) {
    pause.expires_after(look_again);
    co_await pause.async_wait(asio::use_awaitable);
  }
  ring_is_busy_ = true;
  // A worker that has begun is waited for whatever happens, and only throws for want of memory.
  Done done = co_await workers_.run(std::move(work));
  ring_is_busy_ = false;
  note_ring();
  co_return done;
}

asio::awaitable<Done> DeviceTls::wish_roll() {
  auto wish = [this] { return told(ring_->wish_roll()); };
  co_return co_await change_ring(std::move(wish));
}

asio::awaitable<Done> DeviceTls::carry_out(keys::RollStep::Kind step) {
  if (step == keys::RollStep::Kind::serve) co_return co_await serve_current();
  auto take = [this, step] { return told(ring_->carry_out(step)); };
  co_return co_await change_ring(std::move(take));
}

asio::awaitable<Done> DeviceTls::serve_current() {
  auto find = [options = options_, key = *current_]() -> std::optional<Result<OwnChain, std::string>> {
    return own_chain(options, key);
  };
  auto own = co_await workers_.run(std::move(find));
  if (!*own) co_return fail(own->error());
  has_next_chain_ = false;
  co_return show(std::move((*own)->chain));
}

}  // namespace sisu::client
