#include "relay/naming/wire/record_wire.hpp"

#include "relay/naming/wire/question.hpp"

namespace sisu::relay::naming {
namespace {

std::optional<RecordType> published_type(ldns_rr_type type) {
  for (const auto candidate :
       {RecordType::a, RecordType::aaaa, RecordType::mx, RecordType::txt, RecordType::caa, RecordType::tlsa}) {
    if (static_cast<unsigned>(question_type(candidate)) == static_cast<unsigned>(type)) return candidate;
  }
  return std::nullopt;
}

/// The data in presentation form; nothing if a field is missing.
std::optional<std::string> presented_value(const ldns_rr& record) {
  const auto fields = ldns_rr_rd_count(&record);
  std::string value;
  for (std::size_t i = 0; i < fields; ++i) {
    const auto* field = ldns_rr_rdf(&record, i);
    if (!field) return std::nullopt;
    const LdnsText text(ldns_rdf2str(field));
    if (!text) return std::nullopt;
    if (i > 0) value += ' ';
    value += text.get();
  }
  return value;
}

/// RFC 2181 8: with the most significant bit set, a TTL is to be taken for zero.
Ttl received_ttl(std::uint32_t seconds) { return Ttl{seconds > 0x7FFF'FFFF ? 0 : seconds}; }

}  // namespace

LdnsRecord to_ldns(const Record& record) {
  ldns_rr* made = nullptr;
  const auto status = ldns_rr_new_frm_str(&made, record.to_string().c_str(), 0, nullptr, nullptr);
  LdnsRecord owner(made);
  if (status != LDNS_STATUS_OK) return nullptr;
  return owner;
}

std::optional<Record> from_ldns(const ldns_rr& record) {
  const auto type = published_type(ldns_rr_get_type(&record));
  if (!type || ldns_rr_get_class(&record) != LDNS_RR_CLASS_IN) return std::nullopt;
  auto name = name_from_ldns(ldns_rr_owner(&record));
  const auto value = presented_value(record);
  if (!name || !value) return std::nullopt;
  auto parsed = Record::parse(*std::move(name), *type, *value, received_ttl(ldns_rr_ttl(&record)));
  if (!parsed) return std::nullopt;
  return *std::move(parsed);
}

std::optional<RecordName> name_from_ldns(const ldns_rdf* name) {
  if (!name) return std::nullopt;
  const LdnsText text(ldns_rdf2str(name));
  if (!text) return std::nullopt;
  auto parsed = RecordName::parse(text.get());
  if (!parsed) return std::nullopt;
  return *std::move(parsed);
}

}  // namespace sisu::relay::naming
