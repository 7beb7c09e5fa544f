// How much of an ACME server's words is believed. Reaching one of these is an error that names it.
#pragma once

#include <chrono>
#include <cstddef>

namespace sisu::acme::limits {

inline constexpr std::size_t document_octets = 64 * 1024;  ///< a JSON document; Let's Encrypt's have 1 to 2 kB
inline constexpr std::size_t chain_octets = 128 * 1024;    ///< a certificate chain in PEM
inline constexpr std::size_t json_depth = 16;              ///< objects and arrays within each other
inline constexpr std::size_t url_octets = 2048;
inline constexpr std::size_t nonce_octets = 256;
inline constexpr std::size_t least_token_octets = 22;  ///< 128 bits (RFC 8555 8.1)
inline constexpr std::size_t token_octets = 255;
inline constexpr std::size_t authorizations = 8;  ///< of an order for one name
inline constexpr std::size_t challenges = 32;     ///< of an authorization
inline constexpr std::size_t shown_octets = 500;  ///< of a text of the server's that is shown to a person
inline constexpr std::size_t subproblems = 8;     ///< that are shown
inline constexpr std::chrono::seconds retry_after =
    std::chrono::hours(8 * 24);  ///< the longest Retry-After that is believed

}  // namespace sisu::acme::limits
