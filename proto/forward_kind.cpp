#include "proto/forward_kind.hpp"

#include "common/base/expects.hpp"

namespace sisu::proto {

std::string_view forward_address(ForwardKind kind) {
  switch (kind) {
    case ForwardKind::smtp_delivery:
      return "smtp-delivery";
    case ForwardKind::smtp_raw:
      return "smtp-raw";
  }
  expectation_failed("a forward kind");
}

std::optional<ForwardKind> parse_forward(std::string_view address, std::uint32_t port) {
  if (port != forward_port) return std::nullopt;
  for (const ForwardKind kind : {ForwardKind::smtp_delivery, ForwardKind::smtp_raw}) {
    if (address == forward_address(kind)) return kind;
  }
  return std::nullopt;
}

}  // namespace sisu::proto
