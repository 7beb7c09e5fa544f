// DnsSocket against a service on a thread of the test, which answers each connection with lines that it was given.
#include "relay/tier2/dns_socket.hpp"

#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

namespace sisu::relay::tier2 {
namespace {

using namespace std::chrono_literals;
namespace messages = proto::naming;

const keys::Digest a(64, 'a');
const keys::Digest b(64, 'b');

class Service : public testing::Test {
 protected:
  ~Service() override {
    if (thread.joinable()) thread.join();
    if (listener >= 0) ::close(listener);
  }

  /// Answers one connection, once its two lines are there, and keeps it until the peer goes.
  void answer_with(std::string lines) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = (place / "socket").string();
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    listener = ::socket(AF_UNIX, SOCK_STREAM, 0);
    ASSERT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::listen(listener, 1), 0);
    thread = std::thread([this, lines = std::move(lines)] { serve(lines); });
  }

  DnsSocket socket(std::chrono::milliseconds patience = 10s) const {
    return DnsSocket({place / "socket", *mail::DomainName::parse("example.org"), 60s, patience});
  }

  static messages::State of(const char* owner, const std::string& digest, bool live = false) {
    return {owner, digest, live, 0s, {}, {}};
  }
  static std::string state(const messages::State& said) { return messages::to_line(messages::Answer(said)) + "\n"; }
  static std::string hello(bool is_signed) {
    return messages::to_line(messages::Answer(messages::ServiceHello{1, "example.org.", "file", is_signed})) + "\n";
  }

  sisu::test::ScratchDirectory place;
  std::string heard;
  std::thread thread;
  int listener = -1;

 private:
  void serve(const std::string& lines) {
    const int connection = ::accept(listener, nullptr, nullptr);
    std::array<char, 4096> buffer{};
    while (std::count(heard.begin(), heard.end(), '\n') < 2) {
      const ssize_t count = ::read(connection, buffer.data(), buffer.size());
      if (count <= 0) break;
      heard.append(buffer.data(), static_cast<std::size_t>(count));
    }
    (void)!::send(connection, lines.data(), lines.size(), MSG_NOSIGNAL);
    if (lines.empty()) {
      while (::read(connection, buffer.data(), buffer.size()) > 0) {
      }
    }
    ::shutdown(connection, SHUT_WR);
    while (::read(connection, buffer.data(), buffer.size()) > 0) {
    }
    ::close(connection);
  }
};

TEST_F(Service, publishing_declares_the_owner_spool_and_waits_until_that_set_is_stored) {
  const auto set = spool_set(*mail::DomainName::parse("example.org"), {a, b}, 60s);
  answer_with(hello(true) + state(of("@spool", "old")) + state(of("niklas", "x")) + state(of("@spool", set.digest)));
  EXPECT_TRUE(socket().publish({a, b}));
  thread.join();
  EXPECT_NE(heard.find(R"("zone":"example.org.")"), std::string::npos) << heard;
  EXPECT_NE(heard.find(R"("owner":"@spool")"), std::string::npos);
  EXPECT_NE(heard.find("_25._tcp.spool.example.org."), std::string::npos);
  EXPECT_NE(heard.find("3 1 1 " + a), std::string::npos);
  EXPECT_NE(heard.find("3 1 1 " + b), std::string::npos);
  EXPECT_EQ(heard.find("complete"), std::string::npos) << "others' records are none of its business";
}

TEST_F(Service, a_set_that_is_refused_is_not_published) {
  auto refused = of("@spool", spool_set(*mail::DomainName::parse("example.org"), {a}, 60s).digest);
  refused.problem = "refused: you may not declare @spool";
  answer_with(hello(true) + state(refused));
  const auto published = socket().publish({a});
  ASSERT_FALSE(published);
  EXPECT_NE(published.error().find("refused: you may not declare @spool; is this the user"), std::string::npos)
      << published.error();
}

TEST_F(Service, a_look_says_what_is_live) {
  answer_with(
      hello(true) +
      state({.owner = "@spool", .digest = "x", .live = true, .live_for = 9s, .tlsa = {{a, 12s}}, .problem = "slow"}));
  const auto seen = socket().look();
  ASSERT_TRUE(seen) << seen.error();
  EXPECT_EQ(seen->visibility, (keys::Visibility{true, {{a, 12s}}, 60s}));
  EXPECT_EQ(seen->problem, "slow");
}

TEST_F(Service, only_a_live_set_in_an_unsigned_zone_has_nothing_to_wait_for) {
  const messages::State live = of("@spool", "x", true);
  const messages::State pending = of("@spool", "x");
  EXPECT_FALSE(spool_state(live, false, 60s).visibility.has_tlsa);
  EXPECT_TRUE(spool_state(pending, false, 60s).visibility.has_tlsa);
  EXPECT_TRUE(spool_state(live, true, 60s).visibility.has_tlsa);
}

TEST_F(Service, sets_of_other_keys_have_other_words) {
  const auto zone = *mail::DomainName::parse("example.org");
  EXPECT_NE(spool_set(zone, {a}, 60s).digest, spool_set(zone, {a, b}, 60s).digest);
  EXPECT_NE(spool_set(zone, {a}, 60s).digest, spool_set(zone, {a}, 300s).digest) << "another TTL is another set";
  const keys::DigestSet four{a, b, keys::Digest(64, 'c'), keys::Digest(64, 'd')};
  EXPECT_LE(spool_set(zone, four, 60s).digest.size(), messages::digest_limit);
}

TEST_F(Service, a_problem_is_the_error) {
  answer_with(messages::to_line(messages::Answer(messages::Problem{"you may not declare @spool"})) + "\n");
  const auto refused = socket().publish({a});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().find("you may not declare @spool"), std::string::npos);
}

TEST_F(Service, nobody_there_is_an_error_that_names_the_socket) {
  const auto refused = socket().look();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().find((place / "socket").string()), std::string::npos);
}

TEST_F(Service, silence_has_an_end) {
  answer_with("");
  const auto refused = socket(20ms).look();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().find("no answer in time"), std::string::npos);
}

TEST_F(Service, a_connection_that_ends_early_is_an_error) {
  answer_with(hello(true));
  EXPECT_FALSE(socket().look());
}

TEST_F(Service, lines_that_make_no_sense_are_an_error) {
  answer_with("what?\n");
  EXPECT_FALSE(socket().look());
}

TEST_F(Service, a_service_that_speaks_of_others_only_is_not_listened_to_without_end) {
  std::string lines = hello(true);
  for (std::size_t i = 0; i < DnsSocket::most_other_lines; ++i) lines += state(of("niklas", "x"));
  answer_with(lines);
  const auto refused = socket().look();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().find("everything but @spool"), std::string::npos) << refused.error();
}

TEST_F(Service, a_path_that_no_socket_can_have_is_an_error) {
  EXPECT_FALSE(DnsSocket({"/" + std::string(200, 'x'), *mail::DomainName::parse("example.org")}).look());
}

}  // namespace
}  // namespace sisu::relay::tier2
