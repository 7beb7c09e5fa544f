#include "relay/naming/wire/message.hpp"

#include "common/base/expects.hpp"
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

  std::size_t position() const { return at_; }
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

/// Where the TSIG begins, or the end; nothing if the layout is not sound.
std::optional<std::size_t> walk_to_tsig(OctetView message) {
  if (message.size() < message_header || message.size() > longest_message) return std::nullopt;
  Walk walk(message);
  const auto questions = walk.number(4);
  if (questions > 1 || (questions == 1 && !walk.skip_question())) return std::nullopt;
  const unsigned before_additional = unsigned{walk.number(6)} + walk.number(8);
  const unsigned records = before_additional + walk.number(10);
  std::optional<std::size_t> tsig_at;
  bool opt_seen = false;
  for (unsigned i = 0; i < records; ++i) {
    const auto at = walk.position();
    const auto type = walk.skip_record();
    if (!type || tsig_at) return std::nullopt;
    const bool is_opt = *type == type_opt;
    const bool is_tsig = *type == type_tsig;
    if ((is_opt || is_tsig) && i < before_additional) return std::nullopt;
    if (is_opt && opt_seen) return std::nullopt;
    opt_seen |= is_opt;
    if (is_tsig) tsig_at = at;
  }
  if (!walk.at_end()) return std::nullopt;
  return tsig_at.value_or(message.size());
}

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

bool has_sound_layout(OctetView message) { return walk_to_tsig(message).has_value(); }

std::size_t size_without_tsig(OctetView message) {
  const auto size = walk_to_tsig(message);
  expects(size.has_value(), "the layout is sound");
  return *size;
}

}  // namespace sisu::relay::naming
