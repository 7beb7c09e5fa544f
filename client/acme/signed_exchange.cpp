#include "client/acme/signed_exchange.hpp"

#include "client/acme/documents/limits.hpp"
#include "client/acme/documents/problem.hpp"
#include "client/acme/jws.hpp"

#include <utility>

namespace sisu::acme {
namespace {

/// RFC 8555 6.5.1: base64url; a client ignores what is not.
bool is_nonce(const std::string& text) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return !text.empty() && text.size() <= limits::nonce_octets && text.find_first_not_of(digits) == std::string::npos;
}

}  // namespace

Request SignedExchange::begin(SignedRequest request) {
  request_ = std::move(request);
  attempts_ = 0;
  return next();
}

Request SignedExchange::next() {
  asking_nonce_ = !nonce_;
  if (asking_nonce_) return {Request::Method::head, new_nonce_url_, {}, {}};
  ++attempts_;
  const JwsHeader header{request_.url, *std::exchange(nonce_, std::nullopt), request_.key_id};
  return {Request::Method::post, request_.url, sign_request(key_, header, request_.payload), request_.accept};
}

void SignedExchange::keep_nonce(const Response& response) {
  if (response.replay_nonce && is_nonce(*response.replay_nonce)) nonce_ = *response.replay_nonce;
}

std::variant<Request, Response, NoNonce> SignedExchange::take(Response response) {
  keep_nonce(response);
  if (asking_nonce_) {
    if (response.good() && nonce_) return next();
    return NoNonce{std::move(response)};
  }
  const bool refused_nonce =
      !response.good() && parse_problem(response.status, response.body).type == ProblemType::bad_nonce;
  if (refused_nonce && attempts_ < most_attempts) return next();
  return response;
}

}  // namespace sisu::acme
