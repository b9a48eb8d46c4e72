#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libs/base/clock.h"

namespace orderflow::postgres {

// PostgreSQL's text output as C++ values, for the session settings of Connection (ISO dates, UTC,
// hex bytea). Text of another form aborts: it means that a statement selects another type than its
// reader expects, which only our own code can cause. Pure.
int64_t ParseInt(std::string_view text);
double ParseDouble(std::string_view text);
bool ParseBool(std::string_view text);
std::string ParseBytes(std::string_view text);    // "\x0aff"
Timestamp ParseTimestamp(std::string_view text);  // "2026-11-24 13:54:00.123456+00"

// The same for text that somebody else may have written, such as a member of a JSON column: nothing
// for another form or a time that does not exist. Pure.
std::optional<Timestamp> ReadTimestamp(std::string_view text);

}  // namespace orderflow::postgres
