#include "common/smtp/server_order.hpp"

#include <array>

namespace sisu::smtp {
namespace {

enum class Order { ok, hello_first, mail_first, nested, no_recipients, chunks_running, chunk_failed };
using enum Order;

using Row = std::array<Order, 6>;

// clang-format off
//                           fresh        ready       mail           rcpt    chunks          failed
constexpr Row any_time   = { ok,          ok,         ok,            ok,     ok,             ok           };
constexpr Row mail_row   = { hello_first, ok,         nested,        nested, nested,         nested       };
constexpr Row rcpt_row   = { hello_first, mail_first, ok,            ok,     chunks_running, chunk_failed };
constexpr Row data_row   = { hello_first, mail_first, no_recipients, ok,     chunks_running, chunk_failed };
constexpr Row bdat_row   = { hello_first, mail_first, no_recipients, ok,     ok,             chunk_failed };
constexpr Row tls_row    = { hello_first, ok,         nested,        nested, nested,         nested       };
// clang-format on

const Row& row_of(Verb verb) {
  switch (verb) {
    case Verb::mail:
      return mail_row;
    case Verb::rcpt:
      return rcpt_row;
    case Verb::data:
      return data_row;
    case Verb::bdat:
      return bdat_row;
    case Verb::starttls:
      return tls_row;
    case Verb::ehlo:
    case Verb::helo:
    case Verb::rset:
    case Verb::noop:
    case Verb::quit:
    case Verb::vrfy:
    case Verb::help:
    case Verb::unimplemented:
    case Verb::unknown:
      return any_time;
  }
  return any_time;
}

}  // namespace

std::optional<Reply> out_of_order(Verb verb, Phase phase) {
  switch (row_of(verb)[static_cast<std::size_t>(phase)]) {
    case ok:
      return std::nullopt;
    case hello_first:
      return Reply{503, "5.5.1", "send EHLO first"};
    case mail_first:
      return Reply{503, "5.5.1", "send MAIL first"};
    case nested:
      return Reply{503, "5.5.1", "a transaction is running; end it or send RSET"};
    case no_recipients:
      return Reply{554, "5.5.1", "no recipient was accepted"};
    case chunks_running:
      return Reply{503, "5.5.1", "only BDAT or RSET may follow BDAT"};
    case chunk_failed:
      return Reply{503, "5.5.1", "a chunk of this message was refused; send RSET"};
  }
  return std::nullopt;
}

bool is_served_in_clear(Verb verb) {
  switch (verb) {
    case Verb::ehlo:
    case Verb::helo:
    case Verb::starttls:
    case Verb::rset:
    case Verb::noop:
    case Verb::quit:
    case Verb::help:
    case Verb::unknown:  // answered as what it is
      return true;
    case Verb::mail:
    case Verb::rcpt:
    case Verb::data:
    case Verb::bdat:
    case Verb::vrfy:
    case Verb::unimplemented:
      return false;
  }
  return false;
}

}  // namespace sisu::smtp
