// status: whether senders reach this user now, what runs, and what limits hold.
#include "relay/commands/command.hpp"
#include "relay/commands/facts_text.hpp"
#include "relay/commands/tier2_text.hpp"
#include "relay/limits/limit_table.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace sisu::relay::commands {
namespace {

/// Those that a user can run into; the others are the operator's business.
constexpr std::array shown_limits = {
    LimitName::sessions_per_user,
    LimitName::command_channels,
    LimitName::connections_per_user,
    LimitName::connections_per_source,
    LimitName::channel_open,
    LimitName::idle,
    LimitName::progress,
    LimitName::user_rate,
    LimitName::takeover_grace,
    LimitName::tlsa_per_user,
    LimitName::acme_per_user,
};

/// How many codes the user can pass on; nullopt without a registry, or when it does not answer.
using OpenInvites = std::optional<std::ptrdiff_t>;

asio::awaitable<OpenInvites> open_invites(Caller& caller) {
  if (caller.standing() != Standing::user) co_return std::nullopt;
  const auto invites = co_await caller.invites();
  if (!invites) co_return std::nullopt;
  co_return std::ranges::count(*invites, InviteState::open, &Invite::state);
}

/// nullopt without a registry.
using MaybeDns = std::optional<DnsFacts>;

std::string as_json(const CallerFacts& facts, const MaybeDns& dns, OpenInvites invites, const Limits& limits) {
  nlohmann::ordered_json json = identity_json(facts);
  json["presence"] = to_text(facts.presence);
  if (facts.present_since) json["since"] = time_text(*facts.present_since);
  if (facts.forward) json["forward"] = proto::forward_address(*facts.forward);
  json["connections"] = facts.connections;
  json["sessions"] = facts.sessions;
  json["tier2"] = facts.tier2 == Tier2::on;
  if (invites) json["invites"] = *invites;
  if (dns) json["dns"] = dns_json(*dns);
  for (const LimitName limit : shown_limits) {
    json["limits"][std::string(to_text(limit))] = value_text(row_of(limit), limits);
  }
  return json.dump() + "\n";
}

std::string presence_text(const CallerFacts& facts) {
  switch (facts.presence) {
    case PresenceState::absent:
      return "absent: no client asks for deliveries, senders are refused";
    case PresenceState::suspended:
      return "suspended: the client does not answer, senders are refused until it does";
    case PresenceState::present:
      break;
  }
  std::string text = "present";
  if (facts.forward) text += " (" + std::string(proto::forward_address(*facts.forward)) + ")";
  if (facts.present_since) text += " since " + time_text(*facts.present_since);
  return text;
}

std::string_view tier2_text(const CallerFacts& facts) {
  if (facts.tier2) return tier2_sentence(*facts.tier2);
  return "off: while you are absent, senders try again or give the mail back";
}

std::string dns_text(const DnsFacts& dns) {
  std::string text = text_line("records", dns_sentence(dns)) + text_line("tlsa", tlsa_sentence(dns));
  if (dns.published.acme_account) text += text_line("acme", dns.published.acme_account->to_string());
  return text;
}

std::string as_text(const CallerFacts& facts, const MaybeDns& dns, OpenInvites invites, const Limits& limits) {
  std::string text = identity_text(facts) + text_line("presence", presence_text(facts)) +
                     text_line("connections", std::to_string(facts.connections)) +
                     text_line("sessions", std::to_string(facts.sessions)) + text_line("tier 2", tier2_text(facts));
  if (dns) text += dns_text(*dns);
  if (invites) text += text_line("invites", std::to_string(*invites) + " to pass on: invite list");
  for (const LimitName limit : shown_limits) {
    text += text_line("limit", std::string(to_text(limit)) + " " + value_text(row_of(limit), limits));
  }
  return text;
}

}  // namespace

asio::awaitable<ExitStatus> run_status(Call call) {
  const OpenInvites invites = co_await open_invites(call.caller);
  const CallerFacts facts = call.caller.facts();
  const MaybeDns dns = call.caller.standing() == Standing::user ? MaybeDns(call.caller.dns()) : std::nullopt;
  const Limits& limits = call.caller.limits();
  const bool json = call.form == OutputForm::json;
  const std::string text = json ? as_json(facts, dns, invites, limits) : as_text(facts, dns, invites, limits);
  co_await call.io.out(text);
  co_return ExitStatus::done;
}

}  // namespace sisu::relay::commands
