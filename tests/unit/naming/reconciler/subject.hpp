// A Reconciler with fakes around it, that can be ended at any point and started anew on the same database.
#pragma once

#include "relay/naming/reconciler/inquiry.hpp"
#include "relay/naming/reconciler/reconciler.hpp"
#include "tests/support/scratch_directory.hpp"
#include "tests/unit/naming/reconciler/fakes.hpp"

#include <map>
#include <memory>

namespace sisu::relay::naming {

class Subject {
 public:
  Subject() { restart(); }

  /// As after kill -9: only the database is left.
  void restart() {
    reconciler.reset();
    database.reset();
    database = std::make_unique<RecordDatabase>(scratch / "names.db", name("example.org."));
    ReconcilerOptions options;
    options.whole_zone = whole_zone;
    options.write_batch = 32;
    options.steady_clock = [this] { return clock.steady; };
    options.wall_clock = [this] { return clock.wall; };
    Reconciler::Listeners listeners;
    listeners.on_states = [this](std::vector<StateNotice> notices) {
      for (const auto& notice : notices) {
        problems[notice.owner] = notice.problem;
        ++notice_count;
      }
    };
    listeners.on_signed = [this](bool is_signed) { signed_told.push_back(is_signed); };
    listeners.on_written = [this](const Change& change, const std::string& owner) {
      if (inquiry) inquiry->note_written(change, owner);
    };
    reconciler =
        std::make_unique<Reconciler>(*database, provider, visibility, options, std::move(listeners), log::Logger());
  }

  SetOutcome set(const std::string& owner, const RecordSet& records, const std::string& digest = "") {
    const DesiredSet desired{owner, digest.empty() ? "d" + std::to_string(++digests_) : digest, records};
    const auto outcome = database->store(std::span(&desired, 1)).front();
    reconciler->changed({owner});
    return outcome;
  }

  /// Works until nothing is due, without moving the clock.
  void settle() {
    for (int i = 0; i < 10'000 && reconciler->step() == std::chrono::milliseconds(0); ++i) {
    }
  }
  /// The same over a stretch of time.
  void settle_for(std::chrono::milliseconds stretch) {
    settle();
    while (stretch.count() > 0) {
      const auto wait = std::min(stretch, std::max(std::chrono::milliseconds(1), reconciler->step()));
      clock.advance(wait);
      stretch -= wait;
      settle();
    }
  }

  /// As kill -9 in the middle of `settle()` would end it.
  bool settle_until_crash() {
    try {
      settle();
    } catch (const Crash&) {
      restart();
      return true;
    }
    return false;
  }

  OwnerRecords known(const std::string& owner) {
    const auto loaded = database->load(std::vector<std::string>{owner});
    return loaded.empty() ? OwnerRecords{} : loaded.front();
  }
  bool is_live(const std::string& owner) { return known(owner).live_since.has_value(); }

  Inquiry& ask(proto::naming::Ask::What what) {
    inquiry = std::make_unique<Inquiry>(what, *database, provider, visibility, *reconciler);
    for (int i = 0; i < 10'000 && !inquiry->advance(); ++i) reconciler->step();
    return *inquiry;
  }

  test::ScratchDirectory scratch;
  std::size_t whole_zone = 32;
  ManualClock clock;
  FakeProvider provider;
  FakeVisibility visibility{provider};
  std::map<std::string, std::string> problems;
  unsigned notice_count = 0;
  std::vector<bool> signed_told;
  std::unique_ptr<RecordDatabase> database;
  std::unique_ptr<Reconciler> reconciler;
  std::unique_ptr<Inquiry> inquiry;

 private:
  unsigned digests_ = 0;
};

inline const std::string digest_a(64, 'a'), digest_b(64, 'b');

inline RecordSet user_records(const std::string& user) {
  return records({user + ".example.org. 3600 MX 10 " + user + ".v6.example.org.",
                  user + ".example.org. 3600 TXT \"v=spf1 -all\"", user + ".v6.example.org. 300 AAAA 2001:db8::1",
                  "_25._tcp." + user + ".v6.example.org. 300 TLSA 3 1 1 " + digest_a});
}

}  // namespace sisu::relay::naming
