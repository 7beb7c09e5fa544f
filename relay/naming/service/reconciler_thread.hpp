// The thread on which the Reconciler works, the provider blocks and the name servers are waited for.
#pragma once

#include "relay/naming/reconciler/inquiry.hpp"
#include "relay/naming/reconciler/reconciler.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace sisu::relay::naming {

class ReconcilerThread {
 public:
  struct Hooks {
    std::function<void(std::vector<StateNotice>)> on_states;  ///< called on the thread; must return soon
    std::function<void(bool)> on_signed;                      ///< likewise
  };
  struct Answer {
    std::vector<proto::naming::Finding> findings;
    std::size_t count = 0;
    std::string problem;
  };
  using Answered = std::function<void(Answer)>;  ///< called on the thread

  /// All must outlive it. Starts at once.
  ReconcilerThread(RecordDatabase& database, Provider& provider, Visibility& visibility, ReconcilerOptions options,
                   Hooks hooks, log::Logger logger);
  /// Ends the provider's running call and waits for the step that has begun. Questions without an answer get none.
  ~ReconcilerThread();
  ReconcilerThread(const ReconcilerThread&) = delete;
  ReconcilerThread& operator=(const ReconcilerThread&) = delete;

  // From any thread.
  void changed(std::vector<std::string> owners);
  /// `emptied`: whose sets were, for a prune.
  void ask(proto::naming::Ask::What what, Answered answered, std::vector<std::string> emptied = {});

 private:
  struct Question {
    proto::naming::Ask::What what;
    Answered answered;
    std::vector<std::string> emptied;
  };

  void run();
  void work(Reconciler& reconciler);
  bool is_stopping();
  std::vector<std::string> take_changed();
  void advance_question(Reconciler& reconciler);
  void wait_for(std::chrono::milliseconds time);
  Reconciler::Listeners listeners();

  RecordDatabase& database_;
  Provider& provider_;
  Visibility& visibility_;
  const ReconcilerOptions options_;
  const Hooks hooks_;
  const log::Logger log_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<std::string> changed_;
  std::deque<Question> questions_;
  bool stopping_ = false;

  std::unique_ptr<Inquiry> inquiry_;  ///< the first question's; the thread's own
  std::thread thread_;                ///< last: it uses the rest
};

}  // namespace sisu::relay::naming
