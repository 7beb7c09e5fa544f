#include "proto/source_check.hpp"

namespace sisu::proto {

std::string_view describe(SourceRefusal refusal) {
  switch (refusal) {
    case SourceRefusal::unspecified:
      return "the unspecified address";
    case SourceRefusal::loopback:
      return "a loopback address";
    case SourceRefusal::link_local:
      return "a link-local address";
    case SourceRefusal::private_network:
      return "an address of a private network";
    case SourceRefusal::multicast:
      return "a multicast or broadcast address";
    case SourceRefusal::own_address:
      return "the recipient's own address";
  }
  return "an unusable address";
}

std::optional<SourceRefusal> check_source(const IpAddress& source, const IpAddress& own, SourceRule rule) {
  if (source.is_unspecified()) return SourceRefusal::unspecified;
  if (source.is_multicast()) return SourceRefusal::multicast;
  if (rule == SourceRule::dev) return std::nullopt;
  if (source.is_loopback()) return SourceRefusal::loopback;
  if (source.is_link_local()) return SourceRefusal::link_local;
  if (source.is_private()) return SourceRefusal::private_network;
  if (source == own) return SourceRefusal::own_address;
  return std::nullopt;
}

}  // namespace sisu::proto
