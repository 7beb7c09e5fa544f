#include "relay/naming/wire/message.hpp"

#include "common/base/random.hpp"

#include <array>
#include <optional>

namespace sisu::relay::naming {
namespace {

constexpr std::uint16_t type_opt = 41;
constexpr std::uint16_t type_tsig = 250;
constexpr std::size_t longest_name = 255;  // RFC 1035 2.3.4

/// Walks over the sections without looking into the records.
class Walk {
 public:
  explicit Walk(OctetView message) : message_(message), at_(message_header) {}

  bool at_end() const { return at_ == message_.size(); }
  bool skip_question() { return skip_name() && skip(4); }

  /// Over one record; its type.
  std::optional<std::uint16_t> skip_record() {
    if (!skip_name() || left() < 10) return std::nullopt;
    const auto type = number(at_);
    const auto length = number(at_ + 8);
    if (!skip(std::size_t{10} + length)) return std::nullopt;
    return type;
  }

  std::uint16_t number(std::size_t at) const {
    return static_cast<std::uint16_t>(message_[at] << 8 | message_[at + 1]);
  }

 private:
  std::size_t left() const { return message_.size() - at_; }

  bool skip(std::size_t octets) {
    if (left() < octets) return false;
    at_ += octets;
    return true;
  }

  /// Labels up to the root or to a pointer, which ends a name (RFC 1035 4.1.4).
  bool skip_name() {
    const auto start = at_;
    while (left() > 0 && at_ - start < longest_name) {
      const std::size_t length = message_[at_];
      if (length == 0) return skip(1);
      if ((length & 0xC0) == 0xC0) return skip(2);
      if (length > 63 || !skip(1 + length)) return false;
    }
    return false;
  }

  OctetView message_;
  std::size_t at_;
};

}  // namespace

std::string to_string(ResponseCode code) {
  switch (code) {
    case ResponseCode::no_error:
      return "NOERROR";
    case ResponseCode::format_error:
      return "FORMERR";
    case ResponseCode::server_failure:
      return "SERVFAIL";
    case ResponseCode::name_error:
      return "NXDOMAIN";
    case ResponseCode::not_implemented:
      return "NOTIMP";
    case ResponseCode::refused:
      return "REFUSED";
    case ResponseCode::name_exists:
      return "YXDOMAIN";
    case ResponseCode::set_exists:
      return "YXRRSET";
    case ResponseCode::set_missing:
      return "NXRRSET";
    case ResponseCode::not_authorized:
      return "NOTAUTH";
    case ResponseCode::not_in_zone:
      return "NOTZONE";
    case ResponseCode::bad_version:
      return "BADVERS";
  }
  return "RCODE " + std::to_string(static_cast<unsigned>(code));
}

std::uint16_t message_id(OctetView message) {
  if (message.size() < 2) return 0;
  return static_cast<std::uint16_t>(message[0] << 8 | message[1]);
}

std::uint16_t random_message_id() {
  std::array<std::uint8_t, 2> octets;
  fill_random(octets);
  return message_id(octets);
}

bool has_sound_layout(OctetView message) {
  if (message.size() < message_header || message.size() > longest_message) return false;
  Walk walk(message);
  const auto questions = walk.number(4);
  if (questions > 1 || (questions == 1 && !walk.skip_question())) return false;
  const unsigned answers = walk.number(6);
  const unsigned before_additional = answers + walk.number(8);
  const unsigned records = before_additional + walk.number(10);
  bool opt_seen = false;
  bool tsig_seen = false;
  for (unsigned i = 0; i < records; ++i) {
    const auto type = walk.skip_record();
    if (!type || tsig_seen) return false;
    const bool is_opt = *type == type_opt;
    tsig_seen = *type == type_tsig;
    if ((is_opt || tsig_seen) && i < before_additional) return false;
    if (is_opt && opt_seen) return false;
    opt_seen |= is_opt;
  }
  return walk.at_end();
}

}  // namespace sisu::relay::naming
