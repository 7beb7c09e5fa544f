// OpenSSL's error queue as std::system_error and as text for people.
#pragma once

#include <string>
#include <system_error>

namespace sisu::tls {

/// Codes are OpenSSL's packed error codes; messages are its reason strings.
const std::error_category& openssl_category();

/// Empties this thread's error queue and makes an exception of its last entry, which names the cause closest to the
/// caller: "TLS handshake: no shared cipher".
std::system_error take_error(const std::string& doing);

/// The same as text: the reason only; `otherwise` when the queue is empty.
std::string take_reason(const std::string& otherwise);

}  // namespace sisu::tls
