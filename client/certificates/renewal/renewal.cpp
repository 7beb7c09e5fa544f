#include "client/certificates/renewal/renewal.hpp"

#include "client/acme/csr.hpp"
#include "client/acme/documents/directory.hpp"
#include "client/acme/documents/limits.hpp"
#include "client/acme/documents/renewal_info.hpp"
#include "client/certificates/renewal/acme_account.hpp"

#include <asio/error.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <system_error>
#include <utility>

namespace sisu::client {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// RFC 9773 4.3.2: neither more often than this nor, whatever the server says, more rarely.
constexpr seconds soonest_window_question = std::chrono::minutes(1);
constexpr seconds latest_window_question = std::chrono::days(1);

/// A worker's answer must be default-constructible.
struct Opened {
  std::optional<AcmeAccount> account;
  std::string problem;
};

Opened open_account(FileSystem& files, const std::filesystem::path& state, const std::string& directory) {
  auto account = open_acme_account(files, state, directory);
  if (!account) return {std::nullopt, account.error()};
  return {std::move(*account), {}};
}

/// From whichever CA.
bool from_ca(const std::optional<tls::CertificateChain>& chain) { return chain && !chain->is_self_signed(); }

}  // namespace

Renewal::Renewal(asio::any_io_executor executor, RenewalOptions options, std::unique_ptr<AcmeTransport> transport,
                 net::WorkerPool& workers, acme::ChallengePublisher& publisher, Seams seams, log::Logger logger)
    : options_(std::move(options)),
      transport_(std::move(transport)),
      workers_(workers),
      seams_(std::move(seams)),
      logger_(std::move(logger)),
      issuer_(*transport_, workers_, publisher, real_file_system(), options_.state, logger_),
      napping_(executor),
      record_(load_renewal_record(real_file_system(), options_.state, options_.directory, options_.host)) {}

asio::awaitable<void> Renewal::run() {
  for (;;) {
    std::string unexpected;
    try {
      co_await take_step();
    } catch (const std::system_error& error) {
      if (error.code() == asio::error::operation_aborted) throw;  // cancelled
      unexpected = error.what();
    } catch (const std::exception& error) {
      unexpected = error.what();
    }
    if (unexpected.empty()) continue;
    acme::Failure failure{"unexpected: " + unexpected};
    co_await failed(std::move(failure));
    co_await nap(options_.times.longest_nap);  // whatever it was, it is not to be repeated at once
  }
}

asio::awaitable<void> Renewal::take_step() {
  if (has_open_challenges_ && seams_.now() >= clean_up_at_) co_await clean_up();
  const Wanted wanted = seams_.wanted();
  note_certificate(wanted);
  const RenewalPlan plan = plan_renewal(facts(wanted));
  switch (plan.kind) {
    case RenewalPlan::Kind::issue:
      co_await issue_when_ready(wanted);
      break;
    case RenewalPlan::Kind::ask_window:
      co_await ask_window(*wanted.chain);
      break;
    case RenewalPlan::Kind::wait:
      waiting_for_.clear();
      co_await nap(std::chrono::ceil<milliseconds>(plan.at - seams_.now()));
      break;
  }
}

asio::awaitable<void> Renewal::clean_up() {
  clean_up_at_ = seams_.now() + options_.times.clean_up_again;
  has_open_challenges_ = !co_await issuer_.clean_up();
}

RenewalFacts Renewal::facts(const Wanted& wanted) const {
  RenewalFacts facts;
  facts.now = seams_.now();
  facts.not_before = record_.not_before;
  if (!from_ca(wanted.chain) || record_.from_other_ca) return facts;
  facts.certificate = Validity{wanted.chain->not_before(), wanted.chain->not_after()};
  facts.window = record_.window;
  facts.ask_window_at = record_.ask_window_at;
  facts.spread = record_.spread;
  return facts;
}

/// Chance and the CA's window belong to one certificate: a new one begins with new ones.
void Renewal::note_certificate(const Wanted& wanted) {
  if (!from_ca(wanted.chain)) return;
  const auto id = acme::certificate_id(*wanted.chain);
  if (!id || record_.certificate == *id) return;
  record_.certificate = *id;
  record_.spread.part = static_cast<std::uint32_t>(seams_.chance(Spread::whole));
  record_.window.reset();
  record_.ask_window_at = seams_.now();
}

// --- issuing

asio::awaitable<void> Renewal::issue_when_ready(Wanted wanted) {
  const Readiness readiness = co_await seams_.readiness();
  if (readiness == Readiness::ready) {
    waiting_for_ = "the CA";
    look_ = milliseconds(0);
    co_await issue(std::move(wanted));
    co_return;
  }
  if (readiness == Readiness::impossible) {
    waiting_for_ = "a relay that keeps DNS records: this one does not";
    co_await nap(options_.times.longest_nap);
    co_return;
  }
  waiting_for_ = "the device's records in DNS";
  look_ = std::clamp(look_ * 2, options_.times.look_for_records, options_.times.longest_look);
  co_await nap(look_);
}

