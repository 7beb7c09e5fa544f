#include "relay/commands/tier2_text.hpp"

namespace sisu::relay::commands {

std::string_view tier2_sentence(Tier2 tier2) {
  switch (tier2) {
    case Tier2::off:
      return "off: senders without IPv6 give the mail back at once, and others retry when they like while you are "
             "away; \"spool on\" changes it";
    case Tier2::on:
      return "on: the relay may keep mail for you, encrypted to your key, from senders without IPv6 and while you are "
             "away (from the day on which it has a spool: this version has none); \"spool off\" changes it";
  }
  return "";
}

}  // namespace sisu::relay::commands
