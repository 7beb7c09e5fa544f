#include "common/smtp/reply.hpp"

namespace sisu::smtp {

std::string Reply::to_smtp() const { return std::to_string(code) + " " + enhanced + " " + text + "\r\n"; }

}  // namespace sisu::smtp
