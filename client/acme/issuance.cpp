#include "client/acme/issuance.hpp"

#include "client/acme/csr.hpp"
#include "client/acme/documents/json_object.hpp"
#include "client/acme/documents/limits.hpp"
#include "client/acme/payloads.hpp"
#include "common/base/expects.hpp"

#include <algorithm>
#include <utility>

namespace sisu::acme {
namespace {

constexpr const char* chain_type = "application/pem-certificate-chain";  // RFC 8555 7.4.2

}  // namespace

Issuance::Issuance(IssuanceRequest request, AccountKey account_key, tls::PrivateKey certificate_key)
    : request_(std::move(request)),
      exchange_(std::move(account_key)),
      certificate_key_(std::move(certificate_key)),
      step_(step::Send{{Request::Method::get, request_.directory_url, {}, {}}}) {}

// --- steps and their outcomes

void Issuance::answered(Response response, std::chrono::system_clock::time_point now) {
  expects(std::holds_alternative<step::Send>(step_), "an answer to a request");
  now_ = now;
  retry_after_ = response.retry_after;
  if (retry_after_) retry_after_ = std::clamp(*retry_after_, std::chrono::seconds(0), limits::retry_after);
  if (phase_ == Phase::directory) return take_directory(response);
  auto next = exchange_.take(std::move(response));
  if (auto* request = std::get_if<Request>(&next)) {
    step_ = step::Send{std::move(*request)};
  } else if (const auto* none = std::get_if<NoNonce>(&next)) {
    refused("the CA gives no nonce", none->response);
  } else {
    take(std::get<Response>(next));
  }
}

void Issuance::unanswered(const std::string& why) {
  expects(std::holds_alternative<step::Send>(step_), "a request without answer");
  fail_with(why);
}

void Issuance::done() {
  if (std::holds_alternative<step::Wait>(step_)) {
    step_ = step::Send{exchange_.begin(after_wait_)};
  } else if (std::holds_alternative<step::StoreAccount>(step_)) {
    step_ = step::BindAccount{account_url_};
  } else if (std::holds_alternative<step::BindAccount>(step_)) {
    place_order();
  } else if (std::holds_alternative<step::Present>(step_)) {
    send(Phase::challenge, as_account(challenge_.url, "{}"));
  } else {
    expects(std::holds_alternative<step::CleanUp>(step_), "a step that ends by itself");
    presented_.reset();
    if (failure_) return end(std::move(*failure_));
    next_authorization();
  }
}

void Issuance::could_not(const PublishError& why) {
  if (std::holds_alternative<step::CleanUp>(step_)) {
    // The challenge has done its work; whoever carries out these steps remembers it and cleans up another time.
    presented_.reset();
    if (failure_) return end(std::move(*failure_));
    return next_authorization();
  }
  const bool presenting = std::holds_alternative<step::Present>(step_);
  const bool binding = std::holds_alternative<step::BindAccount>(step_);
  expects(presenting || binding || std::holds_alternative<step::StoreAccount>(step_), "a step that can fail");
  const char* doing = presenting ? "the relay could not set the TXT record of the challenge: "
                      : binding  ? "the relay could not bind CAA to the account: "
                                 : "the account could not be stored: ";
  fail_with(doing + why.reason);
}

void Issuance::send(Phase phase, SignedRequest request) {
  if (requests_ == request_.limits.requests) {
    return fail_with("the CA led through " + std::to_string(requests_) + " requests without a certificate");
  }
  ++requests_;
  phase_ = phase;
  step_ = step::Send{exchange_.begin(std::move(request))};
}

SignedRequest Issuance::as_account(std::string url, std::string payload) const {
  return {std::move(url), std::move(payload), account_url_, {}};
}

void Issuance::take(const Response& response) {
  switch (phase_) {
    case Phase::directory:
      break;  // taken before
    case Phase::find_account:
    case Phase::new_account:
      return take_account(response);
    case Phase::order:
    case Phase::check_order:
      return take_order(response);
    case Phase::authorization:
    case Phase::check_authorization:
      return take_authorization(response);
    case Phase::challenge:
      return take_challenge(response);
    case Phase::finalize:
      return take_finalized(response);
    case Phase::certificate:
      return take_certificate(response);
  }
}

// --- directory and account

void Issuance::take_directory(const Response& response) {
  const std::string where = "the ACME directory " + request_.directory_url;
  if (response.status != 200) return refused(where, response);
  auto directory = parse_directory(response.body);
  if (!directory) return fail_with(where + ": " + directory.error().what);
  directory_ = std::move(*directory);
  exchange_.set_new_nonce_url(directory_.new_nonce);
  if (!directory_.renewal_info) request_.replaces.reset();  // RFC 9773 5: only such servers know it
  if (request_.account_url) {
    account_url_ = *request_.account_url;
    step_ = step::BindAccount{account_url_};
  } else if (!request_.account_key_is_new) {
    NewAccount existing;
    existing.only_existing = true;
    send(Phase::find_account, {directory_.new_account, new_account_payload(existing), std::nullopt, {}});
  } else {
    make_account();
  }
}

void Issuance::make_account() {
  if (directory_.external_account_required && !request_.external) {
    return refused("the ACME account", Problem{ProblemType::external_account_required, 0, "", {}});
  }
  NewAccount account;
  account.contacts = request_.contacts;
  if (request_.external) {
    account.external = bind_external_account(*request_.external, exchange_.key(), directory_.new_account);
  }
  send(Phase::new_account, {directory_.new_account, new_account_payload(account), std::nullopt, {}});
}

void Issuance::take_account(const Response& response) {
  if (!response.good()) {
    const auto type = parse_problem(response.status, response.body).type;
    const bool unknown = phase_ == Phase::find_account && type == ProblemType::account_does_not_exist;
    return unknown ? make_account() : refused("the ACME account", response);
  }
  if (!response.location || !is_url(*response.location)) return fail_with("the CA names no https URL of the account");
  account_url_ = *response.location;
  step_ = step::StoreAccount{account_url_, directory_.terms_of_service.value_or("")};
}

// --- order

void Issuance::place_order() {
  send(Phase::order, as_account(directory_.new_order, new_order_payload(request_.host, request_.replaces)));
}

void Issuance::take_order(const Response& response) {
  if (!response.good()) return order_refused(response);
  auto order = parse_order(response.body);
  if (!order) return fail_with(order.error().what);
  if (phase_ == Phase::order) {
    if (!response.location || !is_url(*response.location)) return fail_with("the CA names no https URL of the order");
    order_url_ = *response.location;
  }
  order_ = std::move(*order);
  continue_order();
}

void Issuance::order_refused(const Response& response) {
  const auto type = parse_problem(response.status, response.body).type;
  if (phase_ == Phase::order && type == ProblemType::account_does_not_exist && !account_renewed_) {
    account_renewed_ = true;
    return make_account();
  }
  // `replaces` is a courtesy (RFC 9773 5): a server that dislikes it is asked without.
  const bool may_be_for_replaces = response.status < 500 && type != ProblemType::rate_limited;
  if (phase_ == Phase::order && request_.replaces && may_be_for_replaces) {
    request_.replaces.reset();
    return place_order();
  }
  refused("the order for " + request_.host, response);
}

void Issuance::continue_order() {
  switch (order_.status) {
    case Order::Status::pending:
      if (authorization_ < order_.authorizations.size()) return ask_authorization();
      return poll(Phase::check_order, order_url_);
    case Order::Status::ready:
      return send(Phase::finalize,
                  as_account(order_.finalize, finalize_payload(make_csr(certificate_key_, request_.host))));
    case Order::Status::processing:
      return poll(Phase::check_order, order_url_);
    case Order::Status::valid: {
      SignedRequest download = as_account(*order_.certificate);
      download.accept = chain_type;
      return send(Phase::certificate, std::move(download));
    }
    case Order::Status::invalid:
      return refused("the order for " + request_.host, order_.error.value_or(Problem{}));
  }
}

// --- authorizations

void Issuance::ask_authorization() {
  polls_here_ = 0;
  send(Phase::authorization, as_account(order_.authorizations[authorization_]));
}

void Issuance::take_authorization(const Response& response) {
  const std::string what = "the authorization of " + request_.host;
  if (!response.good()) return refused(what, response);
  auto authorization = parse_authorization(response.body);
  if (!authorization) return fail_with(authorization.error().what);
  if (authorization->host != request_.host)
    return fail_with("the CA asks for proof of another name than " + request_.host);
  switch (authorization->status) {
    case Authorization::Status::pending:
      break;
    case Authorization::Status::valid:
      return authorization_is_valid();
    case Authorization::Status::invalid:
    case Authorization::Status::deactivated:
    case Authorization::Status::expired:
    case Authorization::Status::revoked: {
      const bool has_reason = authorization->dns && authorization->dns->error;
      return refused(what, has_reason ? *authorization->dns->error : Problem{});
    }
  }
  if (!authorization->dns) return fail_with("the CA offers no dns-01 challenge: try another CA (--acme-directory)");
  if (phase_ == Phase::check_authorization) return poll(phase_, order_.authorizations[authorization_]);
  challenge_ = std::move(*authorization->dns);
  // RFC 8555 8.1, 8.4
  const std::string proof = sha256_base64url(challenge_.token + "." + exchange_.key().thumbprint());
  presented_ = step::CleanUp{request_.host, proof};
  step_ = step::Present{request_.host, proof};
}

void Issuance::take_challenge(const Response& response) {
  if (!response.good()) return refused("the challenge for " + request_.host, response);
  poll(Phase::check_authorization, order_.authorizations[authorization_]);
}

void Issuance::authorization_is_valid() {
  ++authorization_;
  if (presented_) {
    step_ = *presented_;
  } else {
    next_authorization();
  }
}

void Issuance::next_authorization() {
  polls_here_ = 0;
  if (authorization_ < order_.authorizations.size()) return ask_authorization();
  send(Phase::check_order, as_account(order_url_));
}

// --- certificate

void Issuance::take_finalized(const Response& response) {
  const auto type = response.good() ? ProblemType::other : parse_problem(response.status, response.body).type;
  if (type == ProblemType::order_not_ready) return poll(Phase::check_order, order_url_);
  phase_ = Phase::check_order;
  take_order(response);
}

void Issuance::take_certificate(const Response& response) {
  if (!response.good()) return refused("the certificate for " + request_.host, response);
  if (response.body.size() > limits::chain_octets) {
    return fail_with("the CA's certificate chain has more than " + std::to_string(limits::chain_octets) + " octets");
  }
  auto chain = tls::CertificateChain::parse_pem(response.body);
  if (!chain) return fail_with("the CA's answer is no certificate chain: " + chain.error().what);
  if (!chain->matches(certificate_key_)) return fail_with("the CA's certificate is for another key");
  const auto names = chain->dns_names();
  if (std::ranges::find(names, request_.host) == names.end()) {
    return fail_with("the CA's certificate does not name " + request_.host);
  }
  if (chain->not_after() <= now_)
    return fail_with("the CA's certificate has expired: is the clock of this machine right?");
  step_ = step::Finished{std::move(*chain), {}};
}

// --- waiting

/// The server's Retry-After (RFC 8555 7.5.1), else a wait that doubles.
std::chrono::milliseconds Issuance::poll_wait() const {
  if (retry_after_) return *retry_after_;
  constexpr unsigned most_doublings = 16;
  const auto doubled = request_.limits.first_poll * (1LL << std::min(polls_here_, most_doublings));
  return std::min<std::chrono::milliseconds>(doubled, request_.limits.longest_poll);
}

void Issuance::poll(Phase phase, const std::string& url) {
  if (polls_ == request_.limits.polls) {
    return fail_with("the CA did not decide on " + request_.host + " within " + std::to_string(polls_) +
                     " questions: it is tried again later");
  }
  const auto wait = poll_wait();
  if (wait > request_.limits.longest_wait) {
    Failure late{"the CA wants more time for " + request_.host + ": it is tried again then", retry_after_, false};
    return end(std::move(late));
  }
  ++polls_;
  ++polls_here_;
  phase_ = phase;
  after_wait_ = as_account(url);
  step_ = step::Wait{wait};
}

// --- ends

void Issuance::refused(const std::string& doing, const Response& response) {
  refused(doing, parse_problem(response.status, response.body));
}

void Issuance::refused(const std::string& doing, const Problem& problem) {
  end({doing + ": " + describe(problem), retry_after_, problem.type == ProblemType::rate_limited});
}

void Issuance::fail_with(const std::string& what) { end({what, std::nullopt, false}); }

void Issuance::end(Failure failure) {
  if (presented_) {
    failure_ = std::move(failure);
    step_ = *presented_;
  } else {
    step_ = step::Finished{std::nullopt, std::move(failure)};
  }
}

}  // namespace sisu::acme
