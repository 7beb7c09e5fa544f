// A provider before FakeHetzner, and short words for records.
#pragma once

#include "relay/naming/providers/hetzner/hetzner_provider.hpp"
#include "tests/support/scratch_directory.hpp"
#include "tests/unit/naming/fake_hetzner.hpp"

#include <gtest/gtest.h>

namespace sisu::relay::naming::hetzner {
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::http_answer;
using Kind = ProviderError::Kind;

inline const std::string spki(64, 'a');
inline const std::string next_spki(64, 'b');

inline Record record(const std::string& name, RecordType type, const std::string& value, unsigned ttl = 300) {
  return *Record::parse(*RecordName::parse(name), type, value, Ttl(ttl));
}

inline Record txt(const std::string& name, const std::string& text, unsigned ttl = 60) {
  return record(name, RecordType::txt, '"' + text + '"', ttl);
}

inline Change adding(RecordSet records) { return {.remove = {}, .add = std::move(records)}; }
inline Change removing(RecordSet records) { return {.remove = std::move(records), .add = {}}; }

inline std::vector<std::string> lines(const RecordSet& records) {
  std::vector<std::string> result;
  for (const auto& each : records) result.push_back(each.to_string());
  return result;
}

class HetznerTest : public testing::Test {
 protected:
  HetznerTest() {
    test::write_file(token_file, "secret-token\n");
    std::filesystem::permissions(token_file, std::filesystem::perms(0640));
    use(options());
  }

  Options options() const {
    Options result{
        .zone = *RecordName::parse("example.org."), .token_file = token_file, .endpoint = hetzner.endpoint()};
    result.allow_http = true;
    result.retry_pause = milliseconds(1);
    result.action_interval = milliseconds(1);
    return result;
  }
  void use(const Options& chosen) { provider = std::make_unique<HetznerProvider>(chosen); }

  std::vector<std::string> read(const std::vector<std::string>& names) {
    std::vector<RecordName> parsed;
    for (const auto& name : names) parsed.push_back(*RecordName::parse(name));
    const auto records = provider->read(parsed);
    EXPECT_TRUE(records) << records.error().what;
    return records ? lines(*records) : std::vector<std::string>();
  }
  ProviderError error_of(const Change& change) {
    const auto done = provider->apply(change);
    EXPECT_FALSE(done);
    return done ? ProviderError{} : done.error();
  }
  /// What reading says after this answer to its first call.
  ProviderError error_after(std::optional<std::string> answer, int times = 1) {
    for (int count = 0; count < times; ++count) hetzner.answers.push_back(answer);
    const auto records = provider->read_all();
    EXPECT_FALSE(records);
    hetzner.answers.clear();
    return records ? ProviderError{} : records.error();
  }

  test::ScratchDirectory scratch;
  std::filesystem::path token_file = scratch / "token";
  test::FakeHetzner hetzner{"example.org", "secret-token"};
  std::unique_ptr<HetznerProvider> provider;
};

}  // namespace sisu::relay::naming::hetzner
