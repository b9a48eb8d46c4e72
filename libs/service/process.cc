#include "libs/service/process.h"

#include <algorithm>
#include <cstdio>
#include <stop_token>

#include "absl/synchronization/mutex.h"
#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "libs/postgres/connection_string.h"
#include "libs/service/command_line.h"
#include "libs/service/common_config.h"
#include "libs/service/ready_check.h"
#include "libs/service/serving.h"
#include "libs/service/signal_watch.h"
#include "libs/service/version.h"
#include "libs/telemetry/log.h"

// Read by jemalloc, the allocator of every service (https://jemalloc.net/jemalloc.3.html): freed
// memory is kept for half a minute, and memory is asked for in huge pages where the kernel has them
// on madvise. A page that is mapped afresh costs more than what it holds, and the next batch needs
// as much again. Huge pages also make jemalloc clear large buffers itself instead of giving them
// back to the kernel: most page faults under load are gone (0.6 instead of 2.7 an order in all
// services), for about 20 MB each. Two arenas instead of four for each processor, which counts all
// of the machine even in a container that may use one of them (figures: docs/trade-offs.md).
extern "C" const char* malloc_conf;
const char* malloc_conf = "narenas:2,dirty_decay_ms:30000,thp:always";

namespace orderflow::service {
namespace {

constexpr int kExitOk = 0;
constexpr int kExitFailed = 1;
constexpr int kExitWrongSettings = 2;
constexpr char kVerifyRole[] = "orderflow_verify";  // reads everything, for the checker
// Beyond the grace of running calls: what the parts need to stop.
constexpr std::chrono::seconds kPartsStopTimeMax{30};

int Fail(const ProcessDescription& description, const absl::Status& status, int exit_code) {
  fmt::print(stderr, "{}: {}\n", description.name, Message(status));
  return exit_code;
}

telemetry::LogLevel LevelOf(const std::string& name) {
  if (name == "debug") {
    return telemetry::LogLevel::kDebug;
  }
  if (name == "warning") {
    return telemetry::LogLevel::kWarning;
  }
  return name == "error" ? telemetry::LogLevel::kError : telemetry::LogLevel::kInfo;
}

void StartLog(const CommonConfig& config, const ProcessDescription& description) {
  telemetry::InitLog({.level = LevelOf(config.log_level),
                      .service = description.name,
                      .instance_id = config.instance_id,
                      .file = config.log_file});
}

absl::Status RunMigrations(const CommonConfig& config, const ProcessDescription& description) {
  if (config.database_owner_url.empty()) {
    return absl::InvalidArgumentError(
        fmt::format("{} needs ORDERFLOW_DATABASE_OWNER_URL", kMigrate));
  }
  const std::string runtime_role = postgres::UserOf(config.database_url);
  if (runtime_role.empty()) {
    return absl::InvalidArgumentError(
        "ORDERFLOW_DATABASE_URL names no user: the migrations grant their tables to that role");
  }
  return postgres::Migrate({.owner_url = config.database_owner_url,
                            .runtime_role = runtime_role,
                            .verify_role = kVerifyRole},
                           description.migrations);
}

// Runs what a flag asks for instead of serving.
int RunCommand(const std::string& flag, const CommonConfig& config,
               const ProcessDescription& description, const std::vector<Command>& commands) {
  absl::Status status;
  if (flag == kMigrate) {
    status = RunMigrations(config, description);
  } else {
    const auto command = std::find_if(commands.begin(), commands.end(),
                                      [&flag](const Command& c) { return c.flag == flag; });
    status = command->run(config);
  }
  telemetry::FlushLog();
  if (status.ok()) {
    return kExitOk;
  }
  return Fail(description, status,
              absl::IsInvalidArgument(status) ? kExitWrongSettings : kExitFailed);
}

int PrintMetrics(const CommonConfig& config, const ProcessDescription& description,
                 const std::function<absl::StatusOr<Wiring>(const ProcessContext&)>& wire) {
  const absl::StatusOr<std::string> table = DescribeMetrics(config, description, wire);
  if (!table.ok()) {
    return Fail(description, table.status(), kExitFailed);
  }
  fmt::print("{}", *table);
  return kExitOk;
}

// Debian builds Abseil with its checks on: every lock of gRPC would be entered into a graph that is
// searched for cycles. That shows in profiles, and our own locks are not Abseil's.
void TurnOffLockGraph() { absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore); }

}  // namespace

int RunProcess(int argc, char** argv, const ProcessDescription& description,
               const std::function<void(config::Settings&)>& declare,
               const std::function<absl::StatusOr<Wiring>(const ProcessContext&)>& wire,
               const std::vector<Command>& commands) {
  const absl::StatusOr<std::string> flag = ParseCommandLine(argc, argv, commands);
  if (!flag.ok()) {
    return Fail(description, flag.status(), kExitWrongSettings);
  }
  config::Settings settings(config::Settings::ProcessEnvironment());
  const CommonConfig config = DeclareCommon(settings, description);
  declare(settings);
  if (*flag == kServe) {
    RequireAuthentication(settings, config.authentication, !config.tls.certificate_chain.empty());
  }
  if (*flag == kHelp) {
    fmt::print("{}", HelpText(description, commands, settings));
    return kExitOk;
  }
  if (*flag == kSettingsMarkdown) {
    fmt::print("{}", settings.MarkdownTable());
    return kExitOk;
  }
  if (*flag == kShowVersion) {
    fmt::print("{} {}\n", description.name, kVersion);
    return kExitOk;
  }
  const bool offline = std::any_of(
      commands.begin(), commands.end(),
      [&flag](const Command& command) { return command.flag == *flag && !command.needs_settings; });
  if (offline) {
    return RunCommand(*flag, config, description, commands);
  }
  if (const absl::Status status = settings.Check(); !status.ok()) {
    return Fail(description, status, kExitWrongSettings);
  }

  if (*flag == kCheckReady) {
    const absl::Status ready = CheckReady(config.admin_listen);
    return ready.ok() ? kExitOk : Fail(description, ready, kExitFailed);
  }
  if (*flag == kMetricsMarkdown) {
    return PrintMetrics(config, description, wire);
  }
  if (*flag != kServe) {
    StartLog(config, description);
    return RunCommand(*flag, config, description, commands);
  }
  TurnOffLockGraph();
  std::stop_source stop;
  const SignalWatch signals(config.shutdown_grace + kPartsStopTimeMax,
                            [&stop] { stop.request_stop(); });
  StartLog(config, description);
  const absl::Status status = Serve(config, description, wire, stop.get_token());
  if (!status.ok()) {
    telemetry::LogError("the process cannot start", {{"error", Message(status)}});
  } else {
    telemetry::LogInfo("stopped");
  }
  telemetry::FlushLog();
  return status.ok() ? kExitOk : kExitFailed;
}

}  // namespace orderflow::service
