// Hetzner's answers: no crash, values in one form, and what is there already needs no step.
#include "relay/naming/providers/hetzner/messages.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace sisu;
using namespace relay::naming;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  static const RecordName zone = RecordName::parse("example.org.").value();
  (void)hetzner::parse_zone(text);
  (void)hetzner::parse_action(text);
  const auto error = hetzner::parse_error(text);
  fuzz::require(!error.code.empty() && error.message.size() <= hetzner::longest_error_text);

  const auto page = hetzner::parse_page(text, zone);
  if (!page) return 0;
  const RecordSet records = hetzner::to_records(page->rrsets, Ttl(300));
  for (const auto& record : records) fuzz::require(record.name.is_within(zone));
  for (const auto& step : hetzner::steps_to(page->rrsets, {.remove = {}, .add = records})) {
    fuzz::require(step.kind == hetzner::Step::Kind::change_ttl);  // from the zone's own to the same, said aloud
  }
  for (const auto& step : hetzner::steps_to(page->rrsets, {.remove = records, .add = {}})) {
    fuzz::require(step.kind == hetzner::Step::Kind::remove && !hetzner::to_request(step, zone).body.empty());
  }
  return 0;
}
