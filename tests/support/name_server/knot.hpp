// A real Knot with one zone, example.org, on loopback: the primary server, or a secondary of another Knot.
#pragma once

#include "tests/support/name_server/program.hpp"
#include "tests/support/scratch_directory.hpp"

#include <optional>

namespace sisu::test {

class Knot {
 public:
  struct Setup {
    bool is_signed = true;
    std::string records = {};           ///< more lines of the zone file, names relative to the zone
    std::string update_key = "ddns";    ///< the name that this server knows the key by
    bool accepts_updates = true;        ///< else its acl allows the transfer only
    std::optional<Endpoint> primary{};  ///< whose secondary this is; it is not told of changes, and asks once an hour
    std::string server_options = {};    ///< lines of the section "server"
  };

  static constexpr const char* secret = "c2lzdW1haWwtdGVzdHMtYXJlLW5vdC1zZWNyZXQtISE=";
  static constexpr const char* key = "hmac-sha256:ddns:c2lzdW1haWwtdGVzdHMtYXJlLW5vdC1zZWNyZXQtISE=";

  explicit Knot(Setup setup);
  Knot() : Knot(Setup{}) {}

  const Endpoint& endpoint() const { return endpoint_; }
  Program& program() { return *program_; }
  /// After program().stop() or kill(): again, on the same port.
  void start();
  /// knotc with these words.
  std::string control(const std::vector<std::string>& words) const;
  /// What kdig prints of the answers, over TCP.
  std::string dig(const std::vector<std::string>& words) const;
  std::string log() const;
  /// The zone's DS record, as keymgr tells it.
  std::string delegation_signer() const;

 private:
  std::string configuration(const Setup& setup) const;

  ScratchDirectory scratch_;
  Endpoint endpoint_ = free_endpoint();
  std::optional<Program> program_;
};

}  // namespace sisu::test
