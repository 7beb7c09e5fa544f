// A real unbound on loopback that validates example.org as served by a Knot.
#pragma once

#include "tests/support/name_server/knot.hpp"

namespace sisu::test {

class Unbound {
 public:
  /// `trust_anchor`: the zone's DS record; empty: the zone is insecure.
  Unbound(const Knot& authority, const std::string& trust_anchor);

  const Endpoint& endpoint() const { return endpoint_; }

 private:
  ScratchDirectory scratch_;
  Endpoint endpoint_ = free_endpoint();
  std::optional<Program> program_;
};

}  // namespace sisu::test
