// What a service manager wants to be told: sd_notify(3)'s protocol, without its library.
#pragma once

#include <string_view>

namespace sisu::relay::host {

/// Sends `text`, "READY=1" or "STOPPING=1", to the socket that $NOTIFY_SOCKET names. Without one, or with one that
/// nobody reads, it does nothing: the manager has a time limit of its own.
void notify_service(std::string_view text);

}  // namespace sisu::relay::host
