#pragma once

#include <pqxx/pqxx>

#include "libs/postgres/rows.h"

namespace orderflow::postgres {

// For connection.cc and rows.cc only: keeps pqxx out of rows.h.
struct Rows::Result {
  pqxx::result result;
};

}  // namespace orderflow::postgres
