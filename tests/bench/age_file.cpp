// Standard input to standard output through common/age, for tests/bench/age.py to compare with the age program.
//   bench_age_file RECIPIENT      encrypts
//   bench_age_file -d IDENTITY    decrypts; AGE-SECRET-KEY-1...
#include "common/age/decryptor.hpp"
#include "common/age/encryptor.hpp"

#include <array>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

namespace sisu::age {
namespace {

void put(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (written <= 0) throw std::runtime_error("cannot write");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

template <class Take>
void for_each_piece(Take take) {
  static std::array<char, 64 * 1024> buffer;
  for (ssize_t got = 0; (got = ::read(STDIN_FILENO, buffer.data(), buffer.size())) > 0;) {
    std::string_view piece(buffer.data(), static_cast<std::size_t>(got));
    while (!piece.empty()) take(piece);
  }
}

template <class T>
T required(Result<T, Error> result) {
  if (!result) throw std::runtime_error(std::string(describe(result.error())));
  return std::move(*result);
}

void encrypt(std::string_view to) {
  const std::vector<Recipient> recipients{required(parse_recipient(to))};
  Encryptor encryptor = required(Encryptor::create(recipients));
  put(encryptor.begin());
  for_each_piece([&](std::string_view& piece) { put(encryptor.next(piece)); });
  put(encryptor.finish());
}

void decrypt(std::string_view with) {
  std::vector<Identity> identities;
  identities.emplace_back(required(X25519Identity::parse(with)));
  Decryptor decryptor(identities);
  for_each_piece([&](std::string_view& piece) { put(required(decryptor.next(piece))); });
  put(required(decryptor.finish()));
}

}  // namespace
}  // namespace sisu::age

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  try {
    if (words.size() == 1)
      sisu::age::encrypt(words[0]);
    else if (words.size() == 2 && words[0] == "-d")
      sisu::age::decrypt(words[1]);
    else
      throw std::runtime_error("usage: bench_age_file RECIPIENT | bench_age_file -d IDENTITY");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_age_file: %s\n", error.what());
    return 1;
  }
}
