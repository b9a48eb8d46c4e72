#include "libs/testing/postgres/backends.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

namespace orderflow::testing {
namespace {

std::filesystem::path EnvironmentFile() {
  if (const char* named = std::getenv("ORDERFLOW_TEST_BACKENDS"); named != nullptr) {
    return named;
  }
  // Tests are in <build>/tests.
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path() / "backends" /
         "backends.env";
}

[[noreturn]] void Fail(const std::filesystem::path& file, const char* problem) {
  std::fprintf(stderr, "%s: %s; start the backends: deploy/local/test_backends.sh up %s\n",
               file.c_str(), problem, file.parent_path().c_str());
  std::exit(1);
}

}  // namespace

Backends FindBackends() {
  const std::filesystem::path path = EnvironmentFile();
  std::ifstream file(path);
  if (!file) {
    Fail(path, "not found");
  }
  std::map<std::string, std::string> values;
  for (std::string line; std::getline(file, line);) {
    const size_t equals = line.find('=');
    if (equals != std::string::npos) {
      values[line.substr(0, equals)] = line.substr(equals + 1);
    }
  }
  Backends backends{values["POSTGRES_ADMIN_URL"], values["KAFKA_BOOTSTRAP_SERVERS"]};
  if (backends.postgres_admin_url.empty() || backends.kafka_bootstrap_servers.empty()) {
    Fail(path, "POSTGRES_ADMIN_URL or KAFKA_BOOTSTRAP_SERVERS missing");
  }
  return backends;
}

}  // namespace orderflow::testing
