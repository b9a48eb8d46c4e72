#pragma once

#include <exception>
#include <string_view>

#include "absl/status/status.h"

namespace orderflow::postgres {

// Turns the exception in flight (inside a catch block) into a Status that says what was tried:
//
// kAborted             40001 serialization failure, 40P01 deadlock, 55P03 lock timeout
// kUnavailable         connection lost or refused, 57P0x shutdown, 25006 read-only, 53300 too many
//                      connections, 53100 disk full, 57014 statement timeout; 42P01, 42703 and
//                      42501: the schema lacks a table, column or right
// kUnknown             connection lost during COMMIT
// kAlreadyExists       23505 unique violation
// kFailedPrecondition  23514 check violation
// kInternal            everything else: our SQL is wrong
absl::Status StatusFromException(std::string_view tried);

// The same mapping for a SQLSTATE.
absl::StatusCode CodeForSqlState(std::string_view sql_state);

}  // namespace orderflow::postgres
