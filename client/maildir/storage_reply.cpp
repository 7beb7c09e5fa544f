#include "client/maildir/storage_reply.hpp"

#include <cerrno>

namespace sisu::client {

smtp::Reply storage_reply(const std::error_code& error) {
  const std::string why = " (" + error.message() + "); try again later";
  if (error == std::errc::no_space_on_device || error.value() == EDQUOT)
    return {.code = 452, .enhanced = "4.3.1", .text = "no room for the message on the recipient's disk" + why};
  return {.code = 451, .enhanced = "4.3.0", .text = "cannot store the message on the recipient's disk" + why};
}

}  // namespace sisu::client
