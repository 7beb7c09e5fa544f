#include "relay/naming/providers/zone_file/reload_command.hpp"

#include <csignal>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>

namespace sisu::relay::naming {
namespace {

class Actions {
 public:
  Actions() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions_, 1, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions_, 2, "/dev/null", O_WRONLY, 0);
  }
  ~Actions() { ::posix_spawn_file_actions_destroy(&actions_); }
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;

  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

std::string outcome_of(int status) {
  if (WIFSIGNALED(status)) return "was ended by signal " + std::to_string(WTERMSIG(status));
  return "ended with status " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

Result<void, std::string> run_command(const std::vector<std::string>& words, std::chrono::milliseconds limit) {
  std::vector<char*> argv;
  for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  const Actions actions;
  pid_t child = 0;
  const int error = ::posix_spawn(&child, argv.front(), actions.get(), nullptr, argv.data(), environ);
  if (error != 0) return fail(words.front() + ": " + std::system_category().message(error));
  constexpr std::chrono::milliseconds pause{5};
  int status = 0;
  for (std::chrono::milliseconds waited{0}; ::waitpid(child, &status, WNOHANG) == 0; waited += pause) {
    if (waited < limit) {
      std::this_thread::sleep_for(pause);
      continue;
    }
    ::kill(child, SIGKILL);
    ::waitpid(child, &status, 0);
    return fail(words.front() + ": not done after " + std::to_string(limit.count()) + " ms: killed");
  }
  if (status != 0) return fail(words.front() + " " + outcome_of(status));
  return {};
}

}  // namespace sisu::relay::naming
