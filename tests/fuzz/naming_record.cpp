// RecordName and Record: no crash, and what is accepted comes back from its canonical form. The input is a name, a type
// and a value, one a line.
#include "relay/naming/record.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace sisu;
using namespace sisu::relay::naming;

static std::string_view take_line(std::string_view& text) {
  const auto end = std::min(text.find('\n'), text.size());
  const auto line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto text = fuzz::text_of(data, size);
  const auto name = RecordName::parse(take_line(text));
  const auto type = parse_record_type(take_line(text));
  if (!name) return 0;
  fuzz::require(RecordName::parse(name->to_string()) == *name && name->is_within(*name));
  if (!type) return 0;
  const auto record = Record::parse(*name, *type, text, Ttl{300});
  if (!record) return 0;
  fuzz::require(record->value.size() <= Record::longest_value);
  fuzz::require(Record::parse(*name, *type, record->value, Ttl{300}) == *record);
  return 0;
}
