#include "relay/naming/wire/tsig_session.hpp"

#include "common/base/expects.hpp"
#include "relay/naming/wire/question_packet.hpp"

#include <cstring>

namespace sisu::relay::naming {
namespace {

constexpr const char* algorithm = "hmac-sha256.";

// Fields of the record (RFC 8945 4.2), as ldns counts them.
constexpr std::size_t field_algorithm = 0;
constexpr std::size_t field_time = 1;
constexpr std::size_t field_mac = 3;
constexpr std::size_t field_original_id = 4;
constexpr std::size_t field_error = 5;
constexpr std::size_t field_other = 6;
constexpr std::size_t field_count = 7;

// RFC 8945 3.
constexpr std::uint16_t error_bad_signature = 16;
constexpr std::uint16_t error_bad_key = 17;
constexpr std::uint16_t error_bad_time = 18;

TsigFailure failure(TsigFailure::Kind kind) { return {.kind = kind}; }

/// RFC 8945 4.2. ldns looks at neither class nor TTL, but signs what they have to be.
bool is_well_formed(const ldns_rr& tsig) {
  if (ldns_rr_get_class(&tsig) != LDNS_RR_CLASS_ANY || ldns_rr_ttl(&tsig) != 0) return false;
  if (ldns_rr_rd_count(&tsig) != field_count) return false;
  for (std::size_t i = 0; i < field_count; ++i) {
    if (!ldns_rr_rdf(&tsig, i)) return false;
  }
  return ldns_rdf_size(ldns_rr_rdf(&tsig, field_time)) == 6;
}

bool is_name(const ldns_rdf* field, const std::string& name) {
  const LdnsField wanted(ldns_dname_new_frm_str(name.c_str()));
  return field && wanted && ldns_dname_compare(field, wanted.get()) == 0;
}

TsigSession::Time read_time(const std::uint8_t* octets) {
  std::int64_t seconds = 0;
  for (int i = 0; i < 6; ++i) seconds = seconds << 8 | octets[i];
  return TsigSession::Time{std::chrono::seconds{seconds}};
}

TsigSession::Time time_signed(const ldns_rr& tsig) { return read_time(ldns_rdf_data(ldns_rr_rdf(&tsig, field_time))); }

/// RFC 8945 5.2.3: with BADTIME the server tells its time.
std::chrono::seconds clock_difference(const ldns_rr& tsig, TsigSession::Time now) {
  const auto* other = ldns_rr_rdf(&tsig, field_other);
  if (ldns_rdf_size(other) != 8) return std::chrono::seconds{0};  // two octets say how many follow
  return read_time(ldns_rdf_data(other) + 2) - now;
}

TsigFailure servers_failure(const ldns_rr& tsig, std::uint16_t error, TsigSession::Time now) {
  using Kind = TsigFailure::Kind;
  if (error == error_bad_signature) return failure(Kind::bad_signature);
  if (error == error_bad_key) return failure(Kind::bad_key);
  if (error == error_bad_time) return {.kind = Kind::bad_time, .server_ahead = clock_difference(tsig, now)};
  return failure(Kind::other);
}

}  // namespace

/// ldns takes any name, algorithm and original id.
bool TsigSession::is_ours(const ldns_rr& tsig, const ldns_pkt& packet) const {
  return is_name(ldns_rr_owner(&tsig), key_.name()) && is_name(ldns_rr_rdf(&tsig, field_algorithm), algorithm) &&
         ldns_rdf2native_int16(ldns_rr_rdf(&tsig, field_original_id)) == ldns_pkt_id(&packet);
}

/// ldns puts what the signature is made over (RFC 8945 4.3.3) into a buffer of longest_message octets, unchecked.
bool TsigSession::fits_ldns(OctetView message, const ldns_rr& tsig) const {
  constexpr std::size_t fixed = 2 + 4 + 6 + 2 + 2;  // class, TTL, time, fudge, error
  const auto variable = ldns_rdf_size(last_mac_.get()) + key_.name().size() + 1 + std::strlen(algorithm) + 1 +
                        ldns_rdf_size(ldns_rr_rdf(&tsig, field_other));
  return size_without_tsig(message) + fixed + variable <= longest_message;
}

Octets TsigSession::sign(ldns_pkt& request) {
  const auto bare = to_octets(request);
  if (bare.empty() || bare.size() > longest_request) return {};
  const auto status = ldns_pkt_tsig_sign(&request, key_.name().c_str(), key_.base64_secret().c_str(),
                                         static_cast<std::uint16_t>(fudge.count()), algorithm, nullptr);
  expects(status == LDNS_STATUS_OK && ldns_pkt_tsig(&request), "a TsigKey signs");
  last_mac_.reset(ldns_rdf_clone(ldns_rr_rdf(ldns_pkt_tsig(&request), field_mac)));
  answered_ = false;
  return to_octets(request);
}

Result<void, TsigFailure> TsigSession::verify(OctetView message, ldns_pkt& packet, Time now) {
  using Kind = TsigFailure::Kind;
  const auto* tsig = ldns_pkt_tsig(&packet);
  if (!tsig) return fail(failure(Kind::unsigned_answer));
  if (!is_well_formed(*tsig)) return fail(failure(Kind::wrong_signature));
  const auto error = ldns_rdf2native_int16(ldns_rr_rdf(tsig, field_error));
  if (error != 0) return fail(servers_failure(*tsig, error, now));
  if (!is_ours(*tsig, packet) || !fits_ldns(message, *tsig) ||
      !ldns_pkt_tsig_verify_next(&packet, message.data(), message.size(), key_.name().c_str(),
                                 key_.base64_secret().c_str(), last_mac_.get(), answered_ ? 1 : 0))
    return fail(failure(Kind::wrong_signature));
  last_mac_.reset(ldns_rdf_clone(ldns_rr_rdf(tsig, field_mac)));
  answered_ = true;
  const auto ahead = time_signed(*tsig) - now;
  if (ahead > fudge || ahead < -fudge) return fail(TsigFailure{.kind = Kind::wrong_time, .server_ahead = ahead});
  return {};
}

}  // namespace sisu::relay::naming
