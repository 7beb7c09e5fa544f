// A program that a test starts and stops by its pid: a name server, a resolver.
#pragma once

#include "common/base/ip_address.hpp"

#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

namespace sisu::test {

class Program {
 public:
  /// What it prints goes to `log`.
  Program(std::vector<std::string> command, const std::filesystem::path& log);
  /// Kills it.
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  void signal(int number) const;
  /// SIGTERM, and waits for its end.
  void stop();
  void kill();
  bool is_running();

 private:
  void await();

  pid_t pid_ = -1;
};

/// 127.0.0.1 with a port that is free for UDP and TCP.
Endpoint free_endpoint();

/// Runs it to its end; what it prints. Throws if it fails.
std::string output_of(const std::vector<std::string>& command);

/// Asks again and again, for at most 20 s. Throws then.
template <class Condition>
void wait_until(Condition condition, const std::string& what);
void wait_a_moment();
[[noreturn]] void waited_in_vain(const std::string& what);

template <class Condition>
void wait_until(Condition condition, const std::string& what) {
  constexpr int most = 2'000;
  for (int i = 0; i < most; ++i) {
    if (condition()) return;
    wait_a_moment();
  }
  waited_in_vain(what);
}

}  // namespace sisu::test
