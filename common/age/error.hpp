// Why a key or an age file is refused.
#pragma once

#include <cstdint>
#include <string_view>

namespace sisu::age {

enum class Error : std::uint8_t {
  // Keys.
  not_a_recipient,      ///< neither age1... nor ssh-ed25519 AAAA...
  not_an_identity,      ///< not AGE-SECRET-KEY-1...
  not_on_the_curve,     ///< an ssh-ed25519 key that no private key has
  low_order_point,      ///< a public key or an ephemeral share with which every shared secret is zero
  keys_do_not_match,    ///< the public key is not that of the seed
  no_recipients,        ///< a file that nobody could open
  too_many_recipients,  ///< more than Limits::stanzas
  // The header.
  not_an_age_file,
  unsupported_version,
  header_cut_off,  ///< the file ends in the header or in the nonce behind it
  header_too_long,
  line_too_long,
  too_many_stanzas,
  too_many_arguments,
  carriage_return,    ///< a line ends in CR LF
  malformed_line,     ///< neither a stanza nor the end, an empty argument, or characters that an argument cannot have
  malformed_body,     ///< a body that has a line of more than 64 characters, or no last line that is shorter
  malformed_base64,   ///< padding, stray bits, or other characters
  malformed_mac,      ///< not "--- " and 32 octets
  no_stanza,          ///< a header without a recipient
  malformed_stanza,   ///< of a type that we know, but not as that type has it
  duplicated_stanza,  ///< an ephemeral share used twice
  passphrase_beside_others,
  no_matching_identity,
  wrong_mac,
  // The payload.
  damaged_chunk,     ///< altered, moved, cut short, or not marked as the last one that it is
  empty_last_chunk,  ///< behind others
  payload_cut_off,   ///< the file ends before a chunk that is marked as the last
  trailing_data,     ///< the file goes on behind its last chunk
};

/// One line for a person or a log.
std::string_view describe(Error error);

}  // namespace sisu::age
