// The TLS keys of one server on disk: the current key, the next one, and where a roll from one to the other stands.
//
//   tls-key.pem        the current key: the one to serve with
//   tls-key-next.pem   its successor, made long before it is needed so that its TLSA record is old when it is
//   tls-key-former     digest of the key that the current one replaced, until nothing serves with it any more
//   tls-key-roll       digest of the key that somebody wishes to be rid of
//
// These files are the whole state. Each function that changes something changes one name by one durable rename or
// unlink: a crash leaves the ring before that step or behind it, and key_roll.hpp goes on from either. An old key is
// not kept: what rolls away from it may do so because it was stolen.
#pragma once

#include "common/base/file_system.hpp"
#include "common/keys/key_roll.hpp"
#include "common/tls/private_key.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace sisu::keys {

/// Every function blocks on files. The error is one line for a person. Whoever opens a ring for writing holds a lock on
/// its directory (the client's StateDirectory).
class KeyRing {
 public:
  /// What is in `directory`, which must exist. Makes the keys that are missing: both at the first start, the next one
  /// beside the key of a version that had one only. Removes what a crash left half written.
  static Result<KeyRing, tls::CertificateError> open(FileSystem& files, std::filesystem::path directory);

  const tls::PrivateKey& current() const { return current_; }
  /// Absent between a switch and the step behind it.
  const std::optional<tls::PrivateKey>& next() const { return next_; }
  bool current_is_new() const { return current_is_new_; }  ///< open() made it

  /// For next_step(). The digests are those of TLSA 3 1 1.
  const RingState& state() const { return state_; }

  /// Stores the wish to roll away from the current key. No harm in repeating it.
  Result<void, tls::CertificateError> wish_roll();

  /// Those steps of key_roll.hpp that are the ring's, each done when it returns without an error; the others are
  /// somebody else's, and nothing happens here.
  Result<void, tls::CertificateError> carry_out(RollStep::Kind step);

 private:
  KeyRing(FileSystem& files, std::filesystem::path directory, tls::PrivateKey current);
  Result<void, tls::CertificateError> make_next();
  Result<void, tls::CertificateError> note_former();
  Result<void, tls::CertificateError> switch_over();
  Result<void, tls::CertificateError> forget_former();
  Result<void, tls::CertificateError> end_wish();

  FileSystem* files_;
  std::filesystem::path directory_;
  tls::PrivateKey current_;
  std::optional<tls::PrivateKey> next_;
  bool current_is_new_ = false;
  RingState state_;
};

/// What a ring holds, read without changing or making anything: for a program that may not write there. An error where
/// there is no current key.
Result<RingState, tls::CertificateError> read_ring(FileSystem& files, const std::filesystem::path& directory);

/// For a server in another process than the one that rolls its keys: the server stores the digest of the key that its
/// handshakes show (none: it has stopped) in tls-key-served, before it shows a first one and behind each change.
Result<void, tls::CertificateError> note_served(FileSystem& files, const std::filesystem::path& directory,
                                                const std::optional<Digest>& served);
/// nullopt: nothing serves.
Result<std::optional<Digest>, tls::CertificateError> read_served(FileSystem& files,
                                                                 const std::filesystem::path& directory);

}  // namespace sisu::keys
