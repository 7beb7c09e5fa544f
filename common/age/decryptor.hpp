// Decryptor: an age v1 file in pieces of any size becomes its plaintext. Sans-IO; holds one chunk (64 KiB) as it came
// and one opened, both wiped when it goes away. Gives out a chunk only after its tag was verified; that the file is
// whole is known only when finish() says so, so keep nothing of it before.
//
//   while (!file.empty()) { auto opened = decryptor.next(file); if (!opened) ...refuse...; keep(*opened); }
//   auto last = decryptor.finish();
#pragma once

#include "common/age/chunk_cipher.hpp"
#include "common/age/error.hpp"
#include "common/age/header_parser.hpp"
#include "common/age/identity.hpp"
#include "common/base/result.hpp"
#include "common/base/secret.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sisu::age {

class Decryptor {
 public:
  /// `identities` must outlive it.
  explicit Decryptor(std::span<const Identity> identities) : identities_(identities) {}

  /// Takes octets off the front of `file` and gives plaintext that is ready, often none. Call until `file` is used up.
  /// The view lives until the next call. After an error every further call gives the same error.
  Result<std::string_view, Error> next(std::string_view& file);

  /// The file has ended: the last plaintext, or why this is not its end.
  Result<std::string_view, Error> finish();

 private:
  enum class Step : std::uint8_t { header, nonce, chunks, ended };
  struct Payload {
    explicit Payload(const Secret<32>& key) : cipher(key), sealed(sealed_chunk_bytes), plain(chunk_bytes) {}
    ChunkCipher cipher;
    SecretBuffer sealed;
    SecretBuffer plain;
    std::size_t filled = 0;
  };

  Result<std::string_view, Error> advance(std::string_view& file);
  Result<void, Error> read_header(std::string_view& file);
  void read_nonce(std::string_view& file);
  Result<std::string_view, Error> read_chunk(std::string_view& file);
  Result<std::string_view, Error> open_full_chunk();
  Result<std::string_view, Error> open_last_chunk();
  Result<std::string_view, Error> kept(Result<std::string_view, Error> result);

  std::span<const Identity> identities_;
  Step step_ = Step::header;
  std::optional<HeaderParser> parser_{std::in_place};
  FileKey file_key_;  // between header and nonce only
  std::string nonce_;
  std::optional<Payload> payload_;
  std::optional<Error> failure_;
};

}  // namespace sisu::age
