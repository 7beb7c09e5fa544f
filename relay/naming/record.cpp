#include "relay/naming/record.hpp"

#include "relay/naming/record_value.hpp"

#include <utility>

namespace sisu::relay::naming {
namespace {

constexpr std::pair<RecordType, std::string_view> type_names[] = {
    {RecordType::a, "A"},     {RecordType::aaaa, "AAAA"}, {RecordType::mx, "MX"},
    {RecordType::txt, "TXT"}, {RecordType::caa, "CAA"},   {RecordType::tlsa, "TLSA"},
};

}  // namespace

std::string_view to_string(RecordType type) {
  for (const auto& [known, name] : type_names) {
    if (known == type) return name;
  }
  return "";
}

std::optional<RecordType> parse_record_type(std::string_view text) {
  for (const auto& [type, name] : type_names) {
    if (name == text) return type;
  }
  return std::nullopt;
}

std::string_view describe(ValueError error) {
  switch (error) {
    case ValueError::syntax:
      return "the value is not one of its type";
    case ValueError::too_long:
      return "the value is longer than 1024 characters";
  }
  return "";
}

Result<Record, ValueError> Record::parse(RecordName name, RecordType type, std::string_view value, Ttl ttl) {
  auto canonical = canonical_value(type, value);
  if (!canonical) return fail(canonical.error());
  return Record{.name = std::move(name), .type = type, .value = *std::move(canonical), .ttl = ttl};
}

std::string Record::to_string() const {
  std::string line = name.to_string() + ' ' + std::to_string(ttl.count()) + ' ';
  line += naming::to_string(type);
  return line + ' ' + value;
}

}  // namespace sisu::relay::naming
