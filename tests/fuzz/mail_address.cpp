// MailAddress, DomainName, Username: no crash, and what is accepted comes back from its written form.
#include "common/mail/address.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace sisu;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  for (const auto utf8 : {mail::Utf8::refused, mail::Utf8::allowed}) {
    const auto address = mail::MailAddress::parse(text, utf8);
    if (address) {
      fuzz::require(address->to_smtp().size() <= 254 && address->to_smtp().find_first_of("\r\n") == std::string::npos);
      fuzz::require(mail::MailAddress::parse(address->to_smtp(), utf8) == address);
      fuzz::require(utf8 == mail::Utf8::allowed || address->is_ascii());
    }
    const auto domain = mail::DomainName::parse(text, utf8);
    if (domain) fuzz::require(mail::DomainName::parse(domain->to_string(), utf8) == domain);
  }
  const auto name = mail::Username::parse(text);
  if (name) fuzz::require(name->to_string().size() <= 63 && mail::Username::parse(name->to_string()) == name);
  return 0;
}
