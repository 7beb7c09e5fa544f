#include "relay/naming/reconciler/inquiry.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace sisu::relay::naming {
namespace {

using Ask = proto::naming::Ask;
using Kind = proto::naming::Finding::Kind;

constexpr const char* at_provider = "provider";

}  // namespace

Inquiry::Inquiry(Ask::What what, RecordDatabase& database, Provider& provider, Visibility& visibility,
                 Reconciler& reconciler)
    : what_(what), database_(database), provider_(provider), visibility_(visibility), reconciler_(reconciler) {}

bool Inquiry::advance() {
  switch (what_) {
    case Ask::What::sync:
    case Ask::What::prune:  // the sets are empty already
      return advance_sync();
    case Ask::What::diff:
      return advance_diff();
    case Ask::What::check:
      return advance_check();
  }
  return true;
}

void Inquiry::find(Kind kind, const std::string& owner, std::string where, std::string record) {
  ++count_;
  if (findings_.size() == most_findings) {
    problem_ = "there are more findings than " + std::to_string(most_findings) + ": the rest is left out";
    return;
  }
  findings_.push_back({.owner = owner, .kind = kind, .where = std::move(where), .record = std::move(record)});
}

void Inquiry::note_written(const Change& change, const std::string& owner) {
  if (!begun_ || (what_ != Ask::What::sync && what_ != Ask::What::prune)) return;
  for (const auto& record : change.add) find(Kind::added, owner, at_provider, record.to_string());
  for (const auto& record : change.remove) find(Kind::removed, owner, at_provider, record.to_string());
}

bool Inquiry::advance_sync() {
  if (!std::exchange(begun_, true)) {
    reconciler_.begin_round();
    return false;
  }
  if (!reconciler_.zone_is_signed() && reconciler_.obstacle().empty()) return false;
  if (reconciler_.can_write()) return false;
  if (problem_.empty()) problem_ = reconciler_.obstacle();
  return true;
}

bool Inquiry::learn_signed() {
  const auto answer = provider_.is_signed();
  if (!answer) {
    problem_ = answer.error().what;
    return false;
  }
  signed_ = *answer;
  if (!signed_) find(Kind::unsigned_zone, "", at_provider, "DANE: no, zone not signed");
  return true;
}

bool Inquiry::advance_diff() {
  if (!learn_signed()) return true;
  const auto all = provider_.read_all();
  if (!all) {
    problem_ = all.error().what;
    return true;
  }
  const ZoneView view(*all);
  for (const auto& owner : database_.load_all()) compare(owner, view.under(names_of(owner)), signed_);
  return true;
}

void Inquiry::compare(const OwnerRecords& owner, const RecordSet& present, bool zone_is_signed) {
  const auto wanted = owner.published(zone_is_signed);
  for (const auto& record : wanted) {
    const auto there = present.find(record);
    if (there == present.end())
      find(Kind::missing, owner.owner, at_provider, record.to_string());
    else if (there->ttl != record.ttl)
      find(Kind::ttl, owner.owner, at_provider, there->to_string());
  }
  for (const auto& record : present) {
    const auto ours = owner.owned.find(record);
    const bool is_ours = ours != owner.owned.end() && ours->second != Ownership::removed;
    if (!is_ours) find(Kind::foreign, owner.owner, at_provider, record.to_string());
    if (is_ours && !wanted.contains(record)) find(Kind::surplus, owner.owner, at_provider, record.to_string());
  }
}

bool Inquiry::advance_check() {
  if (!std::exchange(begun_, true)) {
    if (!learn_signed()) return true;
    for (const auto& summary : database_.owners()) owners_.push_back(summary.owner);
    return false;
  }
  const auto count = std::min(owners_.size(), check_batch);
  const std::vector<std::string> some(owners_.end() - static_cast<std::ptrdiff_t>(count), owners_.end());
  owners_.resize(owners_.size() - count);
  const auto owners = database_.load(some);
  RecordSet wanted, given_up;
  for (const auto& owner : owners) {
    wanted.merge(owner.published(signed_));
    for (const auto& [record, state] : owner.owned) {
      if (state == Ownership::removed) given_up.insert(record);
    }
  }
  std::erase_if(given_up, [&](const Record& record) { return wanted.contains(record); });
  if (!wanted.empty() || !given_up.empty()) {
    for (const auto& view : visibility_.ask_servers(wanted, given_up)) look_at(view, owners);
    if (const auto view = visibility_.ask_resolver(wanted, given_up)) {
      look_at(*view, owners);
      look_whether_validated(*view);
    }
  }
  if (!owners_.empty()) return false;
  if (count_ > 0 && problem_.empty()) problem_ = reconciler_.obstacle();
  return true;
}

void Inquiry::look_at(const ServerView& view, const std::vector<OwnerRecords>& owners) {
  if (!view.problem.empty()) return find(Kind::unreachable, "", view.server, view.problem);
  std::map<RecordName, std::string> owner_of;
  for (const auto& owner : owners) {
    for (const auto& name : names_of(owner)) owner_of.emplace(name, owner.owner);
  }
  for (const auto& record : view.missing) find(Kind::missing, owner_of[record.name], view.server, record.to_string());
  for (const auto& record : view.surplus) find(Kind::surplus, owner_of[record.name], view.server, record.to_string());
  for (const auto& record : view.other_ttl) find(Kind::ttl, owner_of[record.name], view.server, record.to_string());
  for (const auto& name : view.bogus) find(Kind::bogus, owner_of[name], view.server, name.to_string());
}

/// A signed zone of which the world does not know that it is: senders then look for no TLSA records (RFC 7672 2.2).
void Inquiry::look_whether_validated(const ServerView& view) {
  if (!signed_ || view.insecure.empty() || std::exchange(found_insecure_, true)) return;
  find(Kind::unsigned_zone, "", view.server,
       "DANE: no, the zone is signed but the resolver does not validate it: has the parent zone its DS record, and "
       "does this resolver validate?");
}

}  // namespace sisu::relay::naming
