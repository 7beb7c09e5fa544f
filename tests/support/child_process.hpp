// A second process for tests: a fork that runs a function and tells its parent when it has come to a point. Fork before
// the test opens databases or starts threads.
#pragma once

#include <array>
#include <functional>
#include <sys/types.h>

namespace sisu::test {

class ChildProcess {
 public:
  /// The child's side of the conversation.
  class Parent {
   public:
    Parent(int to_parent, int from_parent) : to_parent_(to_parent), from_parent_(from_parent) {}
    void announce() const;        ///< wakes await_announcement()
    void wait_for_go_on() const;  ///< until go_on(), or the parent is gone
   private:
    int to_parent_;
    int from_parent_;
  };

  /// Runs `body` in a child; its result is the child's exit status (an exception: 99).
  explicit ChildProcess(const std::function<int(const Parent&)>& body);
  /// Kills a child that still runs.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// False if the child ended without announcing.
  bool await_announcement() const;
  void go_on() const;
  /// The exit status; -1 if it died by a signal.
  int wait();
  void kill();

 private:
  pid_t pid_ = -1;
  std::array<int, 2> to_parent_{-1, -1};
  std::array<int, 2> to_child_{-1, -1};
};

}  // namespace sisu::test
