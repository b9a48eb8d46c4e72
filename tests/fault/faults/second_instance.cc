#include "tests/fault/faults/second_instance.h"

#include <csignal>

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
  grpc_port_ = FreePort();
  admin_port_ = FreePort();
  RETURN_IF_ERROR(rig.Run(fmt::format("tests/fault/second_instance.sh {} {} {}", name_, grpc_port_,
                                      admin_port_))
                      .status());
  ASSIGN_OR_RETURN(pid_, rig.PidOf("second-" + name_));
  return Await([&] { return rig.IsReady(admin_port_); },
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
