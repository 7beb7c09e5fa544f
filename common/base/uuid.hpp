// Version 4 UUIDs (RFC 9562 5.4), and ids that cannot be mixed up: a ConnectionId is not a DeliveryId.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace sisu {

class Uuid {
 public:
  /// The nil UUID (all zero): what a default-constructed id holds before one is assigned.
  Uuid() = default;

  /// A new random version 4 UUID.
  static Uuid random();

  /// 36 characters, "xxxxxxxx-xxxx-4xxx-[89ab]xxx-xxxxxxxxxxxx", either case. Only version 4 is accepted.
  static std::optional<Uuid> parse(std::string_view text);

  /// As parse(), after the prefix "urn:uuid:" (RFC 9562 4, prefix compared without case).
  static std::optional<Uuid> parse_urn(std::string_view text);

  std::string to_string() const;
  std::string to_urn() const { return "urn:uuid:" + to_string(); }
  bool is_nil() const { return *this == Uuid{}; }
  const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }

  auto operator<=>(const Uuid&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

/// A Uuid that names one kind of thing.
template <class Tag>
class Id {
 public:
  Id() = default;
  explicit Id(Uuid uuid) : uuid_(uuid) {}
  static Id random() { return Id(Uuid::random()); }
  const Uuid& uuid() const { return uuid_; }
  std::string to_string() const { return uuid_.to_string(); }
  std::string to_urn() const { return uuid_.to_urn(); }
  auto operator<=>(const Id&) const = default;

 private:
  Uuid uuid_;
};

using ConnectionId = Id<struct ConnectionTag>;    ///< one sender's TCP connection; the same on relay and client
using DeliveryId = Id<struct DeliveryTag>;        ///< one message as stored
using SessionId = Id<struct SessionTag>;          ///< one SSH session
using ListenerId = Id<struct ListenerTag>;        ///< one listening socket
using TransactionId = Id<struct TransactionTag>;  ///< one MAIL transaction

}  // namespace sisu

template <class Tag>
struct std::hash<sisu::Id<Tag>> {
  std::size_t operator()(const sisu::Id<Tag>& id) const noexcept {
    std::size_t value = 0;
    for (std::size_t i = 0; i < sizeof value; ++i) value = value << 8 | id.uuid().bytes()[i];
    return value;
  }
};
