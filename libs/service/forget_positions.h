#pragma once

#include <string>

#include "libs/base/status_macros.h"
#include "libs/inbox/consumer_progress.h"
#include "libs/postgres/pool.h"
#include "libs/service/process.h"
#include "libs/telemetry/log.h"

namespace orderflow::service {

// The command of a process that reads topics as consumer group `group`. Header only: a process
// without an inbox does not link it.
inline Command ForgetPositionsCommand(const std::string& group) {
  return {
      "--forget-positions",
      "read every topic from its beginning, after Kafka was made anew; then exit",
      [group](const CommonConfig& config) -> absl::Status {
        postgres::Pool pool({.url = config.database_url, .application_name = group, .size_max = 1});
        ASSIGN_OR_RETURN(const int64_t partitions, inbox::ConsumerProgress(pool, group).Forget());
        telemetry::LogInfo("positions forgotten",
                           {{"group", group}, {"partitions", std::to_string(partitions)}});
        return absl::OkStatus();
      }};
}

}  // namespace orderflow::service
