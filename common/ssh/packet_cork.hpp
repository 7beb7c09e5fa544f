// PacketCork: lets the small packets of one session travel together. libssh writes each packet to the socket by itself,
// and each would be a segment, and a wake-up of the peer, of its own. Corked, they wait in the kernel until push().
//
// Bulk is not corked: its writes fill segments by themselves, and only the last part of each would be held back, to
// travel alone (measured: 0.25 s more CPU for a gigabyte).
#pragma once

#include <cstddef>
#include <cstdint>

namespace sisu::ssh {

class PacketCork {
 public:
  static constexpr std::size_t bulk_bytes = 8 * 1024;  ///< a write of as many is bulk

  /// From now on packets wait for push(). `socket` is a TCP socket and outlives this.
  void begin(int socket);
  /// Before a channel's bytes are handed to libssh.
  void writing(std::size_t bytes);
  /// Sends what waits, if anything was written: `written` counts all bytes that the socket has ever taken. A push that
  /// is missed costs no more than 200 ms, for then the kernel sends (tcp(7), TCP_CORK).
  void push(std::uint64_t written);

 private:
  void set(bool corked);

  int socket_ = -1;
  bool corked_ = false;
  bool bulk_ = false;  // since the last push
  std::uint64_t pushed_ = 0;
};

}  // namespace sisu::ssh
