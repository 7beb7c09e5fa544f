#include "client/maildir/storage_reply.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace sisu::client {
namespace {

smtp::Reply reply_to(int error) { return storage_reply({error, std::system_category()}); }

TEST(StorageReply, no_space_and_no_quota_are_452_4_3_1) {
  for (const int error : {ENOSPC, EDQUOT}) {
    EXPECT_EQ(reply_to(error).code, 452);
    EXPECT_EQ(reply_to(error).enhanced, "4.3.1");
  }
  EXPECT_EQ(storage_reply(std::make_error_code(std::errc::no_space_on_device)).code, 452);
}

TEST(StorageReply, everything_else_is_451_4_3_0_and_never_permanent) {
  for (const int error : {EIO, EROFS, EMFILE, ENFILE, EACCES, EEXIST, ENOENT, EFBIG, ENOMEM}) {
    EXPECT_EQ(reply_to(error).code, 451) << error;
    EXPECT_EQ(reply_to(error).enhanced, "4.3.0") << error;
  }
}

TEST(StorageReply, the_text_gives_the_systems_reason) {
  EXPECT_EQ(reply_to(EROFS).text,
            "cannot store the message on the recipient's disk (Read-only file system); try again later");
}

}  // namespace
}  // namespace sisu::client
