// A device's Renewal against a CA and a zone in memory: a clock by hand, files in a scratch directory, failures and
// deaths at will.
#pragma once

#include "client/certificates/renewal/open_challenges.hpp"
#include "client/certificates/renewal/renewal.hpp"
#include "common/net/task_group.hpp"
#include "common/net/worker_pool.hpp"
#include "tests/support/scratch_directory.hpp"
#include "tests/unit/client/acme/fake_ca.hpp"

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

namespace sisu::client {

using std::chrono::days;
using namespace std::chrono_literals;
using Done = Result<void, std::string>;
using Published = Result<void, acme::PublishError>;

/// A process that dies at the n-th thing that it does in the world: from there on nothing happens any more.
class Death {
 public:
  enum class When { never, before, behind };
  void comes(When when, unsigned nth) {
    when_ = when;
    countdown_ = nth;
    came_ = false;
  }
  bool came() const { return came_; }
  asio::awaitable<void> before() { return pass(When::before); }
  asio::awaitable<void> behind() { return pass(When::behind); }

 private:
  asio::awaitable<void> pass(When now) {
    if (now != when_ || countdown_ == 0 || --countdown_ > 0) co_return;
    came_ = true;
    asio::steady_timer never(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
    co_await never.async_wait(asio::use_awaitable);
  }

  When when_ = When::never;
  unsigned countdown_ = 0;
  bool came_ = false;
};

/// Records of the user in DNS.
class FakeZone final : public acme::ChallengePublisher {
 public:
  std::vector<std::string> values;  ///< that are there
  std::string account;
  unsigned cleanups = 0;
  bool throws = false;
  std::optional<acme::PublishError> cannot_present, cannot_clean, cannot_bind;

  explicit FakeZone(Death& death) : death_(death) {}

  asio::awaitable<Published> present(std::string_view /*host*/, std::string_view value) override {
    co_await death_.before();
    values.emplace_back(value);
    co_await death_.behind();
    if (cannot_present) co_return fail(*cannot_present);
    co_return Published();
  }
  asio::awaitable<Published> cleanup(std::string_view /*host*/, std::string_view value) override {
    co_await death_.before();
    ++cleanups;
    if (throws) throw std::runtime_error("a mistake of the program's");
    if (cannot_clean) co_return fail(*cannot_clean);
    std::erase(values, value);
    co_await death_.behind();
    co_return Published();
  }
  asio::awaitable<Published> bind_account(std::string_view uri) override {
    if (throws) throw std::runtime_error("a mistake of the program's");
    co_await death_.before();
    if (cannot_bind) co_return fail(*cannot_bind);
    account = uri;
    co_await death_.behind();
    co_return Published();
  }

 private:
  Death& death_;
};

class FakeTransport final : public AcmeTransport {
 public:
  FakeTransport(acme::test::FakeCa& ca, Death& death, const bool& cut) : ca_(ca), death_(death), cut_(cut) {}
  asio::awaitable<Result<acme::Response, std::string>> send(acme::Request request) override {
    if (cut_) co_return fail(std::string("GET ca.test: no route to host"));
    co_await death_.before();
    acme::Response answer = ca_.answer(request);
    co_await death_.behind();
    co_return answer;
  }
  void stop() noexcept override {}

 private:
  acme::test::FakeCa& ca_;
  Death& death_;
  const bool& cut_;
};

class RenewalTest : public ::testing::Test {
 protected:
  RenewalTest() {
    EXPECT_TRUE(account_key.private_key().save(place / "acme-account-key.pem"));
    ca.poll_retry_after = 0s;
    set_clock(std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
  }
  ~RenewalTest() override { end(); }

  void set_clock(Instant to) { ca.now = now = to; }

  /// As a process that starts; the one before has ended without a word.
  void start() {
    end();
    group = std::make_unique<net::TaskGroup>(loop.get_executor());
    RenewalOptions options;
    options.host = ca.host;
    options.state = place.path();
    options.directory = directory;
    options.times.longest_nap = options.times.look_for_records = options.times.longest_look = 1ms;
    Renewal::Seams seams;
    seams.wanted = [this] { return Renewal::Wanted{key, chain}; };
    seams.readiness = [this] { return tell_readiness(readiness); };
    seams.install = [this](tls::CertificateChain issued) { return install(std::move(issued)); };
    seams.chance = [this](std::uint64_t bound) { return std::min(chance, bound - 1); };
    seams.now = [this] { return now; };
    renewal = std::make_unique<Renewal>(loop.get_executor(), options, std::make_unique<FakeTransport>(ca, death, cut),
                                        workers, zone, std::move(seams), log::Logger());
    group->on_error([this](const std::exception_ptr&) { crashed = true; });
    group->spawn(renewal->run());
  }

  void end() {
    if (!group) return;
    group->stop();
    run_until([this] { return group->size() == 0; });
    renewal.reset();
    group.reset();
  }

  /// False: it did not come about.
  template <class Condition>
  bool run_until(Condition condition) {
    const auto limit = std::chrono::steady_clock::now() + 10s;
    loop.restart();
    while (!condition() && std::chrono::steady_clock::now() < limit) loop.run_one_for(10ms);
    return condition();
  }
  bool run_until_issued(unsigned count) {
    return run_until([&] { return installed == count; });
  }
  /// Enough rounds for whatever would happen to have happened.
  void run_rounds() {
    loop.restart();
    loop.run_for(50ms);
  }
  bool run_until_failed(unsigned count) {
    return run_until([&] { return record().failures == count; });
  }

  RenewalRecord record() const {
    return load_renewal_record(real_file_system(), place.path(), acme::test::FakeCa::url, ca.host);
  }
  std::string status(Dane dane = Dane::ok) const { return describe(renewal->status(*chain), dane, now); }

  static asio::awaitable<Renewal::Readiness> tell_readiness(Renewal::Readiness readiness) { co_return readiness; }
  asio::awaitable<Done> install(tls::CertificateChain issued) {
    if (!cannot_install.empty()) co_return fail(cannot_install);
    co_await death.before();
    chain = std::move(issued);
    ++installed;
    co_await death.behind();
    co_return Done();
  }

  test::ScratchDirectory place;
  acme::AccountKey account_key = acme::AccountKey::generate();
  acme::test::FakeCa ca{account_key};
  Death death;
  FakeZone zone{death};
  tls::PrivateKey key = tls::PrivateKey::generate_p256();
  std::optional<tls::CertificateChain> chain = tls::CertificateChain::self_signed(key, ca.host, days(3650));
  Renewal::Readiness readiness = Renewal::Readiness::ready;
  std::string cannot_install;
  unsigned installed = 0;
  std::uint64_t chance = 0;
  std::string directory = acme::test::FakeCa::url;
  bool cut = false;  ///< the way to the CA
  bool crashed = false;
  Instant now;
  asio::io_context loop{1};
  net::WorkerPool workers{1, "files"};
  std::unique_ptr<Renewal> renewal;
  std::unique_ptr<net::TaskGroup> group;
};

}  // namespace sisu::client
