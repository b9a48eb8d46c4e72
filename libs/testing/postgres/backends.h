#pragma once

#include <string>

namespace orderflow::testing {

// Where the PostgreSQL and the Kafka of this test run are.
struct Backends {
  std::string postgres_admin_url;  // superuser, database postgres
  std::string kafka_bootstrap_servers;
};

// Reads what deploy/local/test_backends.sh wrote: the file named by ORDERFLOW_TEST_BACKENDS, else
// <build>/backends/backends.env beside the running test binary. Without it the test ends at once,
// with what to do.
Backends FindBackends();

}  // namespace orderflow::testing
