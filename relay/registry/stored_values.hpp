// How ids and times stand in the tables: as integers, times in Unix seconds.
#pragma once

#include "relay/account/account.hpp"

#include <cstdint>
#include <optional>

namespace sisu::relay {

inline std::int64_t stored(AccountId id) { return static_cast<std::int64_t>(id); }
inline std::int64_t stored(Time time) { return time.time_since_epoch().count(); }
inline Time to_time(std::int64_t seconds) { return Time(std::chrono::seconds(seconds)); }

template <class T>
std::optional<std::int64_t> stored(const std::optional<T>& value) {
  if (!value) return std::nullopt;
  return stored(*value);
}

}  // namespace sisu::relay
