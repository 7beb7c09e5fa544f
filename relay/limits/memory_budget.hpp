// MemoryBudget: the bytes that the relay holds for its peers, in all, against one limit. Reservations are made before
// something is taken on (a connection's buffers), and refused when they do not fit. Shares follow what a session's peer
// makes us hold, which cannot be refused any more: when the sum is over the limit, a session that holds more than the
// average of all must go, so that those who use little stay.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

namespace sisu::relay {

/// Safe from any thread.
class MemoryBudget {
  struct State;

 public:
  explicit MemoryBudget(std::uint64_t limit);

  /// Bytes set aside; given back when it goes away.
  class Reservation {
   public:
    Reservation() = default;
    Reservation(Reservation&& other) noexcept;
    Reservation& operator=(Reservation&& other) noexcept;
    ~Reservation();

   private:
    friend class MemoryBudget;
    Reservation(std::shared_ptr<State> state, std::uint64_t bytes);
    std::shared_ptr<State> state_;
    std::uint64_t bytes_ = 0;
  };
  /// nullopt: they do not fit.
  std::optional<Reservation> reserve(std::uint64_t bytes);

  /// What one session holds.
  class Share {
   public:
    explicit Share(MemoryBudget& budget);
    ~Share();
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;
    /// `bytes` are held now. False: the sum is over the limit, and this share above the average.
    bool set(std::uint64_t bytes);

   private:
    std::shared_ptr<State> state_;
    std::uint64_t bytes_ = 0;
  };

  bool full() const;
  std::uint64_t held() const;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace sisu::relay