asio::awaitable<void> Renewal::issue(Wanted wanted) {
  auto open = [this] { return open_account(real_file_system(), options_.state, options_.directory); };
  Opened opened = co_await workers_.run(std::move(open));
  if (!opened.account) {
    acme::Failure unusable{opened.problem};
    co_await failed(std::move(unusable));
    co_return;
  }
  acme::IssuanceRequest request{options_.directory, options_.host};
  request.account_url = opened.account->url;
  request.account_key_is_new = opened.account->key_is_new;
  request.contacts = options_.contacts;
  request.external = options_.external;
  if (from_ca(wanted.chain) && !record_.from_other_ca) request.replaces = acme::certificate_id(*wanted.chain);
  logger_.info("asking for a certificate", {{"directory", options_.directory}, {"host", options_.host}});
  has_open_challenges_ = true;
  acme::step::Finished finished =
      co_await issuer_.issue(std::move(request), std::move(opened.account->key), std::move(wanted.key));
  waiting_for_.clear();
  if (finished.chain) {
    co_await installed(std::move(*finished.chain));
  } else {
    co_await failed(std::move(finished.failure));
  }
}

asio::awaitable<void> Renewal::installed(tls::CertificateChain chain) {
  const std::string until = format_instant(chain.not_after());
  const auto taken = co_await seams_.install(std::move(chain));
  if (!taken) {
    acme::Failure unusable{taken.error()};
    co_await failed(std::move(unusable));
    co_return;
  }
  logger_.info("certificate issued", {{"host", options_.host}, {"until", until}});
  record_.failures = 0;
  record_.error.clear();
  record_.from_other_ca = false;
  record_.rate_limited = false;
  record_.not_before = std::chrono::ceil<seconds>(seams_.now()) + options_.times.after_success;
  co_await save_record();
}

asio::awaitable<void> Renewal::failed(acme::Failure failure) {
  waiting_for_.clear();
  ++record_.failures;
  record_.error = failure.what;
  record_.rate_limited = failure.rate_limited;
  const seconds wait = std::max(retry_wait(options_.times.retry, record_.failures, seams_.chance),
                                failure.retry_after.value_or(seconds(0)));
  record_.not_before = std::chrono::ceil<seconds>(seams_.now()) + wait;
  logger_.warning(
      "no certificate from the CA",
      {{"why", failure.what}, {"next_attempt", format_instant(*record_.not_before)}, {"failures", record_.failures}});
  co_await save_record();
}

asio::awaitable<void> Renewal::save_record() {
  auto save = [this, record = record_]() -> std::error_code {
    const auto saved = save_renewal_record(real_file_system(), options_.state, record);
    return saved ? std::error_code() : saved.error();
  };
  const std::error_code why = co_await workers_.run(std::move(save));
  // Not worth ending anything: what is forgotten is when to try again.
  if (why) logger_.warning("cannot store how it stands with the certificate", {{"why", why.message()}});
}

// --- the CA's wish

asio::awaitable<void> Renewal::ask_window(tls::CertificateChain chain) {
  window_retry_after_ = options_.times.ask_window_every;
  std::string id = acme::certificate_id(chain).value_or("");
  const auto window = co_await fetch_window(std::move(id));
  if (window && record_.window != *window) {
    record_.window = *window;
    logger_.info("the CA says when to renew",
                 {{"from", format_instant(window->start)}, {"to", format_instant(window->end)}});
  }
  if (!window) logger_.debug("no renewal window", {{"why", window.error()}});
  record_.ask_window_at =
      seams_.now() + std::clamp(window_retry_after_, soonest_window_question, latest_window_question);
  co_await save_record();
}

asio::awaitable<Result<acme::RenewalWindow, std::string>> Renewal::fetch_window(std::string id) {
  const auto base = co_await renewal_info_url();
  if (!base) co_return fail(base.error());
  acme::Request question{acme::Request::Method::get, *base + "/" + id, {}, {}};
  const auto answer = co_await transport_->send(std::move(question));
  if (!answer) co_return fail(answer.error());
  if (answer->retry_after) window_retry_after_ = *answer->retry_after;
  if (!answer->good()) co_return fail("HTTP status " + std::to_string(answer->status));
  const auto window = acme::parse_renewal_info(answer->body);
  if (!window) co_return fail(window.error().what);
  co_return *window;
}

asio::awaitable<Result<std::string, std::string>> Renewal::renewal_info_url() {
  acme::Request question{acme::Request::Method::get, options_.directory, {}, {}};
  const auto answer = co_await transport_->send(std::move(question));
  if (!answer) co_return fail(answer.error());
  const auto directory = acme::parse_directory(answer->body);
  if (!directory) co_return fail(directory.error().what);
  if (directory->renewal_info) co_return *directory->renewal_info;
  window_retry_after_ = latest_window_question;
  co_return fail(std::string("the CA offers none"));
}

// --- waiting, status

asio::awaitable<void> Renewal::nap(milliseconds longest) {
  napping_.expires_after(std::clamp(longest, milliseconds(1), options_.times.longest_nap));
  std::error_code woken;
  co_await napping_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
}

void Renewal::look_again() {
  look_ = milliseconds(0);
  clean_up_at_ = Instant();
  napping_.cancel();
}

CertificateStatus Renewal::status(const tls::CertificateChain& served) const {
  CertificateStatus status = status_of(served);
  status.problem = record_.error;
  status.rate_limited = record_.rate_limited;
  status.next_attempt = record_.not_before;
  status.waiting_for = waiting_for_;
  return status;
}

}  // namespace sisu::client
