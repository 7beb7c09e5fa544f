#include "tests/support/name_server/unbound.hpp"

namespace sisu::test {

Unbound::Unbound(const Knot& authority, const std::string& trust_anchor) {
  const auto path = scratch_.path().string();
  write_file(scratch_ / "anchor", trust_anchor + "\n");
  const auto port = std::to_string(endpoint_.port);
  std::string text = "server:\n  interface: 127.0.0.1@" + port + "\n  port: " + port +
                     "\n  do-daemonize: no\n  username: \"\"\n  chroot: \"\"\n  pidfile: \"\"\n  directory: " + path +
                     "\n  use-syslog: no\n  logfile: \"\"\n  root-hints: \"\"\n"
                     "  module-config: \"validator iterator\"\n  do-not-query-localhost: no\n  aggressive-nsec: no\n"
                     "  cache-max-ttl: 1\n  cache-max-negative-ttl: 1\n";
  text += trust_anchor.empty() ? "  domain-insecure: example.org\n" : "  trust-anchor-file: " + path + "/anchor\n";
  text += "remote-control:\n  control-enable: no\nstub-zone:\n  name: example.org\n  stub-addr: 127.0.0.1@" +
          std::to_string(authority.endpoint().port) + "\n";
  write_file(scratch_ / "unbound.conf", text);
  program_.emplace(std::vector<std::string>{"unbound", "-d", "-c", path + "/unbound.conf"}, scratch_ / "log");
  wait_until(
      [&] {
        const auto answer =
            output_of({"sh", "-c", "kdig +time=1 +retry=0 @127.0.0.1 -p " + port + " example.org SOA || true"});
        return answer.find("status: ") != std::string::npos;
      },
      "unbound to answer");
}

}  // namespace sisu::test
