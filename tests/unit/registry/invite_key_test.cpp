#include "relay/registry/invite_key.hpp"

#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

namespace sisu::relay {
namespace {

using sisu::test::read_file;
using sisu::test::write_file;

class InviteKeyTest : public ::testing::Test {
 protected:
  InviteKey load() const { return InviteKey::load_or_make(real_file_system(), file_); }
  sisu::test::ScratchDirectory directory_;
  std::filesystem::path file_ = directory_ / "invite.key";
};

TEST_F(InviteKeyTest, it_is_made_once_and_is_private) {
  const InviteKey made = load();
  EXPECT_EQ(std::filesystem::status(file_).permissions(), std::filesystem::perms(0600));
  EXPECT_EQ(std::filesystem::file_size(file_), 32U);
  const InviteId invite = InviteId::random();
  EXPECT_EQ(load().code_of(invite), made.code_of(invite));
  EXPECT_EQ(load().id(), made.id());
  EXPECT_EQ(made.id().size(), 16U);
}

TEST_F(InviteKeyTest, one_that_others_may_read_is_refused) {
  (void)load();
  std::filesystem::permissions(file_, std::filesystem::perms(0640));
  EXPECT_THROW((void)load(), std::system_error);
}

TEST_F(InviteKeyTest, one_of_another_size_is_refused_and_left_as_it_is) {
  for (const std::size_t size : {0U, 31U, 33U, 100000U}) {
    write_file(file_, std::string(size, 'k'));
    std::filesystem::permissions(file_, std::filesystem::perms(0600));
    EXPECT_THROW((void)load(), std::system_error) << size;
    EXPECT_EQ(read_file(file_), std::string(size, 'k'));
  }
}

TEST_F(InviteKeyTest, other_invites_and_other_keys_give_other_codes_and_hashes) {
  const InviteKey key = InviteKey::random();
  const InviteKey other = InviteKey::random();
  const InviteId invite = InviteId::random();
  EXPECT_NE(key.code_of(invite), key.code_of(InviteId::random()));
  EXPECT_NE(key.code_of(invite), other.code_of(invite));
  EXPECT_NE(key.hash_of(key.code_of(invite)), other.hash_of(key.code_of(invite)));
  EXPECT_NE(key.id(), other.id());
}

TEST_F(InviteKeyTest, a_code_reads_back_as_written_and_as_typed) {
  const InviteCode code = InviteKey::random().code_of(InviteId::random());
  EXPECT_EQ(code.to_text().size(), 29U);
  EXPECT_EQ(InviteCode::parse(code.to_text()), code);
  EXPECT_EQ(InviteCode::parse("OoIl-0000-0000-0000-0000-0000"), InviteCode::parse("001100000000000000000000"));
}

TEST_F(InviteKeyTest, other_texts_are_no_code) {
  for (const std::string_view text :
       {"", "----", "00000000000000000000000", "0000000000000000000000000", "uuuuuuuuuuuuuuuuuuuuuuuu",
        "                        ", " 000000000000000000000000", "000000000000000000000000\n",
        "0000_0000_0000_0000_0000_0000", "00000000000000000000000\xC3\xA9"})
    EXPECT_FALSE(InviteCode::parse(text)) << text;
  EXPECT_FALSE(InviteCode::parse(std::string(24, '\0')));
}

}  // namespace
}  // namespace sisu::relay
