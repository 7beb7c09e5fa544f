// Power is lost after every single call. What was told to be stored must be there whole; what lies in new/ must be
// whole.
#include "client/maildir/maildir.hpp"
#include "tests/support/memory_file_system.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace sisu::client {
namespace {

using test::Call;
using test::DiskImage;
using test::MemoryFileSystem;
using test::Survives;

struct Message {
  std::string name;
  std::string text;
  bool accepted = false;
  std::size_t accepted_at = 0;  ///< calls made by then
};

class Story {
 public:
  explicit Story(MemoryFileSystem& files) : files_(files) {
    auto opened = Maildir::open(files, "/data/u/Maildir", std::chrono::system_clock::now());
    EXPECT_TRUE(opened) << opened.error();
    maildir_ = std::move(opened.value());
    opened_at_ = files.step_count();
  }

  void deliver(int blocks) {
    const auto message = maildir_->begin(DeliveryId::random(), std::chrono::system_clock::now());
    Message record{.name = message->name(), .text = {}};
    bool good = true;
    for (int block = 0; block < blocks && good; ++block) {
      const std::string text = "block " + std::to_string(block) + " of " + record.name + "\r\n";
      good = message->write(text).has_value();
      record.text += text;
    }
    record.accepted = good && message->commit();
    record.accepted_at = files_.step_count();
    messages_.push_back(record);
  }

  void deliver_together(int count) {
    std::vector<std::unique_ptr<MaildirMessage>> messages;
    std::vector<MaildirMessage*> batch;
    for (int i = 0; i < count; ++i) {
      messages.push_back(maildir_->begin(DeliveryId::random(), std::chrono::system_clock::now()));
      const std::string& name = messages.back()->name();
      EXPECT_TRUE(messages.back()->write("text of " + name));
      batch.push_back(messages.back().get());
      messages_.push_back({.name = name, .text = "text of " + name});
    }
    const auto results = maildir_->commit(batch);
    for (std::size_t i = 0; i < results.size(); ++i) {
      Message& record = messages_[messages_.size() - results.size() + i];
      record.accepted = results[i].has_value();
      record.accepted_at = files_.step_count();
    }
  }

  void check_all_crashes() const {
    for (std::size_t step = 0; step <= files_.step_count(); ++step) {
      check(files_.after_crash(step, Survives::synced_only), step);
      check(files_.after_crash(step, Survives::names_not_data), step);
      for (unsigned seed = 0; seed < 10; ++seed) check(files_.after_crash(step, Survives::by_chance, seed), step);
    }
  }

 private:
  void check(const DiskImage& disk, std::size_t step) const {
    for (const Message& message : messages_) {
      const auto found = disk.content("/data/u/Maildir/new/" + message.name);
      if (message.accepted && message.accepted_at <= step) {
        ASSERT_TRUE(found) << message.name << " lost by a crash after call " << step;
      }
      if (found) {
        ASSERT_EQ(*found, message.text) << "torn by a crash after call " << step;
      }
    }
    // And the next start takes it as it is.
    MemoryFileSystem next_boot(disk);
    const auto opened = Maildir::open(next_boot, "/data/u/Maildir", std::chrono::system_clock::now());
    ASSERT_TRUE(opened) << opened.error();
  }

  MemoryFileSystem& files_;
  std::unique_ptr<Maildir> maildir_;
  std::size_t opened_at_ = 0;
  std::vector<Message> messages_;
};

TEST(MaildirCrash, after_any_call_accepted_messages_are_whole_and_no_other_is_torn) {
  MemoryFileSystem files;
  Story story(files);
  for (const int blocks : {1, 3, 1, 2}) story.deliver(blocks);
  story.check_all_crashes();
}

TEST(MaildirCrash, also_when_messages_are_stored_together) {
  MemoryFileSystem files;
  Story story(files);
  story.deliver(1);
  story.deliver_together(3);
  story.check_all_crashes();
}

TEST(MaildirCrash, also_where_files_are_moved_by_link_and_unlink) {
  MemoryFileSystem files;
  files.fail_all(Call::rename, EINVAL);
  Story story(files);
  for (const int blocks : {1, 2}) story.deliver(blocks);
  story.check_all_crashes();
}

TEST(MaildirCrash, also_when_a_call_has_failed_before) {
  for (const Call call : {Call::write, Call::sync_file, Call::rename, Call::sync_directory, Call::unlink}) {
    MemoryFileSystem files;
    Story story(files);
    story.deliver(2);
    files.fail_call(call, 1, EIO);
    story.deliver(2);
    story.deliver(1);
    story.check_all_crashes();
  }
}

}  // namespace
}  // namespace sisu::client
