// Making and opening age files in memory: what a file costs before its first octet, and octets per second behind it.
//   build/release/tests/bench/bench_age_engine
#include "common/age/decryptor.hpp"
#include "common/age/encryptor.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>
#include <vector>

namespace sisu::age {
namespace {

constexpr std::size_t piece_octets = 64 * 1024;  // what a session gives at a time, about

Secret<32> seed() { return {}; }

/// The public key of the seed of zeros (RFC 8032 5.1.5).
constexpr Ed25519PublicKey key{0x3b, 0x6a, 0x27, 0xbc, 0xce, 0xb6, 0xa4, 0x2d, 0x62, 0xa3, 0xa8,
                               0xd0, 0x2a, 0x6f, 0x0d, 0x73, 0x65, 0x32, 0x15, 0x77, 0x1d, 0xe2,
                               0x43, 0xa6, 0x3a, 0xc0, 0x48, 0xa1, 0x8b, 0x59, 0xda, 0x29};

std::string encrypted(const std::string& plain, const std::vector<Recipient>& recipients) {
  Encryptor encryptor = Encryptor::create(recipients).value();
  std::string file(encryptor.begin());
  file.reserve(encryptor.file_size(plain.size()));
  for (std::size_t at = 0; at < plain.size(); at += piece_octets) {
    std::string_view piece = std::string_view(plain).substr(at, piece_octets);
    while (!piece.empty()) file += encryptor.next(piece);
  }
  file += encryptor.finish();
  return file;
}

std::vector<Recipient> recipients() { return {SshEd25519Recipient::from_key(key).value()}; }

void parse_a_recipient(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(SshEd25519Recipient::from_key(key));
}

void encrypt(benchmark::State& state) {
  const std::string plain(static_cast<std::size_t>(state.range(0)), 'x');
  const auto to = recipients();
  for (auto _ : state) {
    Encryptor encryptor = Encryptor::create(to).value();
    std::size_t octets = encryptor.begin().size();
    for (std::size_t at = 0; at < plain.size(); at += piece_octets) {
      std::string_view piece = std::string_view(plain).substr(at, piece_octets);
      while (!piece.empty()) octets += encryptor.next(piece).size();
    }
    octets += encryptor.finish().size();
    benchmark::DoNotOptimize(octets);
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

void decrypt(benchmark::State& state) {
  const std::string file = encrypted(std::string(static_cast<std::size_t>(state.range(0)), 'x'), recipients());
  std::vector<Identity> identities;
  identities.emplace_back(SshEd25519Identity::from_seed(seed(), key).value());
  for (auto _ : state) {
    Decryptor decryptor(identities);
    std::size_t octets = 0;
    for (std::size_t at = 0; at < file.size(); at += piece_octets) {
      std::string_view piece = std::string_view(file).substr(at, piece_octets);
      while (!piece.empty()) octets += decryptor.next(piece).value().size();
    }
    octets += decryptor.finish().value().size();
    if (octets != static_cast<std::size_t>(state.range(0))) state.SkipWithError("not whole");
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

BENCHMARK(parse_a_recipient)->Unit(benchmark::kMicrosecond);
BENCHMARK(encrypt)->Arg(0)->Arg(4096)->Arg(65536)->Arg(25 << 20)->Unit(benchmark::kMicrosecond);
BENCHMARK(decrypt)->Arg(0)->Arg(4096)->Arg(65536)->Arg(25 << 20)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace sisu::age

BENCHMARK_MAIN();
