// The SMTP engine and the label filter alone: octets per second and messages per second, without any I/O.
//   build/release/tests/bench/bench_smtp_engine
#include "common/mail/header_filter.hpp"
#include "common/smtp/dot_stuffer.hpp"
#include "common/smtp/server_engine.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>

namespace sisu::smtp {
namespace {

constexpr std::size_t read_octets = 64 * 1024;  // what a session reads at a time

/// Lines of `line` octets with their CRLF, `size` octets in all, below a small header.
std::string message_of(std::size_t size, std::size_t line) {
  std::string text = "From: a@b.example\r\nSubject: benchmark\r\n\r\n";
  while (text.size() < size) text += std::string(line - 2, 'x') + "\r\n";
  return text;
}

std::string dialogue_of(const std::string& message) {
  std::string bytes = "MAIL FROM:<a@b.example> SIZE=1000\r\nRCPT TO:<c@d.example>\r\nDATA\r\n";
  DotStuffer stuffer;
  stuffer.encode(message, bytes);
  stuffer.finish(bytes);
  return bytes;
}

/// Accepts everything; the octets that came through.
std::size_t feed(ServerEngine& engine, std::string_view bytes) {
  std::size_t octets = 0;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(read_octets, bytes.size()))) {
    engine.receive(bytes.substr(0, read_octets));
    while (true) {
      const auto event = engine.next_event();
      if (std::holds_alternative<NeedInput>(event)) break;
      if (const auto* piece = std::get_if<MessageBytes>(&event)) {
        octets += piece->bytes.size();
      } else if (std::holds_alternative<MessageEnded>(event)) {
        engine.complete({250, "2.0.0", "stored"});
      } else {
        engine.accept();
      }
    }
    engine.output_sent();
  }
  return octets;
}

void messages(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  const auto bytes = dialogue_of(message_of(size, static_cast<std::size_t>(state.range(1))));
  ServerLimits limits;
  limits.messages = ~0U;
  ServerEngine engine({"mail.example", StartTls::offered}, limits);
  feed(engine, "EHLO mx.example\r\n");
  std::size_t octets = 0;
  for (auto _ : state) octets += feed(engine, bytes);
  state.SetBytesProcessed(static_cast<std::int64_t>(octets));
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}
BENCHMARK(messages)
    ->ArgNames({"octets", "line"})
    ->Args({4096, 78})
    ->Args({1 << 20, 78})
    ->Args({40 << 20, 78})
    ->Args({1 << 20, 998})
    ->Args({1 << 20, 3});

void label_filter(benchmark::State& state) {
  const auto text = message_of(static_cast<std::size_t>(state.range(0)), 78);
  for (auto _ : state) {
    mail::HeaderFilter filter;
    benchmark::DoNotOptimize(filter.feed(text));
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(text.size()) * static_cast<std::int64_t>(state.iterations()));
}
BENCHMARK(label_filter)->ArgName("octets")->Arg(4096)->Arg(1 << 20);

}  // namespace
}  // namespace sisu::smtp

BENCHMARK_MAIN();
