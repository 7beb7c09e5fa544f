#include "relay/naming/providers/zone_file/zone_content.hpp"

#include "relay/naming/wire/ldns_handles.hpp"
#include "relay/naming/wire/record_wire.hpp"

#include <algorithm>
#include <cstdio>
#include <vector>

namespace sisu::relay::naming {
namespace {

constexpr std::uint32_t default_ttl = 3600;
constexpr std::size_t serial_field = 2;  // of an SOA record (RFC 1035 3.3.13)
constexpr std::size_t soa_fields = 7;

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
std::string text_of(const ldns_rr& record) {
  const LdnsText text(ldns_rr2str(&record));
  std::string line(text ? text.get() : "");
  while (line.ends_with('\n')) line.pop_back();
  return line;
}

std::string text_of(const ldns_rdf& field) {
  const LdnsText text(ldns_rdf2str(&field));
  return text ? text.get() : "";
}

bool is_signature(ldns_rr_type type) {
  return type == LDNS_RR_TYPE_RRSIG || type == LDNS_RR_TYPE_NSEC || type == LDNS_RR_TYPE_NSEC3;
}

/// Class IN stands between TTL and type, as name servers write it.
std::string line_of(const Record& record) {
  return record.name.to_string() + ' ' + std::to_string(record.ttl.count()) + " IN " +
         std::string(to_string(record.type)) + ' ' + record.value + '\n';
}

/// A name that ldns may put another one in the place of.
class Field {
 public:
  explicit Field(ldns_rdf* field) : field_(field) {}
  ~Field() { ldns_rdf_deep_free(field_); }
  Field(const Field&) = delete;
  Field& operator=(const Field&) = delete;
  ldns_rdf** in_place() { return &field_; }

 private:
  ldns_rdf* field_;
};

std::string at_line(int line, const char* what) { return "line " + std::to_string(line) + ": " + what; }

/// Record by record: ldns's own reader of whole zones loses what it has read when it comes upon an error.
Result<std::vector<LdnsRecord>, std::string> read_records(std::string_view text, const RecordName& zone) {
  if (text.empty()) return fail("it is empty");
  std::string copy(text);
  const std::unique_ptr<std::FILE, CloseFile> file(::fmemopen(copy.data(), copy.size(), "r"));
  Field origin(ldns_dname_new_frm_str(zone.to_string().c_str()));
  Field previous_owner(nullptr);
  std::uint32_t ttl = default_ttl;
  std::vector<LdnsRecord> records;
  for (int line = 0; std::feof(file.get()) == 0;) {
    ldns_rr* read = nullptr;
    const auto status =
        ldns_rr_new_frm_fp_l(&read, file.get(), &ttl, origin.in_place(), previous_owner.in_place(), &line);
    if (status == LDNS_STATUS_OK) {
      records.emplace_back(read);
    } else if (status == LDNS_STATUS_SYNTAX_INCLUDE || status == LDNS_STATUS_SYNTAX_INCLUDE_ERR_NOTIMPL) {
      return fail(at_line(line, "$INCLUDE is not followed: put everything into this file"));
    } else if (status != LDNS_STATUS_SYNTAX_EMPTY && status != LDNS_STATUS_SYNTAX_TTL &&
               status != LDNS_STATUS_SYNTAX_ORIGIN) {
      return fail(at_line(line, ldns_get_errorstr_by_id(status)));
    }
  }
  return records;
}

const ldns_rr* find_soa(const std::vector<LdnsRecord>& records) {
  const auto is_soa = [](const LdnsRecord& record) { return ldns_rr_get_type(record.get()) == LDNS_RR_TYPE_SOA; };
  const auto found = std::ranges::find_if(records, is_soa);
  return found == records.end() ? nullptr : found->get();
}

}  // namespace

Result<ZoneContent, std::string> ZoneContent::parse(std::string_view text, const RecordName& zone) {
  const auto read = read_records(text, zone);
  if (!read) return fail(read.error());
  const ldns_rr* soa = find_soa(*read);
  if (soa == nullptr || ldns_rr_rd_count(soa) != soa_fields) return fail("it has no SOA record");
  const auto apex = name_from_ldns(ldns_rr_owner(soa));
  if (!apex || *apex != zone) return fail("its SOA record is not that of the zone " + zone.to_string());
  ZoneContent content;
  content.soa_before_serial_ = zone.to_string() + ' ' + std::to_string(ldns_rr_ttl(soa)) + " IN SOA " +
                               text_of(*ldns_rr_rdf(soa, 0)) + ' ' + text_of(*ldns_rr_rdf(soa, 1)) + ' ';
  content.serial_ = ldns_rdf2native_int32(ldns_rr_rdf(soa, serial_field));
  for (std::size_t i = serial_field + 1; i < soa_fields; ++i)
    content.soa_after_serial_ += ' ' + text_of(*ldns_rr_rdf(soa, i));
  for (const LdnsRecord& record_read : *read) {
    const ldns_rr& each = *record_read;
    if (ldns_rr_get_type(&each) == LDNS_RR_TYPE_SOA) continue;  // a second one repeats the first
    if (is_signature(ldns_rr_get_type(&each)))
      return fail("it is signed already: keep the file without signatures, and let the name server sign it");
    if (auto record = from_ldns(each)) {
      content.records_.insert(*std::move(record));
      continue;
    }
    content.others_.push_back(text_of(each));
    const auto name = name_from_ldns(ldns_rr_owner(&each));
    if (name && ldns_rr_get_type(&each) == LDNS_RR_TYPE_CNAME) content.aliases_.insert(*name);
  }
  return content;
}

ZoneContent ZoneContent::fresh(const RecordName& zone, std::span<const RecordName> name_servers) {
  ZoneContent content;
  content.soa_before_serial_ =
      zone.to_string() + " 3600 IN SOA " + name_servers.front().to_string() + " hostmaster." + zone.to_string() + ' ';
  content.soa_after_serial_ = " 3600 600 1209600 60";
  for (const auto& server : name_servers)
    content.others_.push_back(zone.to_string() + " 3600 IN NS " + server.to_string());
  return content;
}

Result<void, ProviderError> ZoneContent::apply(const Change& change) {
  for (const auto& record : change.add) {
    if (aliases_.contains(record.name))
      return fail(ProviderError{.kind = ProviderError::Kind::invalid,
                                .what = "a CNAME record stands under " + record.name.to_string() +
                                        ", where no other record may be: remove it from the zone file"});
  }
  for (const auto& record : change.remove) records_.erase(record);
  for (const auto& record : change.add) {
    records_.erase(record);
    records_.insert(record);
  }
  return {};
}

std::string ZoneContent::next_text() {
  ++serial_;
  std::string text = "; Written by sisumail-dns, which reads and keeps what others add. Comments are not kept.\n";
  text += soa_before_serial_ + std::to_string(serial_) + soa_after_serial_ + '\n';
  for (const auto& line : others_) text += line + '\n';
  for (const auto& record : records_) text += line_of(record);
  return text;
}

}  // namespace sisu::relay::naming
