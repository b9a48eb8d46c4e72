// Proves what a process does before it serves: flags that print and end, settings that are refused
// with every problem named, and waiting for a database that cannot be reached. What it does with a
// database is in tests/integration/service.
#include "libs/service/process.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <cstdlib>
#include <future>
#include <stop_token>

#include "fmt/format.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "libs/rpc/call_context.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/server.h"
#include "libs/service/serving.h"

namespace orderflow::service {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr char kDatabaseUrl[] = "ORDERFLOW_DATABASE_URL";

ProcessDescription Description() {
  ProcessDescription description;
  description.name = "test-service";
  description.summary = "Nothing.";
  description.grpc_listen_default = "127.0.0.1:0";
  description.admin_listen_default = "127.0.0.1:0";
  return description;
}

int RunWiring(const std::string& flag,
              const std::function<absl::StatusOr<Wiring>(const ProcessContext&)>& wire,
              const std::vector<Command>& commands = {}) {
  std::string name = "test-service";
  std::string argument = flag;
  char* argv[] = {name.data(), argument.data()};
  return RunProcess(
      flag.empty() ? 1 : 2, argv, Description(),
      [](config::Settings& settings) { settings.Int("ORDERFLOW_TEST_MAX", "Most.", 1, 1, 9); },
      wire, commands);
}

int RunWith(const std::string& flag, const std::vector<Command>& commands = {}) {
  return RunWiring(
      flag, [](const ProcessContext&) -> absl::StatusOr<Wiring> { return Wiring{}; }, commands);
}

TEST(Process, PrintsVersionHelpAndSettingsWithoutNeedingAny) {
  unsetenv(kDatabaseUrl);

  ::testing::internal::CaptureStdout();
  EXPECT_EQ(RunWith("--version"), 0);
  EXPECT_THAT(::testing::internal::GetCapturedStdout(),
              ::testing::MatchesRegex("test-service [0-9.]+ \\([0-9a-z]+\\)\n"));

  ::testing::internal::CaptureStdout();
  EXPECT_EQ(RunWith("--help"), 0);
  EXPECT_THAT(::testing::internal::GetCapturedStdout(), HasSubstr("ORDERFLOW_TEST_MAX"));

  ::testing::internal::CaptureStdout();
  EXPECT_EQ(RunWith("--settings-markdown"), 0);
  EXPECT_THAT(::testing::internal::GetCapturedStdout(),
              HasSubstr("| `ORDERFLOW_TEST_MAX` | 1 | 1..9 | Most. |"));
}

TEST(Process, PrintsTheMetricsOfTheWiringWithoutStartingIt) {
  setenv(kDatabaseUrl, "postgresql://test@127.0.0.1:1/none", 1);
  bool was_started = false;

  ::testing::internal::CaptureStdout();
  EXPECT_EQ(RunWiring("--metrics-markdown",
                      [&](const ProcessContext& context) -> absl::StatusOr<Wiring> {
                        context.metrics.AddCounter("orderflow_test_calls_total", "Calls.");
                        return Wiring{.services = {},
                                      .parts = {{"part",
                                                 [&was_started] {
                                                   was_started = true;
                                                   return absl::OkStatus();
                                                 },
                                                 [] {}}},
                                      .owner = nullptr};
                      }),
            0);

  const std::string table = ::testing::internal::GetCapturedStdout();
  EXPECT_THAT(table, HasSubstr("| `orderflow_test_calls_total` | counter | calls |  | Calls. |"));
  EXPECT_THAT(table, HasSubstr("| `orderflow_database_pool_wait_seconds` |"));
  EXPECT_THAT(table, HasSubstr("| `process_resident_memory_bytes` |"));
  EXPECT_FALSE(was_started);
}

TEST(Process, RefusesWrongSettingsAndNamesAllOfThem) {
  unsetenv(kDatabaseUrl);
  setenv("ORDERFLOW_TEST_MAX", "10", 1);
  setenv("ORDERFLOW_TEST_MIN", "1", 1);

  ::testing::internal::CaptureStderr();
  EXPECT_EQ(RunWith(""), 2);

  EXPECT_THAT(
      ::testing::internal::GetCapturedStderr(),
      AllOf(HasSubstr("ORDERFLOW_DATABASE_URL is required"), HasSubstr("ORDERFLOW_TEST_MAX=\"10\""),
            HasSubstr("ORDERFLOW_TEST_MIN is not a setting")));
  unsetenv("ORDERFLOW_TEST_MAX");
  unsetenv("ORDERFLOW_TEST_MIN");
}

TEST(Process, DoesNotServeWithoutAuthenticationUnlessAskedByName) {
  setenv(kDatabaseUrl, "postgresql://test@127.0.0.1:1/none", 1);

  ::testing::internal::CaptureStderr();
  EXPECT_EQ(RunWith(""), 2);
  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              AllOf(HasSubstr("ORDERFLOW_AUTH_ISSUER"),
                    HasSubstr("ORDERFLOW_INSECURE_NO_AUTHENTICATION=true")));
  // Commands serve nothing.
  EXPECT_EQ(
      RunWith("--do", {{"--do", "does it", [](const CommonConfig&) { return absl::OkStatus(); }}}),
      0);
}

