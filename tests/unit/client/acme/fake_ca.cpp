#include "tests/unit/client/acme/fake_ca.hpp"

#include "tests/unit/client/acme/opened_jws.hpp"

#include <gtest/gtest.h>

namespace sisu::acme::test {
namespace {

const std::string site = "https://ca.test";

std::string in_quotes(const std::string& text) { return '"' + text + '"'; }

}  // namespace

Response FakeCa::problem(int status, const std::string& type) const {
  return {status, R"({"type": "urn:ietf:params:acme:error:)" + type + R"(", "detail": "so says the test"})"};
}

Response FakeCa::with_nonce(Response response) {
  open_nonce_ = "nonce" + std::to_string(++nonces_);
  if (!response.replay_nonce) response.replay_nonce = open_nonce_;
  return response;
}

Response FakeCa::directory() const {
  std::string text = R"({"newNonce": "https://ca.test/nonce", "newAccount": "https://ca.test/account", "newOrder":)"
                     R"("https://ca.test/order", "renewalInfo": "https://ca.test/renewal")";
  if (external_required) text += R"(, "meta": {"externalAccountRequired": true})";
  return {200, text + "}"};
}

Response FakeCa::answer(const Request& request) {
  EXPECT_TRUE(request.url.starts_with(site)) << request.url;
  const std::string path = request.url.substr(site.size());
  if (request.method == Request::Method::get) return path == "/dir" ? directory() : problem(404, "malformed");
  if (request.method == Request::Method::head) return with_nonce({200, ""});
  const OpenedJws jws = open(request.body);
  EXPECT_TRUE(verifies(account_key_, jws.signing_input, jws.signature));
  const auto header = JsonObject::parse(jws.protected_header);
  EXPECT_EQ(header->text("url"), request.url) << "RFC 8555 6.4";
  const bool fresh = open_nonce_ && header->text("nonce") == *open_nonce_;
  open_nonce_.reset();
  if (fault) {
    if (auto broken = fault(static_cast<unsigned>(paths.size()) + 1, path)) return with_nonce(std::move(*broken));
  }
  if (!fresh || nonces_to_refuse > 0) {
    nonces_to_refuse -= nonces_to_refuse > 0 ? 1 : 0;
    return with_nonce(problem(400, "badNonce"));
  }
  paths.push_back(path);
  payloads.push_back(jws.payload);
  return with_nonce(signed_request(path, *header, jws.payload));
}

Response FakeCa::signed_request(const std::string& path, const JsonObject& header, const std::string& payload) {
  if (path == "/account") {
    EXPECT_TRUE(header.object("jwk")) << "RFC 8555 6.2";
    return new_account(payload);
  }
  EXPECT_EQ(header.text("kid"), account_url);
  EXPECT_FALSE(header.object("jwk"));
  if (path == "/order") return new_order(payload);
  if (path == "/order/1") return order();
  if (path == "/authz/1") return authorization();
  if (path == "/challenge/1") {
    EXPECT_EQ(payload, "{}");
    challenged_ = true;
    return {200, R"({"type": "dns-01", "status": "processing"})", {}, {}, poll_retry_after};
  }
  if (path == "/finalize/1") {
    EXPECT_FALSE(JsonObject::parse(payload)->text("csr").value_or("").empty());
    finalized = true;
    return order();
  }
  if (path == "/certificate/1") {
    if (certificate) return {200, certificate().value_or("")};
    return {200, tls::CertificateChain::self_signed(certificate_key_, host, std::chrono::days(90)).to_pem()};
  }
  ADD_FAILURE() << path;
  return problem(404, "malformed");
}

Response FakeCa::new_account(const std::string& payload) {
  account_payload = payload;
  const auto wanted = JsonObject::parse(payload);
  if (wanted->flag("onlyReturnExisting") == true && !knows_account) return problem(400, "accountDoesNotExist");
  if (!knows_account) {
    EXPECT_EQ(wanted->flag("termsOfServiceAgreed"), true);
    if (external_required && !wanted->object("externalAccountBinding")) return problem(403, "externalAccountRequired");
  }
  const int status = knows_account ? 200 : 201;
  knows_account = true;
  return {status, R"({"status": "valid"})", {}, account_url};
}

Response FakeCa::new_order(const std::string& payload) {
  orders.push_back(payload);
  if (forgets_accounts) {
    forgets_accounts = knows_account = false;
    return problem(400, "accountDoesNotExist");
  }
  if (dislikes_replaces && JsonObject::parse(payload)->text("replaces")) return problem(409, "alreadyReplaced");
  if (reuses_authorizations) authorized_ = true;
  Response response = order();
  response.status = 201;
  response.location = site + "/order/1";
  return response;
}

Response FakeCa::order() {
  std::string status = authorized_ ? "ready" : "pending";
  if (finalized && processing_polls > 0) {
    --processing_polls;
    status = "processing";
  } else if (finalized) {
    status = order_ends;
  }
  std::string text = R"({"status": )" + in_quotes(status) + R"(, "authorizations": ["https://ca.test/authz/1"], )";
  text += R"("finalize": "https://ca.test/finalize/1", "certificate": "https://ca.test/certificate/1")";
  if (status == "invalid") text += R"(, "error": {"type": "urn:ietf:params:acme:error:caa", "detail": "not this CA"})";
  return {200, text + "}", {}, {}, poll_retry_after};
}

Response FakeCa::authorization() {
  std::string status = authorized_ ? "valid" : "pending";
  if (challenged_ && !authorized_) {
    if (pending_polls == 0) status = authorization_ends;
    if (pending_polls > 0) --pending_polls;
    authorized_ = status == "valid";
  }
  std::string text =
      R"({"status": )" + in_quotes(status) + R"(, "identifier": {"type": "dns", "value": )" + in_quotes(host);
  text += R"(}, "challenges": [{"type": "http-01"}, {"type": "dns-01", "url": "https://ca.test/challenge/1", )";
  text += R"("token": "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA")";
  if (status == "invalid") {
    text += R"(, "error": {"type": "urn:ietf:params:acme:error:dns", "detail": "no TXT record"})";
  }
  return {200, text + "}]}", {}, {}, poll_retry_after};
}

}  // namespace sisu::acme::test
