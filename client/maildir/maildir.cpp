#include "client/maildir/maildir.hpp"

#include "client/maildir/maildir_name.hpp"
#include "client/maildir/maildir_setup.hpp"
#include "common/base/durable_file.hpp"
#include "common/base/expects.hpp"

#include <algorithm>

namespace sisu::client {
namespace {

constexpr mode_t file_mode = 0600;

}  // namespace

Result<std::unique_ptr<Maildir>, std::string> Maildir::open(FileSystem& files, const FileSystem::Path& path,
                                                            std::chrono::system_clock::time_point now) {
  const auto absolute = std::filesystem::absolute(path).lexically_normal();  // a later chdir() changes nothing
  if (auto problem = prepare_maildir(files, absolute)) return fail(*std::move(problem));
  remove_stale_files(files, absolute / "tmp", now - stale_after);
  return std::unique_ptr<Maildir>(new Maildir(files, absolute));
}

Maildir::Maildir(FileSystem& files, FileSystem::Path path)
    : files_(files), path_(std::move(path)), tmp_(path_ / "tmp"), new_(path_ / "new"), host_(this_maildir_host()) {}

std::unique_ptr<MaildirMessage> Maildir::begin(DeliveryId delivery, std::chrono::system_clock::time_point arrived) {
  return std::unique_ptr<MaildirMessage>(new MaildirMessage(*this, maildir_name(arrived, delivery, host_)));
}

FileResult<FileSystemSpace> Maildir::space() { return files_.space(tmp_); }

FileSystem::Path MaildirMessage::in_tmp() const { return maildir_.tmp_ / name_; }
FileSystem::Path MaildirMessage::in_new() const { return maildir_.new_ / name_; }

MaildirMessage::~MaildirMessage() {
  file_.reset();
  // If this fails the file lies in tmp/, where no reader looks, until it is stale.
  if (place_ == Place::tmp) (void)maildir_.files_.unlink(in_tmp());
}

FileResult<void> MaildirMessage::write(std::string_view bytes) {
  if (!file_) {
    auto created = maildir_.files_.create(in_tmp(), file_mode);
    if (!created) return fail(created.error());
    file_ = std::move(*created);
    place_ = Place::tmp;
  }
  return file_->write(bytes);
}

FileResult<void> MaildirMessage::sync() {
  expects(place_ == Place::tmp, "a write() before sync()");
  if (!file_) return {};
  const auto synced = file_->sync();
  file_.reset();
  return synced;
}

FileResult<void> MaildirMessage::commit() {
  MaildirMessage* const only = this;
  return maildir_.commit({&only, 1}).front();
}

FileResult<void> MaildirMessage::move_to_new() {
  const auto moved = move_to_free_name(maildir_.files_, in_tmp(), in_new());
  if (moved) place_ = Place::delivered;
  return moved;
}

/// Whole, but perhaps not there after a crash: the sender must keep it. If it cannot be removed, it is a duplicate.
void MaildirMessage::withdraw() {
  (void)maildir_.files_.unlink(in_new());
  place_ = Place::nowhere;
}

std::vector<FileResult<void>> Maildir::sync(std::span<MaildirMessage* const> messages) {
  std::vector<WritableFile*> files;
  for (const MaildirMessage* message : messages) {
    expects(message->place_ == MaildirMessage::Place::tmp, "a write() before commit()");
    if (message->file_) files.push_back(message->file_.get());
  }
  const auto synced = files_.sync_all(files);
  auto next = synced.begin();
  std::vector<FileResult<void>> results;
  for (MaildirMessage* message : messages) {
    results.push_back(message->file_ ? *next++ : FileResult<void>());
    message->file_.reset();
  }
  return results;
}

std::vector<FileResult<void>> Maildir::commit(std::span<MaildirMessage* const> messages) {
  auto results = sync(messages);
  for (std::size_t i = 0; i < messages.size(); ++i) {
    if (results[i]) results[i] = messages[i]->move_to_new();
  }
  if (std::none_of(results.begin(), results.end(), [](const auto& result) { return result.has_value(); }))
    return results;
  const auto synced = files_.sync_directory(new_);
  for (std::size_t i = 0; !synced && i < messages.size(); ++i) {
    if (!results[i]) continue;
    messages[i]->withdraw();
    results[i] = synced;
  }
  return results;
}

}  // namespace sisu::client
