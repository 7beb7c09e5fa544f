#include "relay/naming/reconciler/agenda.hpp"

#include <algorithm>

namespace sisu::relay::naming {
namespace {

void begin_writing(Agenda::Entry& entry, Agenda::Time now) {
  entry.stage = Agenda::Stage::write;
  entry.due = now;
  entry.failures = 0;
  entry.looks = 0;
  entry.was_refused = false;
}

}  // namespace

void Agenda::write(const std::string& owner, std::int64_t change, Time now) {
  Entry& entry = entries_[owner];
  entry.change = change;
  begin_writing(entry, now);
}

void Agenda::write_resting(Time now) {
  for (auto& [owner, entry] : entries_) {
    if (entry.stage == Stage::rest) begin_writing(entry, now);
  }
}

void Agenda::write_all(Time now) {
  for (auto& [owner, entry] : entries_) begin_writing(entry, now);
}

void Agenda::write_refused(Time now) {
  for (auto& [owner, entry] : entries_) {
    if (entry.was_refused) begin_writing(entry, now);
  }
}

std::vector<std::string> Agenda::due(Stage stage, Time now, std::size_t limit) const {
  std::vector<std::pair<std::int64_t, const std::string*>> found;
  for (const auto& [owner, entry] : entries_) {
    if (entry.stage == stage && entry.due <= now) found.emplace_back(entry.change, &owner);
  }
  const auto count = std::min(limit, found.size());
  std::partial_sort(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(count), found.end(),
                    [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<std::string> owners;
  for (std::size_t i = 0; i < count; ++i) owners.push_back(*found[i].second);
  return owners;
}

std::size_t Agenda::count_due(Stage stage, Time now) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      entries_, [&](const auto& each) { return each.second.stage == stage && each.second.due <= now; }));
}

std::optional<Agenda::Time> Agenda::next(Stage stage) const {
  std::optional<Time> next;
  for (const auto& [owner, entry] : entries_) {
    if (entry.stage == stage && (!next || entry.due < *next)) next = entry.due;
  }
  return next;
}

Agenda::Entry* Agenda::find(const std::string& owner) {
  const auto found = entries_.find(owner);
  return found == entries_.end() ? nullptr : &found->second;
}

}  // namespace sisu::relay::naming
