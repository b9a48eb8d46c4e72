#pragma once

#include <string_view>

#include "absl/status/status.h"

namespace orderflow::postgres {

// The error of a statement as a Status that says what was tried, by its SQLSTATE:
//
// kAborted             40001 serialization failure, 40P01 deadlock, 55P03 lock timeout
// kUnavailable         connection lost or refused, 57P0x shutdown, 25006 read-only, 53300 too many
//                      connections, 53100 disk full, 57014 statement timeout; 42P01, 42703 and
//                      42501: the schema lacks a table, column or right
// kUnknown             connection lost during COMMIT
// kAlreadyExists       23505 unique violation
// kFailedPrecondition  23514 check violation
// kInternal            everything else: our SQL is wrong
//
// `what` is the server's primary message; only its first line is kept, since details repeat stored
// values. An empty `sql_state` is an error that libpq itself reports: the connection is of no use.
absl::Status StatusFromSqlState(std::string_view tried, std::string_view sql_state,
                                std::string_view what);

// The same mapping, the code alone.
absl::StatusCode CodeForSqlState(std::string_view sql_state);

}  // namespace orderflow::postgres
