// Encryptor: plaintext in pieces of any size becomes one age v1 file. Sans-IO; holds one chunk (64 KiB) and the header.
// What it gives out is the file, header first, and never anything else; what it holds is wiped when it goes away.
//
//   file.write(encryptor.begin());
//   while (!plaintext.empty()) file.write(encryptor.next(plaintext));
//   file.write(encryptor.finish());
#pragma once

#include "common/age/chunk_cipher.hpp"
#include "common/age/error.hpp"
#include "common/age/recipient.hpp"
#include "common/base/random.hpp"
#include "common/base/result.hpp"
#include "common/base/secret.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace sisu::age {

class Encryptor {
 public:
  /// Draws the file key, a scalar for each recipient in order, and the payload's nonce from `random`. Errors:
  /// no_recipients, too_many_recipients.
  static Result<Encryptor, Error> create(std::span<const Recipient> recipients, const Random& random = fill_random);

  /// The first octets of the file: header and nonce. Once, before all else.
  std::string_view begin();

  /// Takes octets off the front of `plaintext` and gives those of the file that are ready, often none: a chunk stays
  /// here until there is more, since only then it is not the last. Call until `plaintext` is used up. The view lives
  /// until the next call.
  std::string_view next(std::string_view& plaintext);

  /// The last chunk. After it only the destructor.
  std::string_view finish();

  /// Length of the whole file for `plaintext` octets and this header.
  std::uint64_t file_size(std::uint64_t plaintext) const;

 private:
  enum class Step : std::uint8_t { begin, payload, finished };

  Encryptor(std::string head, const Secret<32>& payload_key);
  std::string_view seal(ChunkPlace place, std::span<const std::uint8_t> plain);

  std::string head_;
  ChunkCipher cipher_;
  SecretBuffer chunk_;  // plaintext until it is sealed in place
  std::size_t filled_ = 0;
  Step step_ = Step::begin;
};

}  // namespace sisu::age
