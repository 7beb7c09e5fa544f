#include "relay/naming/service/reconciler_thread.hpp"

#include "common/sqlite/error.hpp"

#include <algorithm>
#include <pthread.h>
#include <utility>

namespace sisu::relay::naming {
namespace {

/// After the database failed: a full disk may get space.
constexpr std::chrono::seconds database_pause{5};

}  // namespace

ReconcilerThread::ReconcilerThread(RecordDatabase& database, Provider& provider, Visibility& visibility,
                                   ReconcilerOptions options, Hooks hooks, log::Logger logger)
    : database_(database),
      provider_(provider),
      visibility_(visibility),
      options_(std::move(options)),
      hooks_(std::move(hooks)),
      log_(std::move(logger)),
      thread_(&ReconcilerThread::run, this) {
  ::pthread_setname_np(thread_.native_handle(), "reconciler");
}

ReconcilerThread::~ReconcilerThread() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  provider_.stop();
  thread_.join();
}

void ReconcilerThread::changed(std::vector<std::string> owners) {
  {
    const std::lock_guard lock(mutex_);
    std::ranges::move(owners, std::back_inserter(changed_));
  }
  wake_.notify_all();
}

void ReconcilerThread::ask(proto::naming::Ask::What what, Answered answered, std::vector<std::string> emptied) {
  {
    const std::lock_guard lock(mutex_);
    questions_.push_back({what, std::move(answered), std::move(emptied)});
  }
  wake_.notify_all();
}

bool ReconcilerThread::is_stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

Reconciler::Listeners ReconcilerThread::listeners() {
  return {.on_states = hooks_.on_states,
          .on_signed = hooks_.on_signed,
          .on_written = [this](const Change& change, const std::string& owner) {
            if (inquiry_) inquiry_->note_written(change, owner);
          }};
}

/// An error of the database leaves the Reconciler's memory behind what is stored: another one begins anew.
void ReconcilerThread::run() {
  while (!is_stopping()) {
    try {
      inquiry_.reset();
      Reconciler reconciler(database_, provider_, visibility_, options_, listeners(), log_);
      work(reconciler);
    } catch (const sqlite::Error& error) {
      log_.error("database-failed", {{"why", error.what()}});
      wait_for(database_pause);
    }
  }
}

void ReconcilerThread::work(Reconciler& reconciler) {
  while (!is_stopping()) {
    if (const auto owners = take_changed(); !owners.empty()) reconciler.changed(owners);
    const auto wait = reconciler.step();
    advance_question(reconciler);
    if (wait.count() > 0 && !inquiry_) wait_for(wait);
  }
}

std::vector<std::string> ReconcilerThread::take_changed() {
  const std::lock_guard lock(mutex_);
  return std::exchange(changed_, {});
}

void ReconcilerThread::advance_question(Reconciler& reconciler) {
  std::unique_lock lock(mutex_);
  if (questions_.empty()) return;
  const auto what = questions_.front().what;
  const auto emptied = std::exchange(questions_.front().emptied, {});
  lock.unlock();
  if (!emptied.empty()) reconciler.changed(emptied);
  if (!inquiry_) {
    inquiry_ = std::make_unique<Inquiry>(what, database_, provider_, visibility_, reconciler);
    log_.info("question", {{"what", to_string(what)}});
  }
  if (!inquiry_->advance()) return;
  const auto done = std::move(inquiry_);
  lock.lock();
  const auto question = std::move(questions_.front());
  questions_.pop_front();
  lock.unlock();
  question.answered({.findings = done->findings(), .count = done->count(), .problem = done->problem()});
}

void ReconcilerThread::wait_for(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, time, [this] { return stopping_ || !changed_.empty() || (!questions_.empty() && !inquiry_); });
}

}  // namespace sisu::relay::naming
