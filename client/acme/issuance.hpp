// One certificate from an ACME server (RFC 8555 7), as an engine: it says what is to be done next, one step at a time,
// and is told how that ended. No I/O, no clock. Theory of operation:
//
//   directory -> account -> bind CAA -> order -> for each authorization that is not valid yet:
//                                                  present -> challenge -> poll until valid -> clean up
//             -> poll the order until ready -> finalize -> poll until valid -> download -> finished
//
// Whatever happens behind `present`, `clean up` comes before `finished`. The account is found by its URL; by its key
// where the URL is lost (7.3.1); a server that has forgotten it is given a new one. One failure ends the attempt: when
// to try again is not decided here, but Failure says how long the server wants one to wait.
#pragma once

#include "client/acme/challenge_publisher.hpp"
#include "client/acme/documents/directory.hpp"
#include "client/acme/documents/order.hpp"
#include "client/acme/jws.hpp"
#include "client/acme/message.hpp"
#include "client/acme/signed_exchange.hpp"
#include "common/tls/certificate.hpp"
#include "common/tls/private_key.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace sisu::acme {

/// Why there is no certificate.
struct Failure {
  std::string what;                                      ///< one line: what, where, why, what to do
  std::optional<std::chrono::seconds> retry_after = {};  ///< the server's wish
  bool rate_limited = false;
};

struct IssuanceLimits {
  unsigned requests = 100;                    ///< without polls, and without those repeated for their nonce
  unsigned polls = 100;                       ///< of all authorizations and the order together
  std::chrono::milliseconds first_poll{500};  ///< wait where the server names none; it doubles
  std::chrono::milliseconds longest_poll{10'000};
  std::chrono::milliseconds longest_wait{120'000};  ///< a server that asks for more ends the attempt, and gets its wish
};

struct IssuanceRequest {
  std::string directory_url;
  std::string host;                             ///< lower case, as the certificate is to name it
  std::optional<std::string> account_url = {};  ///< as it was stored for this directory
  bool account_key_is_new = false;              ///< so nobody has an account of it yet
  std::vector<std::string> contacts = {};
  std::optional<ExternalAccount> external = {};
  std::optional<std::string> replaces = {};  ///< certificate_id() of the one that this renews
  IssuanceLimits limits = {};
};

namespace step {
struct Send {
  Request request;
};
struct Wait {
  std::chrono::milliseconds duration;
};
struct StoreAccount {
  std::string url;
  std::string terms;  ///< of service, that the account has agreed to: a URL; empty: none
};
struct BindAccount {
  std::string url;
};
struct Present {
  std::string host, value;
};
struct CleanUp {
  std::string host, value;
};
struct Finished {
  std::optional<tls::CertificateChain> chain;  ///< none: `failure` says why
  Failure failure;
};
}  // namespace step

using Step = std::variant<step::Send, step::Wait, step::StoreAccount, step::BindAccount, step::Present, step::CleanUp,
                          step::Finished>;

class Issuance {
 public:
  /// The certificate is for `certificate_key`.
  Issuance(IssuanceRequest request, AccountKey account_key, tls::PrivateKey certificate_key);

  /// What is to be done now. Answer it with one of the calls below; `now` is the time of the answer.
  const Step& step() const { return step_; }

  /// Send: the server's answer, or why there is none (one line).
  void answered(Response response, std::chrono::system_clock::time_point now);
  void unanswered(const std::string& why);
  /// Wait, StoreAccount, BindAccount, Present, CleanUp: it is done.
  void done();
  /// StoreAccount, BindAccount, Present, CleanUp: it could not be done.
  void could_not(const PublishError& why);

 private:
  enum class Phase {
    directory,
    find_account,
    new_account,
    order,
    authorization,
    challenge,
    check_authorization,
    check_order,
    finalize,
    certificate
  };

  void send(Phase phase, SignedRequest request);
  void take(const Response& response);
  void take_directory(const Response& response);
  void make_account();
  void take_account(const Response& response);
  void place_order();
  void take_order(const Response& response);
  void order_refused(const Response& response);
  void continue_order();
  void ask_authorization();
  void take_authorization(const Response& response);
  void take_challenge(const Response& response);
  void authorization_is_valid();
  void next_authorization();
  void take_finalized(const Response& response);
  void take_certificate(const Response& response);
  void poll(Phase phase, const std::string& url);
  std::chrono::milliseconds poll_wait() const;
  void refused(const std::string& doing, const Response& response);
  void refused(const std::string& doing, const Problem& problem);
  void fail_with(const std::string& what);
  void end(Failure failure);
  SignedRequest as_account(std::string url, std::string payload = {}) const;

  IssuanceRequest request_;
  SignedExchange exchange_;
  tls::PrivateKey certificate_key_;
  Step step_;
  Phase phase_ = Phase::directory;
  std::chrono::system_clock::time_point now_{};
  std::optional<std::chrono::seconds> retry_after_;  // of the answer in hand
  Directory directory_;
  std::string account_url_;
  bool account_renewed_ = false;
  std::string order_url_;
  Order order_;
  std::size_t authorization_ = 0;  // index; those before it are valid
  Challenge challenge_;
  std::optional<step::CleanUp> presented_;
  std::optional<Failure> failure_;  // while cleaning up
  SignedRequest after_wait_;
  unsigned requests_ = 0;
  unsigned polls_ = 0;
  unsigned polls_here_ = 0;
};

}  // namespace sisu::acme
