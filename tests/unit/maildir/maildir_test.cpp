#include "client/maildir/maildir.hpp"

#include "tests/support/memory_file_system.hpp"
#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>

namespace sisu::client {
namespace {

using test::Call;
using test::MemoryFileSystem;
using Lines = std::vector<std::string>;

const auto some_time = std::chrono::system_clock::time_point(std::chrono::seconds(1'700'000'000));

std::unique_ptr<Maildir> open_maildir(FileSystem& files, const FileSystem::Path& path = "/m") {
  auto opened = Maildir::open(files, path, std::chrono::system_clock::now());
  EXPECT_TRUE(opened) << opened.error();
  return std::move(opened.value());
}

FileResult<void> deliver(Maildir& maildir, std::string_view text, std::string* name = nullptr) {
  const auto message = maildir.begin(DeliveryId::random(), some_time);
  if (name != nullptr) *name = message->name();
  if (const auto written = message->write(text); !written) return written;
  return message->commit();
}

Lines calls_after(const MemoryFileSystem& files, std::size_t skip, const std::string& name) {
  Lines lines = files.changes();
  lines.erase(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(skip));
  for (std::string& line : lines) {
    if (const auto at = line.find(name); at != std::string::npos) line.replace(at, name.size(), "NAME");
  }
  return lines;
}

TEST(Maildir, file_is_synced_before_it_is_moved_and_the_folder_after) {
  MemoryFileSystem files;
  const auto maildir = open_maildir(files);
  const std::size_t before = files.changes().size();
  std::string name;
  ASSERT_TRUE(deliver(*maildir, "hello\r\n", &name));
  EXPECT_EQ(calls_after(files, before, name), (Lines{"create /m/tmp/NAME", "write /m/tmp/NAME", "sync /m/tmp/NAME",
                                                     "rename /m/new/NAME", "syncdir /m/new"}));
  EXPECT_EQ(files.disk().content("/m/new/" + name).value(), "hello\r\n");
  EXPECT_TRUE(files.disk().list("/m/tmp").value().empty());
}

TEST(Maildir, nothing_is_made_before_the_first_write) {
  MemoryFileSystem files;
  const auto maildir = open_maildir(files);
  const auto before = files.changes();
  { const auto message = maildir->begin(DeliveryId::random(), some_time); }
  EXPECT_EQ(files.changes(), before);
}

TEST(Maildir, a_message_given_up_leaves_nothing) {
  MemoryFileSystem files;
  const auto maildir = open_maildir(files);
  {
    const auto message = maildir->begin(DeliveryId::random(), some_time);
    ASSERT_TRUE(message->write("half of it"));
    EXPECT_EQ(files.disk().list("/m/tmp").value().size(), 1U);
  }
  EXPECT_TRUE(files.disk().list("/m/tmp").value().empty());
  EXPECT_TRUE(files.disk().list("/m/new").value().empty());
}

TEST(Maildir, an_error_at_any_step_leaves_nothing_and_is_reported) {
  for (const Call call : {Call::create, Call::write, Call::sync_file, Call::rename, Call::sync_directory}) {
    for (const int error : {ENOSPC, EIO, EROFS, EMFILE}) {
      MemoryFileSystem files;
      const auto maildir = open_maildir(files);
      files.fail_call(call, 1, error);
      const auto done = deliver(*maildir, "hello\r\n");
      ASSERT_FALSE(done) << test::name_of(call);
      EXPECT_EQ(done.error().value(), error);
      EXPECT_TRUE(files.disk().list("/m/tmp").value().empty()) << test::name_of(call);
      EXPECT_TRUE(files.disk().list("/m/new").value().empty()) << test::name_of(call);
      EXPECT_TRUE(deliver(*maildir, "the next one\r\n")) << "after " << test::name_of(call);
    }
  }
}

TEST(Maildir, an_error_in_a_later_block_leaves_nothing) {
  for (int nth = 1; nth <= 3; ++nth) {
    MemoryFileSystem files;
    const auto maildir = open_maildir(files);
    files.fail_call(Call::write, nth, ENOSPC);
    {
      const auto message = maildir->begin(DeliveryId::random(), some_time);
      for (int block = 1; block < nth; ++block) ASSERT_TRUE(message->write("block"));
      EXPECT_FALSE(message->write("block"));
    }
    EXPECT_TRUE(files.disk().list("/m/tmp").value().empty());
  }
}

TEST(Maildir, a_failed_fsync_is_not_tried_again) {
  MemoryFileSystem files;
  const auto maildir = open_maildir(files);
  files.fail_call(Call::sync_file, 1, EIO);
  const std::size_t before = files.changes().size();
  std::string name;
  ASSERT_FALSE(deliver(*maildir, "hello\r\n", &name));
  EXPECT_EQ(calls_after(files, before, name),
            (Lines{"create /m/tmp/NAME", "write /m/tmp/NAME", "sync /m/tmp/NAME", "unlink /m/tmp/NAME"}));
}

class MaildirBatch : public ::testing::Test {
 protected:
  MaildirBatch() {
    for (int i = 0; i < 3; ++i) {
      messages.push_back(maildir->begin(DeliveryId::random(), some_time));
      EXPECT_TRUE(messages.back()->write("message"));
      batch.push_back(messages.back().get());
    }
  }
  std::vector<bool> commit() {
    std::vector<bool> stored;
    for (const auto& result : maildir->commit(batch)) stored.push_back(result.has_value());
    messages.clear();
    EXPECT_TRUE(files.disk().list("/m/tmp").value().empty());
    return stored;
  }
  std::size_t delivered() { return files.disk().list("/m/new").value().size(); }

  MemoryFileSystem files;
  std::unique_ptr<Maildir> maildir = open_maildir(files);
  std::vector<std::unique_ptr<MaildirMessage>> messages;
  std::vector<MaildirMessage*> batch;
};

TEST_F(MaildirBatch, shares_one_sync_of_the_folder) {
  const std::size_t before = files.changes().size();
  EXPECT_EQ(commit(), std::vector<bool>(3, true));
  const Lines made = files.changes();
  const auto first = made.begin() + static_cast<std::ptrdiff_t>(before);
  EXPECT_EQ(std::count(first, made.end(), std::string(test::name_of(Call::sync_directory)) + " /m/new"), 1);
  EXPECT_EQ(delivered(), 3U);
}

TEST_F(MaildirBatch, one_that_fails_fails_alone) {
  files.fail_call(Call::sync_file, 2, EIO);
  EXPECT_EQ(commit(), (std::vector<bool>{true, false, true}));
  EXPECT_EQ(delivered(), 2U);
}

TEST_F(MaildirBatch, one_that_cannot_be_moved_fails_alone) {
  files.fail_call(Call::rename, 3, EIO);
  EXPECT_EQ(commit(), (std::vector<bool>{true, true, false}));
  EXPECT_EQ(delivered(), 2U);
}

TEST_F(MaildirBatch, one_that_was_synced_before_is_not_synced_again) {
  EXPECT_TRUE(batch[1]->sync());
  files.fail_call(Call::sync_file, 3, EIO);
  EXPECT_EQ(commit(), std::vector<bool>(3, true));
}

TEST_F(MaildirBatch, all_fail_when_the_folder_cannot_be_synced) {
  files.fail_call(Call::sync_directory, 1, EIO);
  EXPECT_EQ(commit(), std::vector<bool>(3, false));
  EXPECT_EQ(delivered(), 0U);
}

// Unlinking can fail as well, on a disk that has become read-only: then the answer must still be the error.
TEST(Maildir, an_error_while_cleaning_up_does_not_hide_the_first) {
  MemoryFileSystem files;
  const auto maildir = open_maildir(files);
  files.fail_call(Call::sync_directory, 1, EIO);
  files.fail_all(Call::unlink, EROFS);
  std::string name;
  EXPECT_EQ(deliver(*maildir, "hello\r\n", &name).error().value(), EIO);
  EXPECT_EQ(files.disk().content("/m/new/" + name).value(), "hello\r\n") << "whole, if it cannot be removed";
}

TEST(Maildir, a_file_of_that_name_is_neither_replaced_nor_removed) {
  for (const std::string folder : {"/m/tmp/", "/m/new/"}) {
    MemoryFileSystem files;
    const auto maildir = open_maildir(files);
    const auto message = maildir->begin(DeliveryId::random(), some_time);
    const auto other = folder + message->name();
    ASSERT_TRUE((*files.create(other, 0600))->write("someone else's"));
    const auto written = message->write("mine");
    const auto done = written ? message->commit() : written;
    ASSERT_FALSE(done) << folder;
    EXPECT_EQ(done.error(), std::errc::file_exists);
    EXPECT_EQ(files.disk().content(other).value(), "someone else's");
  }
}

TEST(Maildir, works_where_rename_cannot_refuse_to_replace) {
  MemoryFileSystem files;
  files.fail_all(Call::rename, EINVAL);
  const auto maildir = open_maildir(files);
  std::string name;
  ASSERT_TRUE(deliver(*maildir, "hello\r\n", &name));
  EXPECT_EQ(files.disk().content("/m/new/" + name).value(), "hello\r\n");
  EXPECT_TRUE(files.disk().list("/m/tmp").value().empty());
}

TEST(Maildir, on_a_real_disk_files_are_0600_and_folders_0700) {
  const test::ScratchDirectory scratch;
  FileSystem& files = real_file_system();
  const auto maildir = open_maildir(files, scratch / "a/b/Maildir");
  std::string name;
  ASSERT_TRUE(deliver(*maildir, "hello\r\n", &name));
  EXPECT_EQ(files.read(scratch / "a/b/Maildir/new" / name, 100).value(), "hello\r\n");
  EXPECT_EQ(files.status(scratch / "a/b/Maildir/new" / name).value().permissions, 0600U);
  for (const char* folder : {"a", "a/b/Maildir", "a/b/Maildir/tmp", "a/b/Maildir/new", "a/b/Maildir/cur"})
    EXPECT_EQ(files.status(scratch / folder).value().permissions, 0700U) << folder;
}

}  // namespace
}  // namespace sisu::client
