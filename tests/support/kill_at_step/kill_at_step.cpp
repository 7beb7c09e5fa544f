// A library for LD_PRELOAD that plays kill -9 at a moment which nobody can hit by hand: right behind the n-th time
// (KILL_AT_STEP=n, from 1) that the program moves a file of its TLS keys or certificates into place, or removes one.
// The step is done then, and nothing after it.
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <string_view>

namespace {

using Rename = int (*)(const char*, const char*);
using Unlink = int (*)(const char*);

std::atomic<int> steps{0};

bool is_step(const char* path) {
  const char* slash = std::strrchr(path, '/');
  return std::string_view(slash == nullptr ? path : slash + 1).starts_with("tls-");
}

int done(int result, const char* path) {
  const char* chosen = std::getenv("KILL_AT_STEP");
  if (result == 0 && chosen != nullptr && is_step(path) && ++steps == std::atoi(chosen)) {
    std::raise(SIGKILL);
  }
  return result;
}

template <class Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

int rename(const char* from, const char* to) {
  static const auto real = next<Rename>("rename");
  return done(real(from, to), to);
}

int unlink(const char* path) {
  static const auto real = next<Unlink>("unlink");
  return done(real(path), path);
}

}  // extern "C"
