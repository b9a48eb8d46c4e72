// Proves that the processes which decide about sagas know what is paused before they begin: one
// that cannot read it ends its start.

#include <gmock/gmock.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <filesystem>

#include "fmt/format.h"
#include "tests/integration/order/order_fixture.h"

namespace orderflow::order {
namespace {

using ::testing::HasSubstr;

// A process that does not end by itself is ended after so long.
constexpr int kSecondsMax = 30;

struct Ended {
  int exit_code = 0;
  std::string output;
};

class ProcessStartTest : public OrderDatabaseTest {
 protected:
  // Runs one of the processes on this database, without a broker.
  Ended Run(const std::string& name) {
    // Tests are in <build>/tests.
    const std::filesystem::path build =
        std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path();
    const std::string command = fmt::format(
        "timeout {} env -i ORDERFLOW_INSECURE_NO_AUTHENTICATION=true ORDERFLOW_DATABASE_URL='{}' "
        "ORDERFLOW_GRPC_LISTEN=127.0.0.1:0 "
        "ORDERFLOW_ADMIN_LISTEN=127.0.0.1:0 ORDERFLOW_KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:1 {} 2>&1",
        kSecondsMax, database_.runtime_url(), (build / "bin" / name).string());
    FILE* pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) {
      return {.exit_code = -1, .output = "no shell"};
    }
    Ended ended;
    std::array<char, 4096> buffer{};
    for (size_t size = 0; (size = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
      ended.output.append(buffer.data(), size);
    }
    ended.exit_code = WEXITSTATUS(pclose(pipe));
    return ended;
  }
};

TEST_F(ProcessStartTest, NothingIsDecidedBeforeItIsKnownWhatIsPaused) {
  database_.Run("REVOKE SELECT ON step_actions FROM test_runtime");

  for (const char* name : {"order-service", "saga-orchestrator"}) {
    const Ended ended = Run(name);

    EXPECT_EQ(ended.exit_code, 1) << name << ": " << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("paused steps: ")) << name;
  }
}

}  // namespace
}  // namespace orderflow::order
