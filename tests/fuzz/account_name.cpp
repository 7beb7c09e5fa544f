// AccountName, UserPrefix, InterfaceId: no crash, and what is accepted is one DNS label, or comes back as written.
#include "relay/account/account_name.hpp"

#include "relay/account/user_address.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace sisu;

static void require_label(const std::string& name) {
  fuzz::require(!name.empty() && name.size() <= 63 && name.front() != '-' && name.back() != '-');
  fuzz::require(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos);
  fuzz::require(name.find_first_not_of("0123456789") != std::string::npos);
  fuzz::require(name.size() < 4 || name[2] != '-' || name[3] != '-');
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  const auto stored = relay::AccountName::parse_stored(text);
  const auto name = relay::AccountName::parse(text);
  if (name) fuzz::require(name == stored);
  if (stored) {
    require_label(stored->to_string());
    fuzz::require(relay::AccountName::parse_stored(stored->to_string()) == stored);
  }
  const auto id = relay::InterfaceId::parse(text);
  if (id) fuzz::require(id->to_string() == text && id->value() > 0xFFFF);
  const auto prefix = relay::UserPrefix::parse(text);
  if (prefix) fuzz::require(relay::UserPrefix::parse(prefix->to_string()) == prefix);
  return 0;
}
