#include "tests/fault/faults/second_instance.h"

#include <csignal>
#include <cstdlib>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "tests/fault/faults/faults.h"
#include "tests/fault/processes.h"

namespace orderflow::fault {

absl::StatusOr<double> HandledBy(Rig& rig, int admin_port) {
  return rig.Metric(admin_port, "orderflow_consumer_records_total");
}

SecondInstance::~SecondInstance() {
  if (pid_ != 0) {
    ::kill(pid_, SIGKILL);
  }
}

absl::Status SecondInstance::Start(Rig& rig) {
  admin_port_ = FreePort();
  // The later of two values counts.
  ASSIGN_OR_RETURN(
      const std::string output,
      rig.Run(fmt::format(
          "setsid env -i PATH=\"$PATH\" LANG=C.UTF-8 TZ=UTC $(deploy/local/services.sh env {0}) "
          "ORDERFLOW_GRPC_LISTEN=127.0.0.1:0 ORDERFLOW_ADMIN_LISTEN=127.0.0.1:{1} {2} "
          "\"$ORDERFLOW_BUILD_DIR/bin/{0}\" </dev/null "
          ">>\"$ORDERFLOW_STATE_DIR/logs/second-{0}.log\" 2>&1 & echo $!",
          name_, admin_port_,
          name_ == "payment-service" ? "ORDERFLOW_PAYMENT_WEBHOOK_LISTEN=127.0.0.1:0" : "")));
  pid_ = std::atoi(output.c_str());
  return Await(
      [&] {
        return rig
            .Run(fmt::format("curl -fsS --max-time 2 http://127.0.0.1:{}/readyz", admin_port_))
            .ok();
      },
      fmt::format("a second {} is ready", name_));
}

absl::StatusOr<double> SecondInstance::Handled(Rig& rig) const {
  return HandledBy(rig, admin_port_);
}

absl::Status SecondInstance::Kill() { return End(SIGKILL); }
absl::Status SecondInstance::Stop() { return End(SIGTERM); }

absl::Status SecondInstance::End(int signal) {
  if (pid_ == 0) {
    return absl::OkStatus();
  }
  ::kill(pid_, signal);
  RETURN_IF_ERROR(Await([this] { return IsGone(pid_); }, fmt::format("the second {} ends", name_)));
  pid_ = 0;
  return absl::OkStatus();
}

}  // namespace orderflow::fault
