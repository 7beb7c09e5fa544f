#include "common/mail/address.hpp"

namespace sisu::mail {}
