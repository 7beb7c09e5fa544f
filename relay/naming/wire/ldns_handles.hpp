// Owners for what ldns allocates: freed whole, with all that hangs on it. Only for .cpp files and tests of this
// folder's users; what the folder offers others is plain values.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <stdbool.h>
// After stdbool.h: without it ldns defines bool, true and false anew, for C++ as for C.
#include <ldns/ldns.h>

namespace sisu::relay::naming {

struct LdnsFree {
  void operator()(ldns_pkt* packet) const { ldns_pkt_free(packet); }
  void operator()(ldns_rr* record) const { ldns_rr_free(record); }
  void operator()(ldns_rdf* field) const { ldns_rdf_deep_free(field); }
  void operator()(ldns_rr_list* list) const { ldns_rr_list_deep_free(list); }
  void operator()(char* text) const { std::free(text); }
  void operator()(std::uint8_t* octets) const { std::free(octets); }
};

using LdnsPacket = std::unique_ptr<ldns_pkt, LdnsFree>;
using LdnsRecord = std::unique_ptr<ldns_rr, LdnsFree>;
using LdnsField = std::unique_ptr<ldns_rdf, LdnsFree>;
using LdnsRecords = std::unique_ptr<ldns_rr_list, LdnsFree>;
using LdnsText = std::unique_ptr<char, LdnsFree>;
using LdnsOctets = std::unique_ptr<std::uint8_t, LdnsFree>;

}  // namespace sisu::relay::naming
