// Whom a name belongs to: label tricks.
#include "relay/naming/templates/own_host.hpp"

#include <gtest/gtest.h>

namespace sisu::relay::naming {
namespace {

const RecordName host = RecordName::parse("niklas.v6.example.org.").value();

TEST(OwnHost, is_the_host_with_or_without_its_dot_in_any_case) {
  for (const char* text :
       {"niklas.v6.example.org", "niklas.v6.example.org.", "NIKLAS.V6.Example.ORG", "Niklas.v6.example.org."})
    EXPECT_TRUE(is_own_host(text, host)) << text;
}

TEST(OwnHost, is_no_other_name) {
  const std::string long_label(300, 'a');
  for (const std::string& text : {
           std::string(),
           std::string("."),
           std::string("niklas"),
           std::string("niklas.example.org"),     // the mail domain
           std::string("t1.niklas.example.org"),  // the strict address
           std::string("otto.v6.example.org"),    // another user
           std::string("v6.example.org"),
           std::string("example.org"),  // the zone
           std::string("org."),
           std::string("niklas.v6.example.org.evil"),
           std::string("niklas.v6.example.org.evil."),
           std::string("niklas.v6.example.org.."),  // two dots
           std::string(".niklas.v6.example.org"),
           std::string("niklas..v6.example.org"),
           std::string("www.niklas.v6.example.org"),
           std::string("_acme-challenge.niklas.v6.example.org"),
           std::string("_niklas.v6.example.org"),
           std::string("niklas_.v6.example.org"),
           std::string("evilniklas.v6.example.org"),
           std::string("niklas.v6.evilexample.org"),
           std::string("*.niklas.v6.example.org"),
           std::string("niklas\\.v6.example.org"),
           std::string("niklas.v6.example.org\\."),
           std::string("nikl\\097s.v6.example.org"),
           std::string("niklas.v6.example.org "),
           std::string(" niklas.v6.example.org"),
           std::string("niklas.v6.example.org\n"),
           std::string("niklas.v6.example.org\0", 22),
           std::string("niklas\0.v6.example.org", 22),
           std::string("nikl\xC3\xA4s.v6.example.org"),
           std::string("n\xD1\x96klas.v6.example.org"),  // a Cyrillic i
           std::string("niklas.v6.example.org\"; x"),
           long_label,
           long_label + ".v6.example.org",
           "niklas.v6.example.org." + long_label,
       })
    EXPECT_FALSE(is_own_host(text, host)) << text;
}

}  // namespace
}  // namespace sisu::relay::naming
