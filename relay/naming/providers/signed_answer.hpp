// Answers to signed requests: believed only with a good signature.
#pragma once

#include "relay/naming/providers/rfc2136_error.hpp"
#include "relay/naming/wire/ldns_handles.hpp"

namespace sisu::relay::naming {

/// `message` as the next answer to what `tsig` has signed. Refusals are believed unsigned as well: a server that does
/// not know our key cannot sign (RFC 8945 5.3.2).
Result<LdnsPacket, ProviderError> accept_signed(const Octets& message, TsigSession& tsig, const UpdateServer& server,
                                                Operation operation);

}  // namespace sisu::relay::naming
