#include "common/ssh/algorithms.hpp"

#if defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace sisu::ssh::algorithms {

FastAes this_processor() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul") ? FastAes::yes : FastAes::no;
#elif defined(__aarch64__)
  constexpr unsigned long both = HWCAP_AES | HWCAP_PMULL;
  return (::getauxval(AT_HWCAP) & both) == both ? FastAes::yes : FastAes::no;
#else
  return FastAes::no;
#endif
}

}  // namespace sisu::ssh::algorithms
