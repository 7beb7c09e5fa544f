#include "common/keys/key_ring.hpp"

#include "common/base/durable_file.hpp"
#include "tests/support/memory_file_system.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace sisu::keys {
namespace {

using test::Call;
using test::MemoryFileSystem;
using Kind = RollStep::Kind;

class Ring : public testing::Test {
 protected:
  Ring() { EXPECT_TRUE(files_.make_directory("/state", 0700)); }

  KeyRing open() {
    auto ring = KeyRing::open(files_, "/state");
    EXPECT_TRUE(ring) << (ring ? "" : ring.error().what);
    return std::move(*ring);
  }
  std::string refusal() {
    const auto ring = KeyRing::open(files_, "/state");
    return ring ? "" : ring.error().what;
  }
  void put(const char* name, const std::string& bytes, mode_t mode = 0600) {
    ASSERT_TRUE(write_durable_file(files_, FileSystem::Path("/state") / name, bytes, mode));
  }

  MemoryFileSystem files_;
};

TEST_F(Ring, two_keys_are_made_at_the_first_start_and_kept) {
  const RingState first = open().state();
  EXPECT_TRUE(is_digest(first.current));
  ASSERT_TRUE(first.next);
  EXPECT_NE(first.current, *first.next);
  const KeyRing again = open();
  EXPECT_EQ(again.state(), first);
  EXPECT_FALSE(again.current_is_new());
  EXPECT_EQ(files_.status("/state/tls-key.pem")->permissions, 0600U);
  EXPECT_EQ(files_.status("/state/tls-key-next.pem")->permissions, 0600U);
}

TEST_F(Ring, the_key_of_a_version_that_had_one_only_is_the_current_one) {
  const auto old = tls::PrivateKey::generate_p256();
  put("tls-key.pem", old.to_pem());
  const KeyRing ring = open();
  EXPECT_EQ(ring.state().current, old.spki_sha256());
  EXPECT_FALSE(ring.current_is_new());
  EXPECT_TRUE(ring.next());
}

TEST_F(Ring, a_wish_is_on_disk_and_harms_nobody_twice) {
  KeyRing ring = open();
  ASSERT_TRUE(ring.wish_roll());
  ASSERT_TRUE(ring.wish_roll());
  EXPECT_EQ(ring.state().roll_away_from, ring.state().current);
  EXPECT_EQ(open().state(), ring.state());
}

TEST_F(Ring, the_steps_of_a_roll_put_the_next_key_in_the_place_of_the_current_one) {
  KeyRing ring = open();
  const RingState before = ring.state();
  ASSERT_TRUE(ring.wish_roll());
  ASSERT_TRUE(ring.carry_out(Kind::note_former));
  EXPECT_EQ(ring.state().former, before.current);
  ASSERT_TRUE(ring.carry_out(Kind::switch_over));
  EXPECT_EQ(ring.state().current, *before.next);
  EXPECT_EQ(ring.current().spki_sha256(), *before.next);
  EXPECT_FALSE(ring.next());
  ASSERT_TRUE(ring.carry_out(Kind::make_next));
  ASSERT_TRUE(ring.carry_out(Kind::end_wish));
  ASSERT_TRUE(ring.carry_out(Kind::forget_former));
  EXPECT_EQ(open().state(), ring.state());
  EXPECT_EQ(ring.state().former, std::nullopt);
  EXPECT_EQ(ring.state().roll_away_from, std::nullopt);
  EXPECT_NE(*ring.state().next, before.current);
}

TEST_F(Ring, reading_a_ring_changes_nothing) {
  EXPECT_FALSE(read_ring(files_, "/state"));
  const RingState state = open().state();
  const auto changes = files_.changes().size();
  const auto read = read_ring(files_, "/state");
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, state);
  EXPECT_EQ(files_.changes().size(), changes);
}

TEST_F(Ring, a_private_key_that_was_being_written_is_removed) {
  put(".tls-key-next.pem.4f.tmp", "half");
  put("other.tmp", "not ours");
  open();
  EXPECT_FALSE(files_.status("/state/.tls-key-next.pem.4f.tmp"));
  EXPECT_TRUE(files_.status("/state/other.tmp"));
}

TEST_F(Ring, two_names_for_one_key_are_mended) {
  const auto key = tls::PrivateKey::generate_p256();
  put("tls-key.pem", key.to_pem());
  put("tls-key-next.pem", key.to_pem());
  const KeyRing ring = open();
  EXPECT_EQ(ring.state().current, key.spki_sha256());
  EXPECT_NE(*ring.state().next, key.spki_sha256());
}

TEST_F(Ring, a_key_that_others_may_read_is_refused) {
  open();
  files_.disk().status_of("/state/tls-key-next.pem").permissions = 0640;
  EXPECT_NE(refusal().find("chmod 600"), std::string::npos);
}

TEST_F(Ring, a_file_that_is_no_key_is_refused_and_kept) {
  put("tls-key.pem", "-----BEGIN NONSENSE-----\n");
  EXPECT_NE(refusal().find("/state/tls-key.pem"), std::string::npos);
  EXPECT_EQ(*files_.read("/state/tls-key.pem", 100), "-----BEGIN NONSENSE-----\n");
}

TEST_F(Ring, notes_that_hold_no_digest_are_refused_by_name) {
  open();
  for (const char* name : {"tls-key-former", "tls-key-roll"}) {
    for (const std::string& text : {std::string(), std::string("yes\n"), std::string(200, 'a')}) {
      put(name, text);
      EXPECT_NE(refusal().find(name), std::string::npos);
    }
    ASSERT_TRUE(files_.unlink(FileSystem::Path("/state") / name));
  }
  put("tls-key-roll", std::string(300, 'a'));
  EXPECT_NE(refusal().find("tls-key-roll"), std::string::npos) << "longer than any note";
}

TEST_F(Ring, a_step_that_fails_says_where_and_leaves_the_ring_as_it_was) {
  KeyRing ring = open();
  ASSERT_TRUE(ring.wish_roll());
  const RingState before = ring.state();
  files_.fail_call(Call::sync_file, 1, ENOSPC);
  const auto noted = ring.carry_out(Kind::note_former);
  ASSERT_FALSE(noted);
  EXPECT_NE(noted.error().what.find("/state/tls-key-former"), std::string::npos);
  EXPECT_EQ(ring.state(), before);
  files_.fail_call(Call::replace, 1, EIO);
  EXPECT_FALSE(ring.carry_out(Kind::switch_over));
  EXPECT_EQ(ring.state(), before);
  EXPECT_EQ(open().state(), before);
}

TEST_F(Ring, a_directory_that_takes_no_files_is_an_error_of_one_line) {
  files_.fail_all(Call::create, EROFS);
  EXPECT_NE(refusal().find("cannot write the private key"), std::string::npos);
}

}  // namespace
}  // namespace sisu::keys
