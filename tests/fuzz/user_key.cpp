// UserKey, Fingerprint: no crash, and one key has one text.
#include "relay/account/user_key.hpp"

#include "tests/fuzz/fuzz.hpp"

using namespace sisu;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  const auto key = relay::UserKey::parse(text);
  if (key) {
    const std::string& line = key->to_openssh();
    fuzz::require(line.size() == 80 && text.find(line.substr(12)) != std::string_view::npos);
    const auto again = relay::UserKey::parse(line);
    fuzz::require(again && *again == *key && again->fingerprint() == key->fingerprint());
  }
  const auto fingerprint = relay::Fingerprint::parse(text);
  if (fingerprint) fuzz::require(fingerprint->to_string() == text);
  return 0;
}
