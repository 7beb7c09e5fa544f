// Makes the zone match what is wanted, for good: writes through the provider, looks at what the authoritative servers
// serve, tries again, and goes round from time to time to find what somebody else has changed.
//
// One owner's way: write (read what the provider has, store what we are about to add, ask for one transaction, store
// that it is done), look (until every authoritative server serves it), rest. The database holds what must survive; the
// agenda is made anew at each start, when everybody's set is compared once with one reading of the zone.
#pragma once

#include "common/log/logger.hpp"
#include "relay/naming/provider.hpp"
#include "relay/naming/reconciler/agenda.hpp"
#include "relay/naming/reconciler/record_database.hpp"
#include "relay/naming/reconciler/zone_view.hpp"
#include "relay/naming/visibility.hpp"

#include <functional>
#include <set>
#include <string>
#include <utility>

namespace sisu::relay::naming {

struct ReconcilerOptions {
  std::chrono::seconds round_interval{3600};  ///< between rounds that look for what others changed
  std::chrono::seconds signed_interval{60};   ///< between questions whether the zone is signed
  std::chrono::seconds view_age{60};          ///< how long one reading of the whole zone serves
  std::size_t write_batch = 256;              ///< owners that are written at a time
  std::size_t whole_zone = 32;                ///< more owners than this waiting: the whole zone is read
  std::size_t look_batch = 200;               ///< owners whose records are asked for at a time
  std::function<std::chrono::steady_clock::time_point()> steady_clock = std::chrono::steady_clock::now;
  std::function<std::chrono::system_clock::time_point()> wall_clock = std::chrono::system_clock::now;
};

/// Something that an owner's state tells is otherwise than before.
struct StateNotice {
  std::string owner;
  std::string problem;  ///< empty: none
};

/// Used by one thread, which it blocks while the provider or a server does not answer. Throws sqlite::Error.
class Reconciler {
 public:
  struct Listeners {
    std::function<void(std::vector<StateNotice>)> on_states;
    std::function<void(bool)> on_signed;
    std::function<void(const Change&, const std::string& owner)> on_written;
  };

  /// All must outlive it.
  Reconciler(RecordDatabase& database, Provider& provider, Visibility& visibility, ReconcilerOptions options,
             Listeners listeners, log::Logger logger);

  /// The sets of these owners were stored.
  void changed(const std::vector<std::string>& owners);

  /// One piece of work, of bounded size. How long until there is more: 0 if there is already.
  std::chrono::milliseconds step();

  /// Everybody's turn, now, whatever waits for its time.
  void begin_round();
  /// Whether owners wait to be written and could be; otherwise what is in the way, or nothing.
  bool can_write();
  std::string obstacle() const;

  std::optional<bool> zone_is_signed() const { return signed_; }

 private:
  using Time = Agenda::Time;
  using Outcome = Result<void, ProviderError>;
  struct Job {
    OwnerRecords owner;
    Plan plan;
  };

  Time now() const { return options_.steady_clock(); }
  WallTime wall_now() const;

  bool learn_signed();
  void adopt_signed(bool is_signed);
  void start_round_if_due();

  bool write_some();
  std::size_t write_batch() const;
  std::vector<OwnerRecords> load(const std::vector<std::string>& owners);
  Result<ZoneView, ProviderError> view_for(const std::vector<OwnerRecords>& owners, std::size_t waiting);
  Result<void, ProviderError> take_view_of_all();
  std::vector<Job> make_jobs(std::vector<OwnerRecords> owners, const ZoneView& view) const;
  void carry_out(const std::vector<Job>& jobs);
  void store_outcomes(const std::vector<Job>& jobs, const std::vector<Outcome>& outcomes);
  std::vector<OwnershipChange> ownership_after(const Job& job, const Outcome& outcome,
                                               const ZoneView* seen_after) const;
  std::optional<ZoneView> view_after_refusals(const std::vector<Job>& jobs, const std::vector<Outcome>& outcomes);
  void settle(const Job& job, const Outcome& outcome);
  void judge_provider(const std::vector<Outcome>& outcomes);

  bool look_some();
  void conclude_look(const RecordDatabase::Seen& seen, const std::string& problem);

  void close_gate(const ProviderError& error);
  void open_gate();
  bool gate_is_closed() const { return gate_until_ && *gate_until_ > now(); }
  void set_problem(const std::string& owner, Agenda::Entry& entry, std::string problem);
  void notify(const std::string& owner, const std::string& problem) { notices_.push_back({owner, problem}); }
  void flush();
  std::chrono::milliseconds until_next() const;

  RecordDatabase& database_;
  Provider& provider_;
  Visibility& visibility_;
  const ReconcilerOptions options_;
  const Listeners listeners_;
  const log::Logger log_;

  Agenda agenda_;
  std::optional<bool> signed_;
  Time signed_due_, round_due_;
  unsigned signed_failures_ = 0;

  std::optional<Time> gate_until_;  ///< the provider as a whole does not work: nothing is written before
  unsigned gate_failures_ = 0;
  std::string gate_problem_;
  unsigned refusals_in_a_row_ = 0;

  std::optional<ZoneView> view_;  ///< the whole zone, as it was at `view_taken_`
  Time view_taken_;
  std::set<std::string> written_since_view_;

  std::vector<StateNotice> notices_;
};

}  // namespace sisu::relay::naming
