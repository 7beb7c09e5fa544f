#include "client/maildir/maildir.hpp"

#include "client/maildir/maildir_name.hpp"
#include "client/maildir/maildir_setup.hpp"
#include "common/base/durable_file.hpp"
#include "common/base/expects.hpp"

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
    : files_(files),
      path_(std::move(path)),
      tmp_(path_ / "tmp"),
      new_(path_ / "new"),
      host_(this_maildir_host()),
      new_sync_([this] {
        const auto synced = files_.sync_directory(new_);
        return synced ? std::error_code() : synced.error();
      }) {}

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

FileResult<void> MaildirMessage::commit() {
  expects(file_ != nullptr, "a write() before commit()");
  if (const auto synced = file_->sync(); !synced) return synced;
  file_.reset();
  if (const auto moved = move_to_free_name(maildir_.files_, in_tmp(), in_new()); !moved) return moved;
  place_ = Place::delivered;
  if (const auto error = maildir_.new_sync_.wait()) {
    // Whole, but perhaps not there after a crash: the sender must keep it. If it cannot be removed, it is a duplicate.
    (void)maildir_.files_.unlink(in_new());
    place_ = Place::nowhere;
    return fail(error);
  }
  return {};
}

}  // namespace sisu::client
