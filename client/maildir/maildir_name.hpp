// File names in a Maildir: time.UNIQUE.host (https://cr.yp.to/proto/maildir.html). UNIQUE is M, the microseconds, R
// and the delivery id: random, so that no two processes and no two hosts can make the same name; time and microseconds
// keep the files in the order of their arrival.
#pragma once

#include "common/base/uuid.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace sisu::client {

/// '/' becomes "\057" and ':' becomes "\072", as the Maildir page says; so do, in octal, bytes that no host name has
/// (control characters, blanks, bytes over 126) and a leading dot. At most 64 characters; "localhost" if empty.
std::string maildir_host(std::string_view host_name);

/// The host name of this machine in that form.
std::string this_maildir_host();

/// Unique in tmp/ and in new/. `host` comes from maildir_host(). At most 150 characters.
std::string maildir_name(std::chrono::system_clock::time_point arrived, DeliveryId delivery, std::string_view host);

}  // namespace sisu::client
