#include "tests/support/name_server/knot.hpp"

namespace sisu::test {
namespace {

std::string knot_address(const Endpoint& endpoint) {
  return endpoint.address.to_string() + "@" + std::to_string(endpoint.port);
}

std::string zone_file(const Knot::Setup& setup) {
  return "$ORIGIN example.org.\n$TTL 3600\n@ SOA ns hostmaster 1 3600 600 86400 60\n@ NS ns\nns A 127.0.0.1\n" +
         setup.records;
}

}  // namespace

Knot::Knot(Setup setup) {
  for (const auto* folder : {"run", "db", "zones"}) std::filesystem::create_directory(scratch_ / folder);
  write_file(scratch_ / "knot.conf", configuration(setup));
  if (!setup.primary) write_file(scratch_ / "zones/example.org.zone", zone_file(setup));
  start();
}

std::string Knot::configuration(const Setup& setup) const {
  const auto path = scratch_.path().string();
  std::string text = "server:\n  rundir: " + path + "/run\n  listen: " + knot_address(endpoint_) +
                     "\n  udp-workers: 1\n  tcp-workers: 1\n  background-workers: 1\n" + setup.server_options +
                     "database:\n  storage: " + path +
                     "/db\nlog:\n  - target: stdout\n    any: info\nkey:\n  - id: " + setup.update_key +
                     "\n    algorithm: hmac-sha256\n    secret: " + secret + "\n";
  text += "acl:\n  - id: transfers\n    key: " + setup.update_key + "\n    action: transfer\n";
  text += "  - id: updates\n    key: " + setup.update_key +
          "\n    action: update\n    update-type: [A, AAAA, MX, TXT, "
          "CAA, TLSA]\n";
  if (setup.primary)
    text += "remote:\n  - id: primary\n    address: " + knot_address(*setup.primary) +
            "\n    key: " + setup.update_key + "\n";
  text +=
      "policy:\n  - id: signed\n    algorithm: ecdsap256sha256\n    single-type-signing: on\n    ksk-lifetime: 0\n"
      "    nsec3: on\n    nsec3-iterations: 0\n    nsec3-salt-length: 0\n";
  text += "zone:\n  - domain: example.org\n    storage: " + path +
          "/zones\n    file: example.org.zone\n"
          "    zonefile-load: whole\n    zonefile-sync: -1\n    journal-content: changes\n";
  if (setup.primary) return text + "    master: primary\n";
  text += setup.accepts_updates ? "    acl: [ transfers, updates ]\n" : "    acl: transfers\n";
  return setup.is_signed ? text + "    dnssec-signing: on\n    dnssec-policy: signed\n" : text;
}

void Knot::start() {
  program_.reset();
  program_.emplace(std::vector<std::string>{"knotd", "-c", (scratch_ / "knot.conf").string()}, scratch_ / "log");
  wait_until(
      [this] {
        return dig({"example.org", "SOA"}).find("hostmaster") != std::string::npos;
      },
      "Knot to serve its zone");
}

std::string Knot::control(const std::vector<std::string>& words) const {
  std::vector<std::string> command{"knotc", "-c", (scratch_ / "knot.conf").string(), "-b"};
  command.insert(command.end(), words.begin(), words.end());
  return output_of(command);
}

std::string Knot::dig(const std::vector<std::string>& words) const {
  std::vector<std::string> command{
      "sh", "-c",
      "kdig +noall +answer +tcp +time=1 +retry=0 @127.0.0.1 -p " + std::to_string(endpoint_.port) + " \"$@\" || true",
      "kdig"};
  command.insert(command.end(), words.begin(), words.end());
  return output_of(command);
}

std::string Knot::log() const { return read_file(scratch_ / "log"); }

std::string Knot::delegation_signer() const {
  return output_of({"keymgr", "-c", (scratch_ / "knot.conf").string(), "example.org", "ds"});
}

}  // namespace sisu::test
