#include "relay/naming/providers/zone_file/zone_file_provider.hpp"

#include "tests/support/scratch_directory.hpp"
#include "tests/unit/naming/reconciler/fakes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <sys/stat.h>
#include <unistd.h>

namespace sisu::relay::naming {
namespace {

using Kind = ProviderError::Kind;

const std::string start = "example.org. 60 IN SOA a. b. 1 1 1 1 1\nexample.org. 60 IN NS a.\n";
const auto mx = records({"u.example.org. 3600 MX 10 u.v6.example.org."});
const auto address = records({"u.v6.example.org. 300 AAAA 2001:db8::1"});

class ZoneFileTest : public testing::Test {
 protected:
  ZoneFileTest() { test::write_file(file, start); }

  ZoneFileProvider provider() { return ZoneFileProvider(options); }
  std::string text() const { return test::read_file(file); }
  /// A program that writes a line each time it runs.
  void reload_with(const std::string& script) {
    test::write_file(scratch / "reload", "#!/bin/sh\n" + script);
    ::chmod((scratch / "reload").c_str(), 0700);
    options.reload = {scratch / "reload", scratch / "reloads"};
  }
  std::size_t reloads() const {
    const auto said = std::filesystem::exists(scratch / "reloads") ? test::read_file(scratch / "reloads") : "";
    return static_cast<std::size_t>(std::ranges::count(said, '\n'));
  }

  test::ScratchDirectory scratch;
  std::filesystem::path file = scratch / "zone";
  ZoneFileOptions options{.zone = name("example.org."), .file = file};
};

TEST_F(ZoneFileTest, a_change_is_in_the_file_and_read_back) {
  auto first = provider();
  ASSERT_TRUE(first.apply({.remove = {}, .add = mx}));
  EXPECT_EQ(first.read_all().value(), mx);
  EXPECT_EQ(provider().read_all().value(), mx);
  ASSERT_TRUE(first.apply({.remove = mx, .add = address}));
  EXPECT_EQ(provider().read_all().value(), address);
  const std::vector<RecordName> names{name("u.example.org."), name("example.org.")};
  EXPECT_TRUE(first.read(names).value().empty());
  EXPECT_EQ(first.read(std::vector{name("u.v6.example.org.")}).value(), address);
}

TEST_F(ZoneFileTest, what_somebody_adds_is_kept) {
  auto first = provider();
  ASSERT_TRUE(first.apply({.remove = {}, .add = mx}));
  test::write_file(file, text() + "www.example.org. 60 IN A 192.0.2.80\n");
  ASSERT_TRUE(first.apply({.remove = mx, .add = address}));
  auto expected = address;
  expected.insert(record("www.example.org. 60 A 192.0.2.80"));
  EXPECT_EQ(provider().read_all().value(), expected);
}

TEST_F(ZoneFileTest, several_changes_are_one_writing_and_one_reload) {
  reload_with("echo x >> $1\n");
  auto first = provider();
  ASSERT_TRUE(first.read_all());
  EXPECT_EQ(reloads(), 1U) << "the last program may have died before it";
  const Change changes[] = {{.remove = {}, .add = mx}, {.remove = {}, .add = address}};
  for (const auto& outcome : first.apply_each(changes)) EXPECT_TRUE(outcome);
  EXPECT_EQ(reloads(), 2U);
  EXPECT_NE(text().find("SOA a. b. 2 "), std::string::npos);
}

TEST_F(ZoneFileTest, one_change_that_cannot_be_does_not_hold_up_the_others) {
  test::write_file(file, start + "u.example.org. 60 IN CNAME www.example.net.\n");
  auto first = provider();
  const Change changes[] = {{.remove = {}, .add = mx}, {.remove = {}, .add = address}};
  const auto outcomes = first.apply_each(changes);
  EXPECT_EQ(outcomes[0].error().kind, Kind::invalid);
  EXPECT_TRUE(outcomes[1]);
  EXPECT_EQ(provider().read_all().value(), address);
}

TEST_F(ZoneFileTest, a_reload_that_fails_is_told_and_tried_again) {
  reload_with("test -e $1 && echo x >> $1\n");
  auto first = provider();
  const auto failed = first.apply({.remove = {}, .add = mx});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, Kind::unreachable);
  EXPECT_NE(failed.error().what.find("written, but not loaded: "), std::string::npos);
  EXPECT_FALSE(first.read_all());
  test::write_file(scratch / "reloads", "");
  EXPECT_EQ(first.read_all().value(), mx);
  EXPECT_EQ(reloads(), 1U);
  EXPECT_TRUE(first.read_all());
  EXPECT_EQ(reloads(), 1U);
}

TEST_F(ZoneFileTest, a_reload_that_hangs_is_killed) {
  reload_with("exec sleep 1000\n");
  options.reload_limit = std::chrono::milliseconds(30);
  const auto failed = provider().read_all();
  EXPECT_NE(failed.error().what.find("killed"), std::string::npos);
  options.reload = {"/no/such/program"};
  EXPECT_NE(provider().read_all().error().what.find("No such file"), std::string::npos);
}

TEST_F(ZoneFileTest, the_words_of_a_reload_are_for_no_shell) {
  options.reload = {"/bin/touch", scratch / "$(id) ; x"};
  ASSERT_TRUE(provider().read_all());
  EXPECT_TRUE(std::filesystem::exists(scratch / "$(id) ; x"));
}

TEST_F(ZoneFileTest, a_file_that_is_missing_is_made_if_its_name_servers_are_known) {
  std::filesystem::remove(file);
  EXPECT_EQ(provider().read_all().error().kind, Kind::refused);
  options.name_servers = {name("ns.example.net.")};
  auto first = provider();
  EXPECT_TRUE(first.read_all().value().empty());
  EXPECT_FALSE(std::filesystem::exists(file)) << "reading changes nothing";
  ASSERT_TRUE(first.apply({.remove = {}, .add = mx}));
  EXPECT_EQ(provider().read_all().value(), mx);
}

TEST_F(ZoneFileTest, a_file_that_cannot_be_read_says_why) {
  test::write_file(file, start + "nonsense\n");
  const auto failed = provider().read_all();
  EXPECT_EQ(failed.error().kind, Kind::refused);
  EXPECT_EQ(failed.error().what.substr(0, file.string().size() + 7), file.string() + ": line ");
  EXPECT_EQ(provider().apply({.remove = {}, .add = mx}).error().kind, Kind::refused);
}

TEST_F(ZoneFileTest, what_a_crash_left_beside_it_is_removed) {
  const auto left = scratch / ".zone.5f0c6a4e-0000-4000-8000-000000000000.tmp", other = scratch / ".zone2.tmp";
  test::write_file(left, "half a zone");
  test::write_file(other, "somebody else's");
  EXPECT_TRUE(provider().read_all());
  EXPECT_FALSE(std::filesystem::exists(left));
  EXPECT_TRUE(std::filesystem::exists(other));
}

TEST_F(ZoneFileTest, its_mode_stays) {
  ::chmod(file.c_str(), 0640);
  ASSERT_TRUE(provider().apply({.remove = {}, .add = mx}));
  struct stat info {};
  ::stat(file.c_str(), &info);
  EXPECT_EQ(info.st_mode & 0777U, 0640U);
}

TEST_F(ZoneFileTest, the_configuration_says_whether_it_is_signed) {
  EXPECT_FALSE(provider().is_signed().value());
  options.is_signed = true;
  EXPECT_TRUE(provider().is_signed().value());
  EXPECT_EQ(provider().describe(), "zone_file " + file.string());
}

}  // namespace
}  // namespace sisu::relay::naming
