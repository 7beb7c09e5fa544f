#include "relay/naming/reconciler/schema.hpp"

#include <array>

namespace sisu::relay::naming {
namespace {

// Times are Unix seconds. `change` counts the sets that were ever stored: a newer set has a larger number.
constexpr const char* version_1 = R"sql(
CREATE TABLE settings(
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE owners(
  name TEXT PRIMARY KEY,
  digest TEXT NOT NULL,
  change INTEGER NOT NULL,
  live_since INTEGER
) STRICT, WITHOUT ROWID;

-- Two owners never have the same record.
CREATE TABLE wanted(
  owner TEXT NOT NULL REFERENCES owners(name),
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  value TEXT NOT NULL,
  ttl INTEGER NOT NULL,
  live_since INTEGER,
  PRIMARY KEY(name, type, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX wanted_by_owner ON wanted(owner);

-- Only what stands here is ever removed from the zone.
--   intent   stored before the provider is asked to add it, when it was seen not to be there
--   written  the provider has it from us
--   removed  the provider does not have it any more; name servers may still serve it
CREATE TABLE owned(
  owner TEXT NOT NULL REFERENCES owners(name),
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  value TEXT NOT NULL,
  state TEXT NOT NULL CHECK(state IN ('intent', 'written', 'removed')),
  PRIMARY KEY(name, type, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX owned_by_owner ON owned(owner);
)sql";

constexpr std::array steps = {version_1};
constexpr std::int32_t application_id = 0x5349444E;  // "SIDN"

}  // namespace

const sqlite::Schema& record_schema() {
  static constexpr sqlite::Schema schema{"the record database", application_id, steps};
  return schema;
}

}  // namespace sisu::relay::naming
