// What the server engine tells the one who drives it.
#pragma once

#include "common/mail/address.hpp"

#include <string_view>
#include <variant>

namespace sisu::smtp {

/// The input is used up: send output(), then give more with receive().
struct NeedInput {};
/// MAIL: may envelope().sender send? Answer with accept() or refuse().
struct SenderGiven {};
/// RCPT: may it be added to envelope()? Answer with accept() or refuse().
struct RecipientGiven {
  mail::Recipient recipient;
};
/// DATA or the first BDAT: can envelope() be taken? Answer with accept() or refuse().
struct MessageBegun {};
/// Octets of the message, in order; valid until the next call. No answer, or fail_message().
struct MessageBytes {
  std::string_view bytes;
};
/// The message is whole. Answer with complete(), once it is durable or has failed.
struct MessageEnded {};
/// What has been taken of the message is void; the sender gets the reply from the engine. No answer.
struct MessageAborted {
  std::string_view reason;  ///< a literal
};
/// Send output(), make the stream secure, then call tls_started(). Without success: end the connection.
struct TlsRequested {};
/// Send output(), then end the connection. Every later event is Closed.
struct Closed {
  std::string_view reason;  ///< a literal, for the log
};

using ServerEvent = std::variant<NeedInput, SenderGiven, RecipientGiven, MessageBegun, MessageBytes, MessageEnded,
                                 MessageAborted, TlsRequested, Closed>;

}  // namespace sisu::smtp
