// What an ACME server says: no crash, and whatever is believed keeps within the limits that its users rely on.
#include "client/acme/documents/base64url.hpp"
#include "client/acme/documents/directory.hpp"
#include "client/acme/documents/json_object.hpp"
#include "client/acme/documents/limits.hpp"
#include "client/acme/documents/order.hpp"
#include "client/acme/documents/problem.hpp"
#include "client/acme/documents/renewal_info.hpp"
#include "client/acme/documents/times.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace sisu;
using namespace sisu::acme;

namespace {

bool is_one_line(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

void check_problem(const Problem& problem) {
  constexpr std::size_t dots = 3;
  fuzz::require(problem.detail.size() <= limits::shown_octets + dots);
  fuzz::require(problem.further.size() <= limits::subproblems);
  fuzz::require(is_one_line(describe(problem)));
}

void check_order(std::string_view text) {
  if (const auto order = parse_order(text)) {
    fuzz::require(!order->authorizations.empty() && order->authorizations.size() <= limits::authorizations);
    for (const std::string& url : order->authorizations) fuzz::require(is_url(url));
    fuzz::require(is_url(order->finalize) && (!order->certificate || is_url(*order->certificate)));
    fuzz::require(order->status != Order::Status::valid || order->certificate);
    if (order->error) check_problem(*order->error);
  }
  if (const auto authorization = parse_authorization(text); authorization && authorization->dns) {
    const Challenge& challenge = *authorization->dns;
    fuzz::require(is_url(challenge.url) && challenge.token.size() <= limits::token_octets);
    if (challenge.error) check_problem(*challenge.error);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  check_problem(parse_problem(400, text));
  check_order(text);
  if (const auto directory = parse_directory(text)) {
    fuzz::require(is_url(directory->new_nonce) && is_url(directory->new_account) && is_url(directory->new_order));
  }
  if (const auto window = parse_renewal_info(text)) fuzz::require(window->start < window->end);
  (void)parse_rfc3339(text);
  if (const auto bytes = from_base64url(text)) fuzz::require(to_base64url(*bytes) == text);
  return 0;
}
