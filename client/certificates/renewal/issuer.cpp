#include "client/certificates/renewal/issuer.hpp"

#include "client/certificates/renewal/acme_account.hpp"
#include "client/certificates/renewal/open_challenges.hpp"
#include "common/base/expects.hpp"

#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace sisu::client {
namespace {

/// What a worker answers must be default-constructible; an error_code without error is success.
std::error_code code_of(const FileResult<void>& result) { return result ? std::error_code() : result.error(); }

acme::PublishError storing_failed(const std::error_code& why) {
  return {"cannot write to the state directory: " + why.message(), true};
}

}  // namespace

asio::awaitable<acme::step::Finished> Issuer::issue(acme::IssuanceRequest request, acme::AccountKey account_key,
                                                    tls::PrivateKey certificate_key) {
  directory_ = request.directory_url;
  const auto issuance =
      std::make_unique<acme::Issuance>(std::move(request), std::move(account_key), std::move(certificate_key));
  for (;;) {
    if (const auto* finished = std::get_if<acme::step::Finished>(&issuance->step())) co_return *finished;
    co_await take_step(*issuance);
  }
}

/// No coroutine: it gives the step that is due as one. The engine replaces its step while that runs, so it is copied.
asio::awaitable<void> Issuer::take_step(acme::Issuance& issuance) {
  return std::visit(
      [&](const auto& step) -> asio::awaitable<void> {
        if constexpr (std::is_same_v<std::decay_t<decltype(step)>, acme::step::Finished>) {
          expects(false, "a step before the last");
          return {};
        } else {
          return take(issuance, step);
        }
      },
      issuance.step());
}

asio::awaitable<void> Issuer::take(acme::Issuance& issuance, acme::step::Send step) {
  auto answer = co_await transport_.send(std::move(step.request));
  if (answer) {
    issuance.answered(std::move(*answer), std::chrono::system_clock::now());
  } else {
    issuance.unanswered(answer.error());
  }
}

asio::awaitable<void> Issuer::take(acme::Issuance& issuance, acme::step::Wait step) {
  asio::steady_timer timer(co_await asio::this_coro::executor, step.duration);
  co_await timer.async_wait(asio::use_awaitable);
  issuance.done();
}

asio::awaitable<void> Issuer::take(acme::Issuance& issuance, acme::step::StoreAccount step) {
  logger_.info("account at the CA", {{"account", step.url}, {"terms_of_service", step.terms}});
  auto job = [this, step] { return code_of(save_acme_account_url(files_, state_, directory_, step.url)); };
  const std::error_code failed = co_await workers_.run(std::move(job));
  failed ? issuance.could_not(storing_failed(failed)) : issuance.done();
}

asio::awaitable<void> Issuer::take(acme::Issuance& issuance, acme::step::BindAccount step) {
  const auto bound = co_await publisher_.bind_account(step.url);
  bound ? issuance.done() : issuance.could_not(bound.error());
}

asio::awaitable<void> Issuer::take(acme::Issuance& issuance, acme::step::Present step) {
  auto job = [this, step] { return code_of(note_open_challenge(files_, state_, {step.host, step.value})); };
  const std::error_code failed = co_await workers_.run(std::move(job));
  if (failed) {
    issuance.could_not(storing_failed(failed));
    co_return;
  }
  const auto presented = co_await publisher_.present(step.host, step.value);
  presented ? issuance.done() : issuance.could_not(presented.error());
}

asio::awaitable<void> Issuer::take(acme::Issuance& issuance, acme::step::CleanUp step) {
  // The record is struck out by clean_up(), whoever calls it next, when this one did not come through.
  const bool clean = co_await clean_up();
  clean ? issuance.done() : issuance.could_not({"the record of the challenge " + step.value + " is left", true});
}

asio::awaitable<bool> Issuer::clean_up() {
  auto load = [this] { return load_open_challenges(files_, state_); };
  const std::vector<OpenChallenge> open = co_await workers_.run(std::move(load));
  bool all = true;
  for (const OpenChallenge& challenge : open) {
    const auto cleaned = co_await publisher_.cleanup(challenge.host, challenge.value);
    if (!cleaned && cleaned.error().for_now) {
      all = false;
      continue;
    }
    // Refused for good: the relay will not be of another mind. It sweeps what is older than an hour by itself.
    if (!cleaned) logger_.warning("a challenge was not cleaned up", {{"why", cleaned.error().reason}});
    auto strike = [this, challenge] { return code_of(strike_open_challenge(files_, state_, challenge)); };
    const std::error_code failed = co_await workers_.run(std::move(strike));
    if (failed) all = false;
  }
  co_return all;
}

}  // namespace sisu::client
