#pragma once

#include <libpq-fe.h>

#include <memory>

#include "libs/postgres/rows.h"

namespace orderflow::postgres {

struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using OwnedResult = std::unique_ptr<PGresult, ClearResult>;

// For connection.cc and rows.cc only: keeps libpq out of rows.h.
struct Rows::Result {
  OwnedResult result;
};

}  // namespace orderflow::postgres
