#include "client/acme/documents/order.hpp"

#include "client/acme/documents/base64url.hpp"
#include "client/acme/documents/json_object.hpp"
#include "client/acme/documents/limits.hpp"

#include <array>
#include <utility>

namespace sisu::acme {
namespace {

template <class Status, std::size_t size>
std::optional<Status> status_in(const JsonObject& object,
                                const std::array<std::pair<std::string_view, Status>, size>& words) {
  const std::string word = object.text("status").value_or("");
  for (const auto& [name, status] : words) {
    if (name == word) return status;
  }
  return std::nullopt;
}

constexpr std::array<std::pair<std::string_view, Order::Status>, 5> order_words{{
    {"pending", Order::Status::pending},
    {"ready", Order::Status::ready},
    {"processing", Order::Status::processing},
    {"valid", Order::Status::valid},
    {"invalid", Order::Status::invalid},
}};

constexpr std::array<std::pair<std::string_view, Authorization::Status>, 6> authorization_words{{
    {"pending", Authorization::Status::pending},
    {"valid", Authorization::Status::valid},
    {"invalid", Authorization::Status::invalid},
    {"deactivated", Authorization::Status::deactivated},
    {"expired", Authorization::Status::expired},
    {"revoked", Authorization::Status::revoked},
}};

std::optional<Problem> error_in(const JsonObject& object) {
  const auto error = object.object("error");
  if (!error) return std::nullopt;
  return to_problem(*error);
}

/// The token goes into a hash and not into a URL, but RFC 8555 8.3 gives it this form, and less can be guessed.
bool is_token(std::string_view text) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return text.size() >= limits::least_token_octets && text.size() <= limits::token_octets &&
         text.find_first_not_of(digits) == std::string_view::npos;
}

Result<std::optional<Challenge>, DocumentError> dns_challenge_in(const JsonObject& object) {
  const auto all = object.objects("challenges");
  if (all.size() > limits::challenges) {
    return fail(DocumentError{"the authorization has more than " + std::to_string(limits::challenges) + " challenges"});
  }
  for (const JsonObject& one : all) {
    if (one.text("type") != "dns-01") continue;
    const auto url = one.url("url");
    const auto token = one.text("token");
    if (!url || !token || !is_token(*token)) {
      return fail(DocumentError{"the dns-01 challenge has no https URL or no token of base64url"});
    }
    return Challenge{*url, *token, error_in(one)};
  }
  return std::optional<Challenge>();
}

}  // namespace

Result<Order, DocumentError> parse_order(std::string_view body) {
  const auto object = JsonObject::parse(body);
  if (!object) return fail(DocumentError{"the order is not a JSON object"});
  Order order;
  const auto status = status_in(*object, order_words);
  if (!status) return fail(DocumentError{"the order has no status that RFC 8555 knows"});
  order.status = *status;
  order.authorizations = object->texts("authorizations");
  if (order.authorizations.empty()) return fail(DocumentError{"the order names no authorization"});
  if (order.authorizations.size() > limits::authorizations) {
    return fail(DocumentError{"the order has more than " + std::to_string(limits::authorizations) + " authorizations"});
  }
  for (const std::string& url : order.authorizations) {
    if (!is_url(url)) return fail(DocumentError{"an authorization of the order is not an https URL"});
  }
  auto finalize = object->url("finalize");
  if (!finalize) return fail(DocumentError{"the order names no https URL to finalize it"});
  order.finalize = std::move(*finalize);
  order.certificate = object->url("certificate");
  order.error = error_in(*object);
  if (order.status == Order::Status::valid && !order.certificate) {
    return fail(DocumentError{"the order is valid, but names no https URL of its certificate"});
  }
  return order;
}

Result<Authorization, DocumentError> parse_authorization(std::string_view body) {
  const auto object = JsonObject::parse(body);
  if (!object) return fail(DocumentError{"the authorization is not a JSON object"});
  Authorization authorization;
  const auto status = status_in(*object, authorization_words);
  if (!status) return fail(DocumentError{"the authorization has no status that RFC 8555 knows"});
  authorization.status = *status;
  const auto identifier = object->object("identifier");
  if (!identifier || identifier->text("type") != "dns" || !identifier->text("value")) {
    return fail(DocumentError{"the authorization is not for a DNS name"});
  }
  authorization.host = *identifier->text("value");
  auto challenge = dns_challenge_in(*object);
  if (!challenge) return fail(challenge.error());
  authorization.dns = std::move(*challenge);
  return authorization;
}

}  // namespace sisu::acme