TEST(Process, RefusesAnUnknownFlag) { EXPECT_EQ(RunWith("--serve"), 2); }

TEST(Process, RunsACommandAndReportsHowItEnded) {
  setenv(kDatabaseUrl, "postgresql://test@127.0.0.1:1/none", 1);
  absl::Status answer;
  const std::vector<Command> commands = {
      {"--do", "does it", [&answer](const CommonConfig&) { return answer; }}};

  EXPECT_EQ(RunWith("--do", commands), 0);
  answer = absl::UnavailableError("broker is down");
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(RunWith("--do", commands), 1);
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("broker is down"));
}

TEST(Process, MigrateNeedsTheOwner) {
  setenv(kDatabaseUrl, "postgresql://test@127.0.0.1:1/none", 1);

  ::testing::internal::CaptureStderr();
  EXPECT_EQ(RunWith("--migrate"), 2);

  EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("ORDERFLOW_DATABASE_OWNER_URL"));
}

TEST(Process, SaysThatNoInstanceIsReady) {
  setenv(kDatabaseUrl, "postgresql://test@127.0.0.1:1/none", 1);
  setenv("ORDERFLOW_ADMIN_LISTEN", "127.0.0.1:1", 1);

  ::testing::internal::CaptureStderr();
  EXPECT_EQ(RunWith("--check-ready"), 1);

  EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("http://127.0.0.1:1/readyz"));
  unsetenv("ORDERFLOW_ADMIN_LISTEN");
}

CommonConfig WithoutDatabase() {
  // The ports are free ones that a server has just had.
  rpc::Server probe({.listen_address = "127.0.0.1:0"});
  rpc::Server other({.listen_address = "127.0.0.1:0"});
  EXPECT_TRUE(probe.Start({}).ok());
  EXPECT_TRUE(other.Start({}).ok());
  CommonConfig config{};
  config.grpc_listen = fmt::format("127.0.0.1:{}", probe.port());
  config.admin_listen = fmt::format("127.0.0.1:{}", other.port());
  config.database_url = "postgresql://test@127.0.0.1:1/none";
  config.database_pool_size = 1;
  config.shutdown_grace = std::chrono::seconds(1);
  config.authentication.insecure_none = true;
  return config;
}

TEST(Process, WaitsForItsDatabaseAliveButNotReady) {
  const CommonConfig config = WithoutDatabase();
  const ProcessDescription description = Description();
  std::stop_source stop;
  bool wired = false;
  std::future<absl::Status> served = std::async(std::launch::async, [&] {
    return Serve(
        config, description,
        [&wired](const ProcessContext&) -> absl::StatusOr<Wiring> {
          wired = true;
          return Wiring{};
        },
        stop.get_token());
  });

  const size_t colon = config.admin_listen.rfind(':');
  httplib::Client admin("127.0.0.1", std::stoi(config.admin_listen.substr(colon + 1)));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  std::string reasons;
  while (reasons.find("database:") == std::string::npos &&
         std::chrono::steady_clock::now() < deadline) {
    const auto ready = admin.Get("/readyz");
    reasons = ready ? ready->body : "";
  }
  EXPECT_THAT(reasons, HasSubstr("database:"));
  EXPECT_EQ(admin.Get("/livez")->status, 200);
  grpc::ClientContext context;
  rpc::Prepare(context, std::chrono::seconds(20), telemetry::NewTrace());
  grpc::health::v1::HealthCheckResponse health;
  const auto status = grpc::health::v1::Health::NewStub(rpc::MakeChannel(config.grpc_listen, {}))
                          ->Check(&context, {}, &health);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(health.status(), grpc::health::v1::HealthCheckResponse::NOT_SERVING);

  stop.request_stop();
  EXPECT_TRUE(served.get().ok());
  EXPECT_FALSE(wired);
}

TEST(Process, DoesNotStartOnAnAddressInUse) {
  rpc::Server other({.listen_address = "127.0.0.1:0"});
  CommonConfig config = WithoutDatabase();
  ASSERT_TRUE(other.Start({}).ok());
  config.grpc_listen = fmt::format("127.0.0.1:{}", other.port());

  const absl::Status status =
      Serve(config, Description(), [](const ProcessContext&) { return Wiring{}; }, {});

  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
}

TEST(Process, DoesNotStartForAnApiThatIsNotLinkedIn) {
  CommonConfig config = WithoutDatabase();
  ProcessDescription description = Description();
  description.apis = {"orderflow.test.v1.NoSuchService"};

  const absl::Status status =
      Serve(config, description, [](const ProcessContext&) { return Wiring{}; }, {});

  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(status.message()), HasSubstr("NoSuchService"));
}

}  // namespace
}  // namespace orderflow::service
