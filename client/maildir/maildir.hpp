// A Maildir on disk (https://cr.yp.to/proto/maildir.html): where a message is complete in new/ or not at all.
// Everything here blocks and knows nothing of event loops; MaildirSink runs it on workers. docs/maildir.md lists every
// state that a message passes through and what a crash leaves of it.
#pragma once

#include "common/base/file_system.hpp"
#include "common/base/uuid.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sisu::client {

class Maildir;

/// One message on its way into new/. Used by one thread at a time; must not outlive its Maildir. Destroying it before
/// commit() succeeded removes what there is of it.
class MaildirMessage {
 public:
  ~MaildirMessage();
  MaildirMessage(const MaildirMessage&) = delete;
  MaildirMessage& operator=(const MaildirMessage&) = delete;

  /// Appends to the file in tmp/, which the first call makes. After an error only destruction may follow.
  FileResult<void> write(std::string_view bytes);

  /// Sync the file, which may take long if it is big. commit() does it where it has not been done; nothing may be
  /// written in between. At least one write() must have succeeded. After an error only destruction may follow.
  FileResult<void> sync();

  /// Sync the file, move it to new/, sync new/. Done: the message survives a crash. An error: it is in neither place,
  /// and only destruction may follow. At least one write() must have succeeded.
  FileResult<void> commit();

  /// The file's name in tmp/ and new/, without a folder.
  const std::string& name() const { return name_; }

 private:
  friend class Maildir;
  MaildirMessage(Maildir& maildir, std::string name) : maildir_(maildir), name_(std::move(name)) {}

  enum class Place { nowhere, tmp, delivered };
  FileSystem::Path in_tmp() const;
  FileSystem::Path in_new() const;
  FileResult<void> move_to_new();
  void withdraw();

  Maildir& maildir_;
  const std::string name_;
  std::unique_ptr<WritableFile> file_;
  Place place_ = Place::nowhere;
};

class Maildir {
 public:
  /// A file in tmp/ that nobody wrote to for so long belongs to a delivery that died (the Maildir page's own figure).
  static constexpr std::chrono::hours stale_after{36};

  /// Makes the folders that are missing (0700, synced up to the first that existed), checks that this user owns them
  /// and can deliver, and removes stale files from tmp/. The error is one line for people. `files` must outlive the
  /// Maildir.
  static Result<std::unique_ptr<Maildir>, std::string> open(FileSystem& files, const FileSystem::Path& path,
                                                            std::chrono::system_clock::time_point now);

  /// No file is made yet. Safe from any thread, as are the messages among each other.
  std::unique_ptr<MaildirMessage> begin(DeliveryId delivery, std::chrono::system_clock::time_point arrived);

  /// commit() of several at once, with a result for each: the disk writes them together, and one sync of new/ serves
  /// all. One at a time, this or a message's own: the kernel tells of a loss in new/ only once, and it must be those
  /// whom it concerns that hear of it.
  std::vector<FileResult<void>> commit(std::span<MaildirMessage* const> messages);

  /// What is free on its file system.
  FileResult<FileSystemSpace> space();

  const FileSystem::Path& path() const { return path_; }

 private:
  friend class MaildirMessage;
  Maildir(FileSystem& files, FileSystem::Path path);
  std::vector<FileResult<void>> sync(std::span<MaildirMessage* const> messages);

  FileSystem& files_;
  const FileSystem::Path path_;
  const FileSystem::Path tmp_;
  const FileSystem::Path new_;
  const std::string host_;
};

}  // namespace sisu::client
