// Questions to name servers (RFC 1035 4.1.2).
#pragma once

#include "relay/naming/record.hpp"
#include "relay/naming/wire/message.hpp"

namespace sisu::relay::naming {

/// Types that we ask for: those that we publish, and what tells about a zone.
enum class QuestionType : std::uint16_t {
  a = 1,
  ns = 2,
  soa = 6,
  mx = 15,
  txt = 16,
  aaaa = 28,
  dnskey = 48,
  tlsa = 52,
  axfr = 252,
  caa = 257,
};
QuestionType question_type(RecordType type);

struct Question {
  RecordName name;
  QuestionType type;
  auto operator<=>(const Question&) const = default;
};

struct QuestionFlags {
  bool recursion_desired = false;  ///< for a resolver
  bool dnssec_ok = false;          ///< RFC 3225: with signatures, and AD if they are good
  bool checking_disabled = false;  ///< RFC 4035 3.2.2: also data that does not validate
};

/// With EDNS (RFC 6891), offering largest_datagram; a zone transfer goes without.
Octets encode_question(const Question& question, std::uint16_t id, QuestionFlags flags = {});

}  // namespace sisu::relay::naming
