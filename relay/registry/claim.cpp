#include "relay/registry/claim.hpp"

namespace sisu::relay {

std::optional<ClaimPolicy> parse_claim_policy(std::string_view text) {
  if (text == "open") return ClaimPolicy::open;
  if (text == "invite") return ClaimPolicy::invite;
  if (text == "closed") return ClaimPolicy::closed;
  return std::nullopt;
}

std::string_view describe(ClaimRefusal refusal) {
  switch (refusal) {
    case ClaimRefusal::policy_closed:
      return "this relay takes no new names: ask its operator, or use another relay";
    case ClaimRefusal::already_yours:
      return "this name is bound to your key already: there is nothing to do";
    case ClaimRefusal::name_taken:
      return "the name is taken: log in under another one and claim that";
    case ClaimRefusal::name_retired:
      return "the name belonged to a former account and is not given out again: choose another";
    case ClaimRefusal::key_has_a_name:
      return "your key has another name here already: log in with that one, or use a new key";
    case ClaimRefusal::key_retired:
      return "your key belonged to a former account here: make a new one with ssh-keygen -t ed25519";
    case ClaimRefusal::too_many_from_prefix:
      return "too many names were claimed from your network lately: try again tomorrow";
    case ClaimRefusal::too_many_overall:
      return "too many names were claimed here lately: try again tomorrow";
    case ClaimRefusal::too_many_wrong_invites:
      return "too many wrong invitation codes came from your network: try again in an hour";
    case ClaimRefusal::invite_missing:
      return "this relay asks for an invitation: claim --invite CODE, with a code from someone who is here";
    case ClaimRefusal::invite_unknown:
      return "the invitation code is wrong: check it for a typing error, or ask for another";
    case ClaimRefusal::invite_used:
      return "the invitation code was used already: ask for another";
    case ClaimRefusal::invite_revoked:
      return "the invitation code was withdrawn: ask for another";
    case ClaimRefusal::no_address_prefix:
      return "this relay has no addresses to give yet: tell its operator to set --ipv6-prefix";
    case ClaimRefusal::registry_unavailable:
      return "the relay cannot write to its registry now, nothing was changed: try again later";
  }
  return "";
}

std::string_view to_label(ClaimRefusal refusal) {
  switch (refusal) {
    case ClaimRefusal::policy_closed:
      return "policy-closed";
    case ClaimRefusal::already_yours:
      return "already-yours";
    case ClaimRefusal::name_taken:
      return "name-taken";
    case ClaimRefusal::name_retired:
      return "name-retired";
    case ClaimRefusal::key_has_a_name:
      return "key-has-a-name";
    case ClaimRefusal::key_retired:
      return "key-retired";
    case ClaimRefusal::too_many_from_prefix:
      return "too-many-from-prefix";
    case ClaimRefusal::too_many_overall:
      return "too-many-overall";
    case ClaimRefusal::too_many_wrong_invites:
      return "too-many-wrong-invites";
    case ClaimRefusal::invite_missing:
      return "invite-missing";
    case ClaimRefusal::invite_unknown:
      return "invite-unknown";
    case ClaimRefusal::invite_used:
      return "invite-used";
    case ClaimRefusal::invite_revoked:
      return "invite-revoked";
    case ClaimRefusal::no_address_prefix:
      return "no-address-prefix";
    case ClaimRefusal::registry_unavailable:
      return "registry-unavailable";
  }
  return "";
}

}  // namespace sisu::relay
