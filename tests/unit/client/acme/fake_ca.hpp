// An ACME server as a value: it answers requests as RFC 8555 says, in memory, and a test makes it fail at any of them.
#pragma once

#include "client/acme/documents/json_object.hpp"
#include "client/acme/issuance.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sisu::acme::test {

class FakeCa {
 public:
  explicit FakeCa(AccountKey account_key) : account_key_(std::move(account_key)) {}

  static constexpr const char* url = "https://ca.test/dir";
  static constexpr const char* account_url = "https://ca.test/acct/1";

  Response answer(const Request& request);

  // What it is like; set before the first request.
  std::string host = "niklas.v6.example.org";
  bool knows_account = false;  ///< from before
  bool external_required = false;
  bool forgets_accounts = false;  ///< once: it does not know the account of the first order
  bool dislikes_replaces = false;
  bool reuses_authorizations = false;
  unsigned pending_polls = 0;     ///< of the authorization, before it is decided
  unsigned processing_polls = 0;  ///< of the order, after finalize
  std::optional<std::chrono::seconds> poll_retry_after;
  std::string authorization_ends = "valid";
  std::string order_ends = "valid";
  std::function<std::optional<std::string>()> certificate;  ///< another one than is right
  /// Before the n-th signed request (1: the first) is looked at, for each attempt of it.
  std::function<std::optional<Response>(unsigned nth, const std::string& path)> fault;
  unsigned nonces_to_refuse = 0;

  std::chrono::system_clock::time_point now = std::chrono::system_clock::now();
  std::chrono::seconds lifetime = std::chrono::days(90);
  std::optional<std::string> renewal_info;  ///< the document that it gives; none: it has no such resource
  std::optional<std::chrono::seconds> renewal_retry_after;

  // What it saw.
  unsigned renewal_questions = 0;
  std::vector<std::string> paths;     ///< of signed requests that it has taken
  std::vector<std::string> payloads;  ///< of the same
  std::vector<std::string> orders;    ///< payloads of newOrder
  std::optional<std::string> account_payload;
  bool finalized = false;

 private:
  Response directory() const;
  Response signed_request(const std::string& path, const JsonObject& header, const std::string& payload);
  Response new_account(const std::string& payload);
  Response new_order(const std::string& payload);
  Response order();
  Response authorization();
  Response renewal();
  std::string issue() const;
  Response problem(int status, const std::string& type) const;
  Response with_nonce(Response response);

  AccountKey account_key_;
  std::string csr_;  // of the open order, in DER
  unsigned nonces_ = 0;
  std::optional<std::string> open_nonce_;
  bool challenged_ = false;
  bool authorized_ = false;
};

}  // namespace sisu::acme::test
