#include "relay/naming/service/refusal_log.hpp"

namespace sisu::relay::naming {

void RefusalLog::refuse(const std::string& kind, const std::string& what) {
  Row& row = rows_[kind];
  ++row.count;
  const auto now = clock_();
  if (row.written && now - *row.written < interval) return;
  row.written = now;
  log_.warning("refused", {{"limit", kind}, {"what", what}, {"count", row.count}});
}

std::uint64_t RefusalLog::count(const std::string& kind) const {
  const auto found = rows_.find(kind);
  return found == rows_.end() ? 0 : found->second.count;
}

}  // namespace sisu::relay::naming
