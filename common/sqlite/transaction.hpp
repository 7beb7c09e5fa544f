// A write transaction: all of it or nothing.
#pragma once

#include "common/sqlite/database.hpp"

namespace sisu::sqlite {

/// Takes the write lock at once (BEGIN IMMEDIATE), so that what is read inside stays true until commit(), whoever else
/// writes. Rolled back when it ends without commit(). Not nestable.
class Transaction {
 public:
  /// Throws Error (locked: nothing was begun).
  explicit Transaction(const Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  /// On disk when it returns (with use_write_ahead_log()). Throws Error; then nothing was changed.
  void commit();

 private:
  const Database& database_;
  bool open_ = true;
};

}  // namespace sisu::sqlite
