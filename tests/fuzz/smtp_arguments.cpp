// Command lines: no crash, and a MAIL or RCPT that is accepted comes back from its written form.
#include "common/smtp/arguments.hpp"
#include "common/smtp/verb.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace sisu;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto arguments = smtp::parse_command_line(fuzz::text_of(data, size)).arguments;
  const auto mail = smtp::parse_mail(arguments, smtp::Dialect::esmtp);
  if (mail) {
    std::string line = "FROM:<" + (mail->sender ? mail->sender->to_smtp() : "") + ">";
    if (mail->smtputf8) line += " SMTPUTF8";
    if (mail->declared_size) line += " SIZE=" + std::to_string(*mail->declared_size);
    const auto again = smtp::parse_mail(line, smtp::Dialect::esmtp);
    fuzz::require(again && again->sender == mail->sender && again->declared_size == mail->declared_size);
  }
  const auto recipient = smtp::parse_rcpt(arguments, mail::Utf8::allowed);
  if (recipient) {
    fuzz::require(*smtp::parse_rcpt("TO:<" + recipient->to_smtp() + ">", mail::Utf8::allowed) == *recipient);
  }
  const auto hello = smtp::parse_hello(arguments);
  fuzz::require(!hello || (!hello->empty() && hello->size() <= 255));
  return static_cast<void>(smtp::parse_bdat(arguments)), 0;
}
