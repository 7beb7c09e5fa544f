#include "common/sqlite/transaction.hpp"

#include "common/base/expects.hpp"

#include <sqlite3.h>

namespace sisu::sqlite {

Transaction::Transaction(const Database& database) : database_(database) { database_.run("BEGIN IMMEDIATE"); }

Transaction::~Transaction() {
  // After some errors (a full disk, an I/O error) SQLite has rolled back by itself: sqlite.org/lang_transaction.html.
  if (open_ && sqlite3_get_autocommit(database_.handle()) == 0)
    sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  expects(open_, "a transaction that is still open");
  database_.run("COMMIT");
  open_ = false;
}

}  // namespace sisu::sqlite
