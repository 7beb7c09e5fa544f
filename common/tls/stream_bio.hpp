// The two queues of ciphertext between OpenSSL and a ByteStream, as a BIO of our own: OpenSSL reads straight out of the
// buffer that the stream filled and appends to the string that the stream will write, so each byte is copied once.
#pragma once

#include "common/tls/openssl_handles.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace sisu::tls {

/// What OpenSSL reads from and writes to; free of I/O itself.
class Ciphertext {
 public:
  /// Two records of the largest size (RFC 8446 5.2) with their headers.
  static constexpr std::size_t incoming_capacity = 2 * (16384 + 256 + 5);

  /// Where the next bytes from the peer go. Only when everything before was consumed.
  std::span<char> space();
  /// `count` bytes were stored in space(); 0 means that the peer has finished.
  void filled(std::size_t count);
  bool has_incoming() const { return begin_ < end_; }

  std::string& outgoing() { return outgoing_; }

  /// A BIO over this object, which must outlive it.
  BioHandle make_bio();

 private:
  static int on_read(BIO* bio, char* out, int size);
  static int on_write(BIO* bio, const char* bytes, int size);
  static long on_control(BIO* bio, int command, long number, void* pointer);
  static const BIO_METHOD* method();

  std::vector<char> incoming_;  // allocated with the first read
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool peer_finished_ = false;
  std::string outgoing_;
};

}  // namespace sisu::tls
