#include "client/certificates/renewal/acme_transport.hpp"

#include "client/acme/documents/limits.hpp"
#include "common/http/retry_after.hpp"

namespace sisu::client {
namespace {

http_client::ClientOptions http_options(const std::optional<std::filesystem::path>& ca_file,
                                        std::chrono::milliseconds timeout) {
  http_client::ClientOptions options;
  options.ca_file = ca_file;
  options.timeout = timeout;
  // One octet more: what is too long is the engine's to refuse, which knows what it was.
  options.largest_body = acme::limits::chain_octets + 1;
  return options;
}

http_client::Request to_http(acme::Request request) {
  http_client::Request made;
  switch (request.method) {
    case acme::Request::Method::get:
      made.method = "GET";
      break;
    case acme::Request::Method::head:
      made.method = "HEAD";
      break;
    case acme::Request::Method::post:
      made.method = "POST";
      break;
  }
  made.url = std::move(request.url);
  if (request.method == acme::Request::Method::post) made.headers.emplace_back("Content-Type", "application/jose+json");
  if (!request.accept.empty()) made.headers.emplace_back("Accept", std::move(request.accept));
  made.headers.emplace_back("Accept-Language", "en");
  made.body = std::move(request.body);
  return made;
}

acme::Response from_http(http_client::Response response) {
  const auto text = [&](const char* name) -> std::optional<std::string> {
    const auto value = response.header(name);
    if (!value) return std::nullopt;
    return std::string(*value);
  };
  acme::Response made;
  made.status = response.status;
  made.replay_nonce = text("replay-nonce");
  made.location = text("location");
  if (const auto wait = response.header("retry-after")) {
    made.retry_after = http_client::parse_retry_after(*wait, std::chrono::system_clock::now());
  }
  made.body = std::move(response.body);
  return made;
}

using Answer = Result<acme::Response, std::string>;

Answer send_blocking(http_client::Client& http, acme::Request request) {
  auto response = http.send(to_http(std::move(request)));
  if (response) return from_http(std::move(*response));
  const bool refused_tls = response.error().kind == http_client::HttpError::Kind::tls;
  return fail(response.error().what + (refused_tls ? ": a CA of your own needs --acme-ca" : "") +
              ": it is tried again later");
}

}  // namespace

HttpsTransport::HttpsTransport(const std::optional<std::filesystem::path>& ca_file, std::chrono::milliseconds timeout)
    : http_(http_options(ca_file, timeout)), worker_(1, "sisumail-acme") {}

HttpsTransport::~HttpsTransport() { http_.stop(); }

asio::awaitable<Answer> HttpsTransport::send(acme::Request request) {
  auto job = [this, request = std::move(request)]() -> Answer { return send_blocking(http_, request); };
  co_return co_await worker_.run(std::move(job));
}

}  // namespace sisu::client
