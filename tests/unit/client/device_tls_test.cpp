#include "client/certificates/device_tls.hpp"

#include "tests/support/run_coroutine.hpp"
#include "tests/support/scratch_directory.hpp"

#include <asio/executor_work_guard.hpp>
#include <gtest/gtest.h>

#include <sys/stat.h>

namespace sisu::client {
namespace {

using Kind = keys::RollStep::Kind;
using tls::CertificateChain;
using tls::PrivateKey;

class DeviceTlsTest : public ::testing::Test {
 protected:
  CertificateOptions options() const {
    CertificateOptions made;
    made.host = "niklas.v6.test";
    made.directory = place.path();
    return made;
  }

  /// Options with a key and a certificate in files of their own.
  CertificateOptions with_files(const PrivateKey& key, const CertificateChain& chain) const {
    CertificateOptions made = options();
    made.key_file = place / "given-key.pem";
    made.certificate_file = place / "given-certificate.pem";
    EXPECT_TRUE(key.save(*made.key_file));
    EXPECT_TRUE(chain.save(*made.certificate_file));
    return made;
  }

  /// As a CA would sign it, for who does not look closely: two of these are never self-signed by the same key.
  static CertificateChain self_signed(const PrivateKey& key, int days = 99, const char* host = "niklas.v6.test") {
    return CertificateChain::self_signed(key, host, std::chrono::days(days));
  }

  std::unique_ptr<DeviceTls> open(const CertificateOptions& with) {
    auto device = DeviceTls::open(with, workers);
    EXPECT_TRUE(device) << (device ? "" : device.error());
    return device ? std::move(*device) : nullptr;
  }
  std::string refusal(const CertificateOptions& with) {
    const auto device = DeviceTls::open(with, workers);
    return device ? "" : device.error();
  }

  std::string wait_for(asio::awaitable<Result<void, std::string>> call) {
    std::string problem;
    test::run_all(loop, keep(std::move(call), problem));
    return problem;
  }
  static asio::awaitable<void> keep(asio::awaitable<Result<void, std::string>> call, std::string& problem) {
    const auto done = co_await std::move(call);
    if (!done) problem = done.error();
  }

