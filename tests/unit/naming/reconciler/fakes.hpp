// A provider and its name servers as plain values, and a clock that is moved by hand.
#pragma once

#include "relay/naming/provider.hpp"
#include "relay/naming/visibility.hpp"

#include <chrono>
#include <functional>
#include <stdexcept>

namespace sisu::relay::naming {

inline RecordName name(std::string_view text) { return RecordName::parse(text).value(); }

/// "niklas.example.org. 3600 MX 10 a.example.org."
inline Record record(std::string_view line) {
  const auto first = line.find(' '), second = line.find(' ', first + 1), third = line.find(' ', second + 1);
  const auto ttl = std::stoul(std::string(line.substr(first + 1, second - first - 1)));
  return Record::parse(name(line.substr(0, first)),
                       parse_record_type(line.substr(second + 1, third - second - 1)).value(), line.substr(third + 1),
                       Ttl(static_cast<std::uint32_t>(ttl)))
      .value();
}

inline RecordSet records(std::initializer_list<std::string_view> lines) {
  RecordSet set;
  for (const auto line : lines) set.insert(record(line));
  return set;
}

/// The process ends here: thrown out of the provider, to be followed by a new Reconciler on the same database.
struct Crash {};

struct FakeProvider final : Provider {
  RecordSet zone;
  bool is_signed_zone = true;
  std::optional<ProviderError> failure;                                 ///< of every call, until cleared
  std::function<std::optional<ProviderError>(const Change&)> on_apply;  ///< before it is done
  std::function<void()> after_apply;                                    ///< it is done, but not answered yet
  unsigned reads = 0, whole_reads = 0, applied = 0, asked = 0;

  std::string describe() const override { return "fake"; }
  Result<bool, ProviderError> is_signed() override {
    if (failure) return fail(*failure);
    return is_signed_zone;
  }
  Result<RecordSet, ProviderError> read(std::span<const RecordName> names) override {
    ++reads;
    if (failure) return fail(*failure);
    RecordSet found;
    for (const auto& each : zone) {
      for (const auto& wanted : names) {
        if (each.name == wanted) found.insert(each);
      }
    }
    return found;
  }
  Result<RecordSet, ProviderError> read_all() override {
    ++whole_reads;
    if (failure) return fail(*failure);
    return zone;
  }
  Result<void, ProviderError> apply(const Change& change) override {
    ++asked;
    if (failure) return fail(*failure);
    if (on_apply) {
      if (auto error = on_apply(change)) return fail(*error);
    }
    for (const auto& each : change.remove) zone.erase(each);
    for (const auto& each : change.add) {
      zone.erase(each);
      zone.insert(each);
    }
    ++applied;
    if (after_apply) after_apply();
    return {};
  }
};

/// One server that serves the provider's zone, or what it is told to.
struct FakeVisibility final : Visibility {
  explicit FakeVisibility(const FakeProvider& from) : provider(from) {}

  const FakeProvider& provider;
  std::optional<RecordSet> served;     ///< instead of the provider's zone
  std::optional<ServerView> resolver;  ///< what it says; none: there is no resolver
  std::string problem;
  bool has_servers = true;
  unsigned calls = 0;

  std::vector<ServerView> ask_servers(const RecordSet& wanted, const RecordSet& given_up) override {
    ++calls;
    if (!has_servers) return {};
    ServerView view{
        .server = "192.0.2.53:53", .problem = problem, .missing = {}, .surplus = {}, .other_ttl = {}, .bogus = {}};
    const RecordSet& now = served ? *served : provider.zone;
    for (const auto& each : wanted) {
      if (!problem.empty() || !now.contains(each)) view.missing.insert(each);
    }
    for (const auto& each : given_up) {
      if (problem.empty() && now.contains(each)) view.surplus.insert(each);
    }
    return {view};
  }
  std::optional<ServerView> ask_resolver(const RecordSet&, const RecordSet&) override { return resolver; }
};

struct ManualClock {
  std::chrono::steady_clock::time_point steady{std::chrono::hours(1)};
  std::chrono::system_clock::time_point wall{std::chrono::hours(24 * 365 * 55)};

  void advance(std::chrono::milliseconds by) {
    steady += by;
    wall += by;
  }
};

}  // namespace sisu::relay::naming
