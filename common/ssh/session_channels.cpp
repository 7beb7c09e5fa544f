// What a SessionDriver does for its channels: makes them, sees them confirmed, wakes their readers and writers and
// frees them. See session_driver.hpp.
#include "common/base/expects.hpp"
#include "common/ssh/channel_core.hpp"
#include "common/ssh/session_driver.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

namespace sisu::ssh {

std::shared_ptr<ChannelCore> SessionDriver::new_channel() {
  const ssh_channel raw = ended_ ? nullptr : ssh_channel_new(session_.get());
  if (!raw) throw std::system_error(asio::error::connection_reset, "the SSH session has ended");
  return adopt_channel(raw);
}

std::shared_ptr<ChannelCore> SessionDriver::adopt_channel(ssh_channel raw) {
  auto core = std::make_shared<ChannelCore>(*this, raw);
  core->index_ = channels_.size();
  channels_.push_back(core);
  return core;
}

void SessionDriver::unregister_channel(ChannelCore& core) {
  const std::size_t place = core.index_;
  expects(place < channels_.size() && channels_[place].get() == &core, "channel is registered");
  if (place + 1 != channels_.size()) {
    channels_[place] = std::move(channels_.back());
    channels_[place]->index_ = place;
  }
  channels_.pop_back();
}

void SessionDriver::await_confirmation(std::shared_ptr<ChannelCore> core) {
  opening_.push_back(std::move(core));
  opening_added_ = true;
}

void SessionDriver::note_readable(ChannelCore& core) {
  if (core.held_ > turn_bytes) turn_over_ = true;
  if (std::exchange(core.noted_readable_, true)) return;
  readable_.push_back(core.shared_from_this());
}

void SessionDriver::note_finished(ChannelCore& core) { finished_.push_back(core.shared_from_this()); }

void SessionDriver::note_closing(ChannelCore& core) {
  to_close_.push_back(core.shared_from_this());
  after_soon();
}

void SessionDriver::enqueue_writer(ChannelCore& core) {
  if (!std::exchange(core.queued_writer_, true)) writers_.push_back(&core);
}

void SessionDriver::dequeue_writer(ChannelCore& core) {
  if (std::exchange(core.queued_writer_, false)) std::erase(writers_, &core);
}

// --- From after()

void SessionDriver::look_at_opening() {
  // Only packets confirm or deny.
  const bool nothing_new = packet_counter_.in_packets == opening_seen_packets_ && !opening_added_;
  if (opening_.empty() || nothing_new) return;
  opening_seen_packets_ = packet_counter_.in_packets;
  opening_added_ = false;
  const std::string error = ssh_get_error(session_.get());
  const bool maybe_denied = error != last_error_;  // names the channel, so two denials never read the same
  last_error_ = error;
  for (std::size_t i = 0; i < opening_.size();) {
    const auto core = opening_[i];
    // One that the peer confirmed and closed in one turn is not open any more.
    int result = core->remote_closed_ || ssh_channel_is_open(core->raw()) ? SSH_OK : SSH_AGAIN;
    if (result == SSH_AGAIN && maybe_denied) {
      const InLibrary inside(*this);
      // Any open function on a channel in state "opening" only asks how it stands.
      result = ssh_channel_open_session(core->raw());
    }
    if (result == SSH_AGAIN && !dead()) {
      ++i;
      continue;
    }
    opening_[i] = std::move(opening_.back());
    opening_.pop_back();
    if (result == SSH_OK) {
      core->confirmed();
    } else {
      core->denied();
    }
  }
}

void SessionDriver::wake_readers() {
  for (const auto& core : std::exchange(readable_, {})) {
    core->noted_readable_ = false;
    core->readable_.notify();
  }
}

void SessionDriver::wake_writers() {
  if (writers_.empty() || write_pending()) return;
  // Those whose window is shut keep their place; the first that can go on is enough: it calls after() when it is done.
  for (auto writer = writers_.begin(); writer != writers_.end(); ++writer) {
    ChannelCore& core = **writer;
    if (!core.may_write()) continue;
    writers_.erase(writer);
    core.queued_writer_ = false;
    core.writable_.notify();
    return;
  }
}

void SessionDriver::free_finished() {
  for (const auto& core : std::exchange(finished_, {})) {
    if (!core->raw()) continue;
    const InLibrary inside(*this);
    ssh_remove_channel_callbacks(core->raw(), &core->callbacks_);
    ssh_channel_free(core->raw());
    core->session_gone();
    unregister_channel(*core);
    --closing_;
  }
}

}  // namespace sisu::ssh
