// Claims, log-in look-ups and what else touches the registry, beside 0, 1,000 and 20,000 users: the times must not grow
// with them. On the disk of TMPDIR; a claim there is one fsync.
#include "relay/registry/account_directory.hpp"
#include "relay/registry/log_in.hpp"
#include "relay/registry/state_directory.hpp"
#include "tests/support/scratch_directory.hpp"

#include <benchmark/benchmark.h>

#include <array>

namespace sisu::relay {
namespace {

const Time now = Time(std::chrono::seconds(1'800'000'000));
constexpr unsigned spare = 1'000'000;  // numbers from here on are of nobody yet

UserKey key_of(unsigned number) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string blob = "AAAAC3NzaC1lZDI1NTE5AAAAI" + std::string(43, 'A');
  for (std::size_t at = blob.size(); number != 0; number /= 64) blob[--at] = digits[number % 64];
  return UserKey::parse("ssh-ed25519 " + blob).value();
}

std::string name_of(unsigned number) { return "user" + std::to_string(number); }

ClaimRequest request_of(unsigned number) {
  const std::array<std::uint8_t, 4> source{10, static_cast<std::uint8_t>(number >> 8),
                                           static_cast<std::uint8_t>(number), 1};
  return {.name = AccountName::parse(name_of(number)).value(),
          .key = key_of(number),
          .invite = {},
          .source = IpAddress::v4(source)};
}

/// A registry with so many users, made without syncing; measured with.
class Populated {
 public:
  explicit Populated(unsigned users) : registry_(open_registry(directory_.path(), OpenedBy::daemon, rules())) {
    registry().set_prefix(*UserPrefix::parse("2001:db8:1:2::/64"));
    registry().database().run("PRAGMA synchronous = OFF");
    for (unsigned i = 0; i < users; ++i)
      if (!registry().claim(request_of(i), now)) throw std::runtime_error("a claim was refused");
    registry().database().run("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA synchronous = FULL");
  }
  RegistryDatabase& registry() { return registry_.database; }

 private:
  static ClaimRules rules() {
    return {.policy = ClaimPolicy::open, .claims_per_prefix = 1'000'000, .claims_overall = 10'000'000};
  }
  sisu::test::ScratchDirectory directory_;
  OpenedRegistry registry_;
};

void claim(benchmark::State& state) {
  Populated populated(static_cast<unsigned>(state.range(0)));
  unsigned next = spare;
  for (auto _ : state)
    if (!populated.registry().claim(request_of(next++), now)) state.SkipWithError("refused");
}

void claim_of_a_taken_name(benchmark::State& state) {
  Populated populated(static_cast<unsigned>(state.range(0)));
  ClaimRequest request = request_of(spare);
  request.name = AccountName::parse(name_of(0)).value();
  for (auto _ : state) benchmark::DoNotOptimize(populated.registry().claim(request, now));
}

void log_in_of_a_user(benchmark::State& state) {
  const auto users = static_cast<unsigned>(state.range(0));
  Populated populated(users);
  AccountDirectory directory;
  (void)directory.replace(populated.registry().accounts(), populated.registry().retired());
  std::vector<std::pair<std::string, Fingerprint>> log_ins;
  for (unsigned i = 0; i < users; ++i) log_ins.emplace_back(name_of(i), key_of(i).fingerprint());
  std::size_t at = 0;
  for (auto _ : state) {
    const auto& [name, fingerprint] = log_ins[at = (at + 7919) % log_ins.size()];
    if (judge_log_in(directory, name, fingerprint).verdict != LogInVerdict::accepted) state.SkipWithError("refused");
  }
}

void log_in_of_a_stranger(benchmark::State& state) {
  Populated populated(static_cast<unsigned>(state.range(0)));
  AccountDirectory directory;
  (void)directory.replace(populated.registry().accounts(), populated.registry().retired());
  const std::string name = name_of(spare);
  const Fingerprint fingerprint = key_of(spare).fingerprint();
  for (auto _ : state) benchmark::DoNotOptimize(judge_log_in(directory, name, fingerprint));
}

/// What the registry's thread does when another process has changed something: four times a second at most.
void reload(benchmark::State& state) {
  Populated populated(static_cast<unsigned>(state.range(0)));
  AccountDirectory directory;
  for (auto _ : state)
    benchmark::DoNotOptimize(directory.replace(populated.registry().accounts(), populated.registry().retired()));
}

/// What it does otherwise, four times a second.
void watch(benchmark::State& state) {
  Populated populated(static_cast<unsigned>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(populated.registry().data_version());
}

BENCHMARK(claim)->Arg(0)->Arg(1000)->Arg(20'000)->Unit(benchmark::kMicrosecond)->UseRealTime();
BENCHMARK(claim_of_a_taken_name)->Arg(1)->Arg(1000)->Arg(20'000)->Unit(benchmark::kMicrosecond)->UseRealTime();
BENCHMARK(log_in_of_a_user)->Arg(1)->Arg(1000)->Arg(20'000);
BENCHMARK(log_in_of_a_stranger)->Arg(0)->Arg(1000)->Arg(20'000);
BENCHMARK(reload)->Arg(1000)->Arg(20'000)->Unit(benchmark::kMillisecond);
BENCHMARK(watch)->Arg(20'000)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace sisu::relay

BENCHMARK_MAIN();
