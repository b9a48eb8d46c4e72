#pragma once

namespace orderflow::postgres {

// One SQL statement with a name. Declare as a constant next to its use; a connection prepares it at
// its first execution and reuses the plan afterwards. Names are unique per database.
struct Statement {
  const char* name;
  const char* sql;
};

}  // namespace orderflow::postgres
