// What a client may ask the relay for with tcpip-forward (proto/delivery.md): deliveries with a PROXY v2 preface, or
// the sender's raw bytes. Names, not addresses: nothing is ever listened on for them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sisu::proto {

enum class ForwardKind {
  smtp_delivery,  ///< each channel opens with a PROXY v2 header
  smtp_raw,       ///< the same without the header
};

/// The port that stands with either name in tcpip-forward and in every channel open.
inline constexpr std::uint16_t forward_port = 25;

/// The address as tcpip-forward and the channel open carry it: "smtp-delivery", "smtp-raw".
std::string_view forward_address(ForwardKind kind);

/// nullopt: something else, to be refused. Compared byte by byte, as OpenSSH does.
std::optional<ForwardKind> parse_forward(std::string_view address, std::uint32_t port);

}  // namespace sisu::proto
