// Which command may come when: the server's state machine.
//
// A connection begins `fresh`. EHLO or HELO makes it `ready`; each may be sent again at any time and ends a transaction
// like RSET (RFC 5321 4.1.4). STARTTLS makes it `fresh` again (RFC 3207 4.2). MAIL begins a transaction (`mail`), the
// first accepted RCPT makes it `rcpt`. DATA carries the message in one go and ends the transaction, whatever the
// answer. BDAT carries it in chunks (RFC 3030): after the first the transaction is `chunks`, and only more of them, or
// an end, may follow; after a chunk that was refused it is `failed`, and chunks already on their way are read and
// refused until one of them says LAST. QUIT, NOOP, RSET, VRFY and HELP may come at any time.
//
// Where TLS is required (the default here) nothing but EHLO, HELO, NOOP, RSET, QUIT, STARTTLS and HELP is served before
// it: 530 5.7.0. This is stricter than RFC 3207 4, which forbids it to public servers:
// docs/decisions/starttls-required.md.
#pragma once

#include "common/smtp/reply.hpp"
#include "common/smtp/verb.hpp"

#include <optional>

namespace sisu::smtp {

enum class Phase { fresh, ready, mail, rcpt, chunks, failed };

/// The reply to a command that may not come in this phase; nothing if it may. Not for unimplemented and unknown.
std::optional<Reply> out_of_order(Verb verb, Phase phase);

/// Served before TLS even where TLS is required.
bool is_served_in_clear(Verb verb);

}  // namespace sisu::smtp
