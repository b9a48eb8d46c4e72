#pragma once

#include <string>
#include <string_view>

#include "libs/base/clock.h"

namespace orderflow::postgres {

struct SessionSettings {
  std::string application_name;
  Duration statement_timeout;
  Duration lock_timeout;
  bool reads_whole_tables = false;
};

// `url` (a postgresql:// URI or a key=value string) completed with the connection and session
// settings that every connection of ours has. They travel in the startup message, so a new
// connection costs no extra round trip, and libpq lets them override what `url` says. Pure.
std::string CompleteConnectionString(std::string_view url, const SessionSettings& settings);

// The user name in a postgresql:// URI, percent-decoded; empty when there is none.
std::string UserOf(std::string_view url);

}  // namespace orderflow::postgres
