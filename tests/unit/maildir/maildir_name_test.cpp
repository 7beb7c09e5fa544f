#include "client/maildir/maildir_name.hpp"

#include <gtest/gtest.h>

namespace sisu::client {
namespace {

const DeliveryId some_delivery(Uuid::parse("6f1c0b9a-0d3e-4b5a-9c1d-0123456789ab").value());

TEST(MaildirName, is_seconds_then_microseconds_and_the_delivery_id_then_the_host) {
  const std::chrono::system_clock::time_point arrived{std::chrono::microseconds(1'700'000'000'012'345)};
  EXPECT_EQ(maildir_name(arrived, some_delivery, "box"), "1700000000.M012345R6f1c0b9a-0d3e-4b5a-9c1d-0123456789ab.box");
}

TEST(MaildirName, is_as_long_as_the_header_says_at_most) {
  const auto host = maildir_host(std::string(255, 'h'));
  EXPECT_EQ(host.size(), 64U);
  EXPECT_LE(maildir_name(std::chrono::system_clock::now(), some_delivery, host).size(), 150U);
}

TEST(MaildirHost, an_ordinary_name_stands_for_itself) {
  EXPECT_EQ(maildir_host("box.example.org"), "box.example.org");
  EXPECT_EQ(maildir_host("b\xc3\xb6x"), "b\\303\\266x");
}

TEST(MaildirHost, slash_and_colon_are_written_in_octal) { EXPECT_EQ(maildir_host("a/b:c"), "a\\057b\\072c"); }

TEST(MaildirHost, nothing_in_it_can_hide_a_file_or_leave_the_folder) {
  EXPECT_EQ(maildir_host("../../etc"), "\\056.\\057..\\057etc");
  EXPECT_EQ(maildir_host("a b\n\\"), "a\\040b\\012\\134");
  EXPECT_EQ(maildir_host(""), "localhost");
}

TEST(MaildirHost, an_octal_form_is_never_cut_in_two) {
  const auto host = maildir_host(std::string(62, 'h') + "/x");
  EXPECT_EQ(host, std::string(62, 'h'));
}

TEST(MaildirHost, this_machine_has_one) {
  EXPECT_FALSE(this_maildir_host().empty());
  EXPECT_EQ(this_maildir_host().find('/'), std::string::npos);
}

}  // namespace
}  // namespace sisu::client
