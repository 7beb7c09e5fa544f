#include "common/age/error.hpp"

namespace sisu::age {

std::string_view describe(Error error) {
  switch (error) {
    case Error::not_a_recipient:
      return "this is not a public key that age can encrypt to: give age1... or the line of an ssh-ed25519 .pub file";
    case Error::not_an_identity:
      return "this is not an age identity: AGE-SECRET-KEY-1... is expected, whole and unaltered";
    case Error::not_on_the_curve:
      return "the ssh-ed25519 key is damaged: it is not a point of its curve";
    case Error::low_order_point:
      return "the key or the ephemeral share is a point of low order, with which nothing stays secret";
    case Error::keys_do_not_match:
      return "the public key does not belong to the private key";
    case Error::no_recipients:
      return "there is no recipient: nobody could open this file";
    case Error::too_many_recipients:
      return "too many recipients for one file";
    case Error::not_an_age_file:
      return "this is not an age file: its first line is another (armored files are to be decoded first)";
    case Error::unsupported_version:
      return "this is an age file of another version than v1";
    case Error::header_cut_off:
      return "the age file ends within its header";
    case Error::header_too_long:
      return "the header of the age file is too long";
    case Error::line_too_long:
      return "a line in the header of the age file is too long";
    case Error::too_many_stanzas:
      return "the age file has too many recipients";
    case Error::too_many_arguments:
      return "a recipient in the age file has too many arguments";
    case Error::carriage_return:
      return "the header of the age file has CR LF line ends: copy the file as binary";
    case Error::malformed_line:
      return "a line in the header of the age file is malformed";
    case Error::malformed_body:
      return "a recipient in the age file has a body that is not wrapped at 64 columns with a shorter last line";
    case Error::malformed_base64:
      return "the header of the age file has base64 that is not canonical or not base64 at all";
    case Error::malformed_mac:
      return "the last line of the header of the age file is malformed";
    case Error::no_stanza:
      return "the age file has no recipients";
    case Error::malformed_stanza:
      return "a recipient in the age file is not as its type has it";
    case Error::duplicated_stanza:
      return "a recipient in the age file stands there twice with the same ephemeral share";
    case Error::passphrase_beside_others:
      return "the age file mixes a passphrase with other recipients, which the format forbids";
    case Error::no_matching_identity:
      return "the age file is not encrypted to any of the keys at hand";
    case Error::wrong_mac:
      return "the header of the age file was altered: its MAC is wrong";
    case Error::damaged_chunk:
      return "the age file is damaged: a chunk was altered, moved or cut short";
    case Error::empty_last_chunk:
      return "the age file is malformed: its last chunk is empty";
    case Error::payload_cut_off:
      return "the age file is cut off: its last chunk is missing";
    case Error::trailing_data:
      return "the age file goes on behind its last chunk";
  }
  return "";
}

}  // namespace sisu::age
