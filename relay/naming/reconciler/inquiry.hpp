// An operator's question (proto/naming.md "ask"), answered bit by bit between the Reconciler's own steps, so that a new
// user never waits for it.
#pragma once

#include "proto/naming_messages.hpp"
#include "relay/naming/reconciler/reconciler.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace sisu::relay::naming {

/// Used by the Reconciler's thread.
class Inquiry {
 public:
  using Finding = proto::naming::Finding;

  static constexpr std::size_t most_findings = 10'000;
  static constexpr std::size_t check_batch = 200;  ///< owners

  Inquiry(proto::naming::Ask::What what, RecordDatabase& database, Provider& provider, Visibility& visibility,
          Reconciler& reconciler);

  /// One piece of work. Whether the answer is complete.
  bool advance();
  /// Sync and prune only: the Reconciler wrote this.
  void note_written(const Change& change, const std::string& owner);

  const std::vector<Finding>& findings() const { return findings_; }
  /// How many there are; more than findings() has beyond most_findings.
  std::size_t count() const { return count_; }
  const std::string& problem() const { return problem_; }

 private:
  bool advance_sync();
  bool advance_diff();
  bool advance_check();
  void compare(const OwnerRecords& owner, const RecordSet& present, bool zone_is_signed);
  void look_at(const ServerView& view, const std::vector<OwnerRecords>& owners);
  void look_whether_validated(const ServerView& view);
  bool learn_signed();
  void find(Finding::Kind kind, const std::string& owner, std::string where, std::string record);

  const proto::naming::Ask::What what_;
  RecordDatabase& database_;
  Provider& provider_;
  Visibility& visibility_;
  Reconciler& reconciler_;

  bool begun_ = false;
  bool signed_ = false;
  bool found_insecure_ = false;
  std::vector<std::string> owners_;  ///< that are still to be checked
  std::vector<Finding> findings_;
  std::size_t count_ = 0;
  std::string problem_;
};

}  // namespace sisu::relay::naming
