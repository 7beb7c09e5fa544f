#include "tests/unit/naming/hetzner_fixture.hpp"

namespace sisu::relay::naming::hetzner {
namespace {

TEST_F(HetznerTest, names_are_relative_to_the_zone_and_values_canonical) {
  hetzner.sets = {{{"@", "TXT"}, {3600, {"\"v=spf1 -all\""}}},
                  {{"niklas", "MX"}, {3600, {"10 Niklas.v6.example.org."}}},
                  {{"_25._tcp.niklas.v6", "TLSA"}, {300, {"3 1 1 " + std::string(64, 'A')}}},
                  {{"niklas.v6", "CAA"}, {300, {"0 issue \"ca.example; accounturi=https://ca.example/1\""}}}};
  EXPECT_EQ(read({"example.org.", "niklas.example.org.", "niklas.v6.example.org.", "_25._tcp.niklas.v6.example.org."}),
            (std::vector<std::string>{
                "_25._tcp.niklas.v6.example.org. 300 TLSA 3 1 1 " + spki,
                "example.org. 3600 TXT \"v=spf1 -all\"",
                "niklas.example.org. 3600 MX 10 niklas.v6.example.org.",
                "niklas.v6.example.org. 300 CAA 0 issue \"ca.example; accounturi=https://ca.example/1\"",
            }));
}

TEST_F(HetznerTest, a_set_without_a_ttl_has_the_zones) {
  hetzner.default_ttl = 10'800;
  hetzner.sets = {{{"u", "A"}, {std::nullopt, {"192.0.2.1"}}}};
  EXPECT_EQ(read({"u.example.org."}), std::vector<std::string>{"u.example.org. 10800 A 192.0.2.1"});
}

TEST_F(HetznerTest, what_is_none_of_ours_is_left_out) {
  hetzner.sets = {{{"@", "SOA"}, {3600, {"a. b. 1 2 3 4 5"}}},
                  {{"@", "NS"}, {3600, {"hydrogen.ns.hetzner.com."}}},
                  {{"*", "A"}, {300, {"192.0.2.1"}}},
                  {{"elsewhere.example.", "A"}, {300, {"192.0.2.1"}}},
                  {{"u", "A"}, {300, {"192.0.2.1"}}},
                  {{"u", "MX"}, {300, {"10 relative"}}},
                  {{"u", "TXT"}, {300, {"\"" + std::string(300, 'x') + "\""}}}};
  const auto records = provider->read_all();
  ASSERT_TRUE(records) << records.error().what;
  EXPECT_EQ(lines(*records), std::vector<std::string>{"u.example.org. 300 A 192.0.2.1"});
}

TEST_F(HetznerTest, an_endpoint_may_end_with_a_slash) {
  auto slashed = options();
  slashed.endpoint += "/";
  use(slashed);
  EXPECT_TRUE(provider->read_all());
  EXPECT_EQ(hetzner.calls().front(), "GET /v1/zones/example.org");
}

TEST_F(HetznerTest, all_pages_are_read) {
  for (int user = 100; user < 130; ++user) hetzner.sets[{"u" + std::to_string(user), "A"}] = {300, {"192.0.2.1"}};
  hetzner.largest_page = 7;
  const auto records = provider->read_all();
  ASSERT_TRUE(records) << records.error().what;
  EXPECT_EQ(records->size(), 30U);
  EXPECT_EQ(hetzner.calls().size(), 1U + 5U);
}

TEST_F(HetznerTest, a_user_is_added_addresses_first_and_mail_exchangers_last) {
  const Change change = adding({record("u.example.org.", RecordType::mx, "10 u.v6.example.org.", 3600),
                                record("u.v6.example.org.", RecordType::aaaa, "2001:db8::1"),
                                txt("u.example.org.", "v=spf1 -all", 3600)});
  const auto done = provider->apply(change);
  ASSERT_TRUE(done) << done.error().what;
  EXPECT_EQ(
      read({"u.example.org.", "u.v6.example.org."}),
      (std::vector<std::string>{"u.example.org. 3600 MX 10 u.v6.example.org.",
                                "u.example.org. 3600 TXT \"v=spf1 -all\"", "u.v6.example.org. 300 AAAA 2001:db8::1"}));
  std::vector<std::string> types;
  for (const auto& request : hetzner.requests()) {
    if (request.method != "POST") continue;
    const auto at = request.body.find("\"type\":\"") + 8;
    types.push_back(request.body.substr(at, request.body.find('"', at) - at));
  }
  EXPECT_EQ(types, (std::vector<std::string>{"AAAA", "TXT", "MX"}));
}

TEST_F(HetznerTest, what_is_done_already_is_not_done_again) {
  const Change change = adding({txt("u.example.org.", "one")});
  ASSERT_TRUE(provider->apply(change));
  ASSERT_TRUE(provider->apply(change));
  EXPECT_EQ(hetzner.writes().size(), 1U);
  ASSERT_TRUE(provider->apply(removing({txt("u.example.org.", "other"), txt("nobody.example.org.", "one")})));
  EXPECT_EQ(hetzner.writes().size(), 1U);
}

TEST_F(HetznerTest, foreign_values_of_a_shared_set_stay) {
  hetzner.sets = {{{"u", "TXT"}, {60, {"\"google-site-verification=1\"", "\"old\""}}}};
  Change change = adding({txt("u.example.org.", "new")});
  change.remove = {txt("u.example.org.", "old")};
  ASSERT_TRUE(provider->apply(change));
  EXPECT_EQ(read({"u.example.org."}), (std::vector<std::string>{"u.example.org. 60 TXT \"google-site-verification=1\"",
                                                                "u.example.org. 60 TXT \"new\""}));
  EXPECT_EQ(hetzner.writes(),
            (std::vector<std::string>{"POST /v1/zones/example.org/rrsets/u/TXT/actions/add_records",
                                      "POST /v1/zones/example.org/rrsets/u/TXT/actions/remove_records"}));
}

TEST_F(HetznerTest, a_value_of_somebody_else_between_reading_and_writing_stays) {
  hetzner.sets = {{{"u", "TXT"}, {60, {"\"foreign\""}}}};
  hetzner.before_write = [](test::FakeHetzner& server) {
    auto& values = server.sets[{"u", "TXT"}].values;
    if (values.size() == 1) values.push_back("\"foreign too\"");
  };
  ASSERT_TRUE(provider->apply(adding({txt("u.example.org.", "ours")})));
  EXPECT_EQ(read({"u.example.org."}).size(), 3U);
}

TEST_F(HetznerTest, a_value_that_somebody_else_adds_first_is_no_error) {
  hetzner.sets = {{{"u", "TXT"}, {60, {"\"foreign\""}}}};
  hetzner.before_write = [](test::FakeHetzner& server) { server.sets[{"u", "TXT"}].values.push_back("\"ours\""); };
  const auto done = provider->apply(adding({txt("u.example.org.", "ours")}));
  EXPECT_TRUE(done) << done.error().what;
}

TEST_F(HetznerTest, a_set_that_somebody_else_makes_first_is_a_conflict) {
  hetzner.before_write = [](test::FakeHetzner& server) { server.sets[{"u", "TXT"}] = {60, {"\"foreign\""}}; };
  EXPECT_EQ(error_of(adding({txt("u.example.org.", "ours")})).kind, Kind::conflict);
  hetzner.before_write = nullptr;
  ASSERT_TRUE(provider->apply(adding({txt("u.example.org.", "ours")}))) << "the second time it is known";
  EXPECT_EQ(read({"u.example.org."}).size(), 2U);
}

TEST_F(HetznerTest, a_set_that_somebody_else_removes_first_is_gone_all_the_same) {
  hetzner.sets = {{{"u", "TXT"}, {60, {"\"ours\""}}}};
  hetzner.before_write = [](test::FakeHetzner& server) { server.sets.clear(); };
  const auto done = provider->apply(removing({txt("u.example.org.", "ours")}));
  EXPECT_TRUE(done) << done.error().what;
}

TEST_F(HetznerTest, a_change_that_somebody_undoes_at_once_is_a_conflict) {
  hetzner.polls_of_an_action = 1;
  int writes = 0;
  hetzner.before_write = [&](test::FakeHetzner& server) {
    if (++writes == 2) server.sets.erase({"a", "TXT"});  // while the second set is written
  };
  const auto error = error_of(adding({txt("a.example.org.", "one"), txt("b.example.org.", "two")}));
  EXPECT_EQ(error.kind, Kind::conflict);
  EXPECT_NE(error.what.find("a.example.org. TXT"), std::string::npos) << error.what;
}

TEST_F(HetznerTest, a_new_key_is_added_before_the_old_one_is_removed) {
  const auto name = "_25._tcp.u.v6.example.org.";
  hetzner.sets = {{{"_25._tcp.u.v6", "TLSA"}, {300, {"3 1 1 " + std::string(64, 'A')}}}};
  Change change = adding({record(name, RecordType::tlsa, "3 1 1 " + next_spki)});
  change.remove = {record(name, RecordType::tlsa, "3 1 1 " + spki)};
  bool was_empty = false;
  hetzner.before_write = [&](test::FakeHetzner& server) {
    was_empty |= !server.sets.contains({"_25._tcp.u.v6", "TLSA"});
  };
  const auto done = provider->apply(change);
  ASSERT_TRUE(done) << done.error().what;
  EXPECT_FALSE(was_empty);
  EXPECT_EQ(hetzner.sets.at({"_25._tcp.u.v6", "TLSA"}).values, std::vector<std::string>{"3 1 1 " + next_spki})
      << "removed in the service's own spelling";
}

TEST_F(HetznerTest, another_ttl_is_changed_for_the_set) {
  hetzner.sets = {{{"u", "TXT"}, {3600, {"\"foreign\""}}}};
  ASSERT_TRUE(provider->apply(adding({txt("u.example.org.", "ours", 60)})));
  EXPECT_EQ(read({"u.example.org."}),
            (std::vector<std::string>{"u.example.org. 60 TXT \"foreign\"", "u.example.org. 60 TXT \"ours\""}));
  ASSERT_TRUE(provider->apply(adding({txt("u.example.org.", "ours", 120)})));
  EXPECT_EQ(hetzner.sets.at({"u", "TXT"}).ttl, 120U);
}

TEST_F(HetznerTest, an_action_is_waited_for) {
  hetzner.polls_of_an_action = 3;
  ASSERT_TRUE(provider->apply(adding({txt("a.example.org.", "one"), txt("b.example.org.", "two")})));
  EXPECT_EQ(hetzner.sets.size(), 2U);
}

TEST_F(HetznerTest, the_zone_is_never_signed) { EXPECT_FALSE(*provider->is_signed()); }

}  // namespace
}  // namespace sisu::relay::naming::hetzner
