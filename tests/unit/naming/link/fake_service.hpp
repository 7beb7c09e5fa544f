// A sisumail-dns that is a plain value: it listens on a Unix socket, keeps what it is told, and says what its test
// wants.
#pragma once

#include "proto/naming_messages.hpp"

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace sisu::test {

class FakeService {
 public:
  struct Heard {
    std::vector<proto::naming::Hello> hellos;
    std::map<std::string, proto::naming::Set> sets;  ///< by owner, the last one
    std::size_t set_lines = 0;
    std::size_t completes = 0;
    std::size_t sets_at_complete = 0;  ///< of this connection, when the last `complete` came
    std::vector<proto::naming::Ask::What> asked;
    std::vector<std::string> watched;
    std::size_t problems = 0;  ///< lines that are none
  };

  /// How it behaves; change it under change().
  struct Manners {
    std::string zone = "sisu.test.";
    bool is_signed = true;
    bool greets = true;
    std::string refusal;     ///< instead of a greeting
    bool reads = true;       ///< else it lets the socket fill
    bool makes_live = true;  ///< answers each set at once: it is live
    std::chrono::seconds live_for{0};
    std::string problem;  ///< of states that are not live
    std::vector<proto::naming::Answer> answers_to_ask;
    std::optional<proto::naming::State> state_to_watch;  ///< else that of the owner's last set
    std::string cut_after;  ///< "complete", "ask" or "watch": the connection ends there, instead of an answer
  };

  explicit FakeService(std::filesystem::path socket);
  ~FakeService();

  void listen();
  /// No socket any more, and no connection.
  void go_away();
  void cut();
  void change(const std::function<void(Manners&)>& with);

  /// To whom it is connected with now.
  void say(const proto::naming::Answer& answer);
  void say_line(const std::string& line);
  /// The state of the owner's last set.
  void say_state(const std::string& owner, bool live, const std::string& problem = "");

  Heard heard() const;
  /// A minute is a hang, not a measure: false.
  bool wait_until(const std::function<bool(const Heard&)>& condition);

 private:
  void serve(const std::stop_token& stop);
  void converse(int fd, const std::stop_token& stop);
  bool reads() const;
  void hear(const std::string& line, std::size_t& sets);
  void answer(const proto::naming::Request& request, std::size_t& sets);
  bool cut_after(std::string_view line) const;
  void send(const std::string& line);
  proto::naming::State state_of(const std::string& owner, bool live, const std::string& problem) const;

  std::filesystem::path path_;
  mutable std::mutex mutex_;
  std::condition_variable_any heard_something_;
  Manners manners_;
  Heard heard_;
  int listener_ = -1;
  int connection_ = -1;
  std::jthread thread_;
};

}  // namespace sisu::test
