#include "relay/naming/reconciler/owner.hpp"

#include "common/base/expects.hpp"

#include <algorithm>
#include <optional>

namespace sisu::relay::naming {
namespace {

constexpr std::string_view label_characters = "abcdefghijklmnopqrstuvwxyz0123456789-";

/// `label` of ours, or of a user's checked name: only the length can be wrong.
std::optional<RecordName> below(std::string_view label, const RecordName& name) {
  auto whole = RecordName::parse(std::string(label) + '.' + name.to_string());
  return whole ? std::optional(*std::move(whole)) : std::nullopt;
}

RecordName known_below(std::string_view label, const RecordName& name) {
  auto whole = below(label, name);
  expects(whole.has_value(), "a zone short enough for its own names");
  return *std::move(whole);
}

}  // namespace

std::string_view describe(OwnerError error) {
  switch (error) {
    case OwnerError::syntax:
      return "the owner is neither a user name nor @zone nor @spool";
    case OwnerError::reserved:
      return "the owner's name is one of the zone's own";
  }
  return "";
}

Result<Owner, OwnerError> Owner::parse(std::string_view text, const ZoneLayout& layout) {
  const RecordName spool = known_below("spool", layout.zone);
  if (text == zone_word) return Owner(std::string(text), {layout.zone, known_below("_dmarc", layout.zone), spool}, {});
  if (text == spool_word) return Owner(std::string(text), {known_below("_25._tcp", spool)}, {});
  if (text.empty() || text.find_first_not_of(label_characters) != text.npos) return fail(OwnerError::syntax);
  const auto domain = below(text, layout.zone);
  const auto host = below(text, layout.tier1_zone);
  if (!domain || !host) return fail(OwnerError::syntax);
  if (layout.tier1_zone.is_within(*domain) || *domain == spool) return fail(OwnerError::reserved);
  return Owner(std::string(text), {}, {*domain, *host});
}

bool Owner::may_have(const RecordName& name) const {
  return std::ranges::find(exact_, name) != exact_.end() ||
         std::ranges::any_of(below_, [&](const RecordName& top) { return name.is_within(top); });
}

}  // namespace sisu::relay::naming
