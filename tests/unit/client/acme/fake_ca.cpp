#include "tests/unit/client/acme/fake_ca.hpp"

#include "client/acme/documents/base64url.hpp"
#include "common/tls/openssl_handles.hpp"
#include "tests/unit/client/acme/opened_jws.hpp"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>

namespace sisu::acme::test {
namespace {

const std::string site = "https://ca.test";

using tls::Release;
using RequestHandle = std::unique_ptr<X509_REQ, Release<X509_REQ_free>>;

/// That of a CA made for each certificate: nobody verifies the chain.
void add_extension(X509* certificate, X509* issuer, int id, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Release<X509_EXTENSION_free>> extension(
      ::X509V3_EXT_conf_nid(nullptr, &context, id, value));
  EXPECT_TRUE(extension);
  ::X509_add_ext(certificate, extension.get(), -1);
}

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
                     R"("https://ca.test/order")";
  if (renewal_info) text += R"(, "renewalInfo": "https://ca.test/renewal")";
  if (external_required) text += R"(, "meta": {"externalAccountRequired": true})";
  return {200, text + "}"};
}

Response FakeCa::answer(const Request& request) {
  EXPECT_TRUE(request.url.starts_with(site)) << request.url;
  const std::string path = request.url.substr(site.size());
  if (request.method == Request::Method::get) {
    if (path.starts_with("/dir")) return directory();
    return path.starts_with("/renewal/") ? renewal() : problem(404, "malformed");
  }
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
    csr_ = from_base64url(JsonObject::parse(payload)->text("csr").value_or("")).value_or("");
    finalized = true;
    return order();
  }
  if (path == "/certificate/1") {
    if (certificate) return {200, certificate().value_or("")};
    return {200, issue()};
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
  challenged_ = finalized = false;
  authorized_ = reuses_authorizations;
  Response response = order();
  response.status = 201;
  response.location = site + "/order/1";
  return response;
}

Response FakeCa::renewal() {
  ++renewal_questions;
  if (!renewal_info) return problem(404, "malformed");
  return {200, *renewal_info, {}, {}, renewal_retry_after};
}

std::string FakeCa::issue() const {
  const auto* next = reinterpret_cast<const unsigned char*>(csr_.data());
  const RequestHandle request(::d2i_X509_REQ(nullptr, &next, static_cast<long>(csr_.size())));
  EXPECT_TRUE(request);
  const auto ca_key = tls::PrivateKey::generate_p256();
  const auto ca = tls::CertificateChain::self_signed(ca_key, "ca.test", std::chrono::days(999));
  X509* issuer = ca.certificates().front().get();
  add_extension(issuer, issuer, NID_subject_key_identifier, "hash");
  const tls::X509Handle made(::X509_new());
  ::X509_set_version(made.get(), 2);
  ASN1_INTEGER_set(::X509_get_serialNumber(made.get()), static_cast<long>(nonces_) + 1);
  const auto at = std::chrono::system_clock::to_time_t(now);
  ASN1_TIME_set(::X509_getm_notBefore(made.get()), at);
  ASN1_TIME_set(::X509_getm_notAfter(made.get()), at + lifetime.count());
  ::X509_set_issuer_name(made.get(), ::X509_get_subject_name(issuer));
  const tls::PkeyHandle key(::X509_REQ_get_pubkey(request.get()));
  ::X509_set_pubkey(made.get(), key.get());
  add_extension(made.get(), issuer, NID_subject_alt_name, ("DNS:" + host).c_str());
  add_extension(made.get(), issuer, NID_authority_key_identifier, "keyid:always");
  ::X509_sign(made.get(), ca_key.openssl(), ::EVP_sha256());
  const tls::BioHandle bio(::BIO_new(::BIO_s_mem()));
  ::PEM_write_bio_X509(bio.get(), made.get());
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &bytes);
  return std::string(bytes, static_cast<std::size_t>(size)) + ca.to_pem();
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