  test::ScratchDirectory place;
  asio::io_context loop;
  asio::executor_work_guard<asio::io_context::executor_type> busy = asio::make_work_guard(loop);
  net::WorkerPool workers{1, "worker"};  // ends before the loop that its results go to
};

TEST_F(DeviceTlsTest, the_first_start_makes_keys_and_certificate_and_the_next_ones_keep_them) {
  const auto first = open(options());
  EXPECT_TRUE(first->key_is_new());
  EXPECT_TRUE(first->chain_is_new());
  EXPECT_TRUE(first->chain().is_self_signed());
  EXPECT_EQ(first->chain().dns_names(), std::vector<std::string>{"niklas.v6.test"});
  EXPECT_EQ(first->served(), first->ring().current);
  struct stat about {};
  for (const char* name : {"tls-key.pem", "tls-key-next.pem"}) {
    ASSERT_EQ(::stat((place / name).c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777, 0600U);
  }
  const auto again = open(options());
  EXPECT_FALSE(again->key_is_new());
  EXPECT_FALSE(again->chain_is_new());
  EXPECT_EQ(again->chain().to_pem(), first->chain().to_pem());
  EXPECT_EQ(again->ring(), first->ring());
}

TEST_F(DeviceTlsTest, another_host_name_gets_a_new_certificate_over_the_same_key) {
  const auto first = open(options());
  CertificateOptions other = options();
  other.host = "anna.v6.test";
  const auto second = open(other);
  EXPECT_TRUE(second->chain_is_new());
  EXPECT_FALSE(second->key_is_new());
  EXPECT_EQ(second->chain().spki_sha256(), first->chain().spki_sha256()) << "a TLSA record stays true";
}

TEST_F(DeviceTlsTest, a_lost_broken_or_foreign_certificate_is_made_again) {
  const auto first = open(options());
  const auto foreign = self_signed(PrivateKey::generate_p256(), 999);
  const auto ending = self_signed(first->current_key(), 20);
  for (const std::string& pem : {std::string("garbage"), foreign.to_pem(), ending.to_pem()}) {
    test::write_file(place / "tls-certificate.pem", pem);
    const auto again = open(options());
    EXPECT_TRUE(again->chain_is_new());
    EXPECT_TRUE(again->chain().matches(first->current_key()));
  }
}

TEST_F(DeviceTlsTest, a_broken_key_is_an_error_and_never_replaced) {
  test::write_file(place / "tls-key.pem", "garbage");
  ::chmod((place / "tls-key.pem").c_str(), 0600);
  const std::string refused = refusal(options());
  EXPECT_NE(refused.find("tls-key.pem"), std::string::npos) << refused;
  EXPECT_EQ(test::read_file(place / "tls-key.pem"), "garbage");
}

TEST_F(DeviceTlsTest, given_files_are_used_and_must_belong_together) {
  const auto key = PrivateKey::generate_p256();
  const auto chain = self_signed(key, 9, "other.test");
  CertificateOptions given = with_files(key, chain);
  const auto used = open(given);
  EXPECT_EQ(used->chain().to_pem(), chain.to_pem()) << "pragmatic: whatever the user gave";
  EXPECT_FALSE(used->has_ring());
  EXPECT_EQ(keys::wanted_set(used->ring(), used->served()), keys::DigestSet{key.spki_sha256()});
  EXPECT_FALSE(std::filesystem::exists(place / "tls-key.pem")) << "no key of its own is made then";

  ASSERT_TRUE(PrivateKey::generate_p256().save(place / "another-key.pem"));
  given.key_file = place / "another-key.pem";
  const std::string refused = refusal(given);
  EXPECT_NE(refused.find("does not belong"), std::string::npos) << refused;
}

TEST_F(DeviceTlsTest, missing_files_are_named_with_their_option) {
  CertificateOptions missing = options();
  missing.certificate_file = place / "none.pem";
  missing.key_file = place / "none.key";
  const std::string refused = refusal(missing);
  EXPECT_NE(refused.find("--tls-cert"), std::string::npos) << refused;
  EXPECT_NE(refused.find("none.pem"), std::string::npos) << refused;
}

TEST_F(DeviceTlsTest, strict_refuses_a_self_signed_one_and_says_what_to_do) {
  CertificateOptions strict = options();
  strict.policy = TlsPolicy::strict;
  const std::string refused = refusal(strict);
  for (const char* word : {"strict", "self-signed", "--tls-cert", "--tls-key", "--tls-ca", "pragmatic"}) {
    EXPECT_NE(refused.find(word), std::string::npos) << refused;
  }
}

TEST_F(DeviceTlsTest, strict_takes_a_chain_that_leads_to_the_given_ca_and_names_the_host) {
  const auto key = PrivateKey::generate_p256();
  CertificateOptions strict = with_files(key, self_signed(key, 9));
  strict.policy = TlsPolicy::strict;
  strict.ca_file = strict.certificate_file;
  EXPECT_TRUE(open(strict)->serves());
  strict.host = "anna.v6.test";
  const std::string refused = refusal(strict);
  EXPECT_NE(refused.find("anna.v6.test"), std::string::npos) << refused;
}

TEST_F(DeviceTlsTest, strict_that_asks_a_ca_begins_without_serving_and_serves_what_it_is_given) {
  CertificateOptions strict = options();
  strict.policy = TlsPolicy::strict;
  strict.asks_a_ca = true;
  strict.ca_file = place / "ca.pem";
  const auto device = open(strict);
  EXPECT_FALSE(device->serves());
  EXPECT_EQ(device->served(), std::nullopt);
  int changes = 0;
  device->on_change([&](const tls::Context&) { ++changes; });
  EXPECT_EQ(changes, 0);
  const auto chain = self_signed(device->current_key());
  EXPECT_NE(wait_for(device->install(chain)), "") << "nobody trusts it";
  ASSERT_TRUE(chain.save(*strict.ca_file));
  EXPECT_EQ(wait_for(device->install(chain)), "");
  EXPECT_TRUE(device->serves());
  EXPECT_EQ(changes, 1);
  EXPECT_EQ(device->served(), device->ring().current);
}

TEST_F(DeviceTlsTest, a_new_certificate_over_the_current_key_is_served_and_stored) {
  const auto device = open(options());
  int changes = 0;
  device->on_change([&](const tls::Context&) { ++changes; });
  EXPECT_EQ(changes, 1) << "the one that there is";
  const auto renewed = self_signed(device->current_key());
  EXPECT_EQ(wait_for(device->install(renewed)), "");
  EXPECT_EQ(changes, 2);
  EXPECT_EQ(device->chain().to_pem(), renewed.to_pem());
  EXPECT_EQ(test::read_file(place / "tls-certificate.pem"), renewed.to_pem());
}

TEST_F(DeviceTlsTest, a_certificate_over_a_foreign_key_is_refused) {
  const auto device = open(options());
  EXPECT_NE(wait_for(device->install(self_signed(PrivateKey::generate_p256()))), "");
}

TEST_F(DeviceTlsTest, a_certificate_over_the_next_key_waits_for_the_switch) {
  const auto device = open(options());
  const std::string before = device->chain().to_pem();
  const auto waiting = self_signed(*device->next_key());
  EXPECT_EQ(wait_for(device->install(waiting)), "");
  EXPECT_EQ(device->chain().to_pem(), before);
  EXPECT_EQ(wait_for(device->wish_roll()), "");
  EXPECT_FALSE(device->wants_next_certificate());
  EXPECT_EQ(wait_for(device->carry_out(Kind::note_former)), "");
  EXPECT_EQ(wait_for(device->carry_out(Kind::switch_over)), "");
  EXPECT_NE(device->served(), device->ring().current) << "until it is told to serve";
  EXPECT_EQ(wait_for(device->carry_out(Kind::make_next)), "");
  EXPECT_EQ(wait_for(device->carry_out(Kind::serve)), "");
  EXPECT_EQ(device->served(), device->ring().current);
  EXPECT_EQ(device->chain().to_pem(), waiting.to_pem());
  EXPECT_FALSE(std::filesystem::exists(place / "tls-certificate-next.pem")) << "it is the current one now";
}

TEST_F(DeviceTlsTest, a_crash_behind_the_switch_serves_the_certificate_that_waited) {
  std::string waited;
  {
    const auto device = open(options());
    const auto waiting = self_signed(*device->next_key());
    waited = waiting.to_pem();
    EXPECT_EQ(wait_for(device->install(waiting)), "");
    EXPECT_EQ(wait_for(device->carry_out(Kind::switch_over)), "");
  }
  const auto again = open(options());
  EXPECT_EQ(again->chain().to_pem(), waited);
  EXPECT_FALSE(again->chain_is_new());
}

TEST_F(DeviceTlsTest, strict_asks_for_a_certificate_before_the_switch) {
  CertificateOptions strict = options();
  strict.policy = TlsPolicy::strict;
  strict.asks_a_ca = true;
  strict.ca_file = place / "ca.pem";
  const auto device = open(strict);
  EXPECT_EQ(device->next_certificate(), keys::NextCertificate::missing);
  EXPECT_FALSE(device->wants_next_certificate()) << "nobody wished a roll";
  EXPECT_EQ(wait_for(device->wish_roll()), "");
  EXPECT_TRUE(device->wants_next_certificate());
  const auto waiting = self_signed(*device->next_key());
  ASSERT_TRUE(waiting.save(*strict.ca_file));
  EXPECT_EQ(wait_for(device->install(waiting)), "");
  EXPECT_EQ(device->next_certificate(), keys::NextCertificate::ready);
  EXPECT_EQ(open(strict)->next_certificate(), keys::NextCertificate::ready) << "also after a restart";
}

TEST_F(DeviceTlsTest, pragmatic_waits_for_no_certificate) {
  EXPECT_EQ(open(options())->next_certificate(), keys::NextCertificate::not_needed);
}

}  // namespace
}  // namespace sisu::client
