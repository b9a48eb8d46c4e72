#include "libs/postgres/errors.h"

#include <string>

#include "fmt/format.h"

namespace orderflow::postgres {
namespace {

const char* Advice(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kAborted:
      return "another transaction was in the way: run the whole transaction again";
    case absl::StatusCode::kUnavailable:
      return "check that PostgreSQL is up and reachable, then try again";
    case absl::StatusCode::kUnknown:
      return "it may have been committed: read by key before trying again";
    case absl::StatusCode::kAlreadyExists:
      return "a row with this key exists";
    case absl::StatusCode::kFailedPrecondition:
      return "the change would break a rule of the schema";
    default:
      return "statement, data and schema do not fit: compare the binary's version with the "
             "migrations";
  }
}

// The first line only: DETAIL lines repeat stored values, which must not get into logs.
std::string FirstLine(std::string_view text) {
  return std::string(text.substr(0, text.find('\n')));
}

}  // namespace

absl::StatusCode CodeForSqlState(std::string_view sql_state) {
  const std::string_view sql_class = sql_state.substr(0, 2);
  if (sql_state == "40001" || sql_state == "40P01" || sql_state == "55P03") {
    return absl::StatusCode::kAborted;  // serialization failure, deadlock, lock timeout
  }
  if (sql_state == "40003") {
    return absl::StatusCode::kUnknown;  // statement completion unknown
  }
  // 08 connection, 53 resources (disk, memory, connections), 57P shutdown, 57014 statement timeout,
  // 25006 read-only (a demoted primary), 25P03 idle in transaction timeout, 58030 I/O error;
  // 42P01, 42703, 42501: a table, column or right that the schema does not have (yet). No message
  // is to blame for that, so it must wait and not end as a dead letter.
  if (sql_class == "08" || sql_class == "53" || sql_state.substr(0, 3) == "57P" ||
      sql_state == "57014" || sql_state == "25006" || sql_state == "25P03" ||
      sql_state == "58030" || sql_state == "42P01" || sql_state == "42703" ||
      sql_state == "42501") {
    return absl::StatusCode::kUnavailable;
  }
  if (sql_state == "23505") {
    return absl::StatusCode::kAlreadyExists;
  }
  if (sql_state == "23514") {
    return absl::StatusCode::kFailedPrecondition;
  }
  return absl::StatusCode::kInternal;
}

absl::Status StatusFromSqlState(std::string_view tried, std::string_view sql_state,
                                std::string_view what) {
  const absl::StatusCode code =
      sql_state.empty() ? absl::StatusCode::kUnavailable : CodeForSqlState(sql_state);
  const std::string state =
      sql_state.empty() ? std::string() : fmt::format(" (SQLSTATE {})", sql_state);
  return absl::Status(code,
                      fmt::format("{}: {}{}; {}", tried, FirstLine(what), state, Advice(code)));
}

}  // namespace orderflow::postgres
