#pragma once

#include <sys/types.h>

#include <string>

#include "absl/status/status.h"
#include "tests/fault/rig.h"

namespace orderflow::fault {

// Records that the consumers of a process have handled since its start.
absl::StatusOr<double> HandledBy(Rig& rig, int admin_port);

// A second process of one of our services, started by hand with the settings of the first but for
// its ports. Not threadsafe.
class SecondInstance {
 public:
  explicit SecondInstance(std::string name) : name_(std::move(name)) {}
  ~SecondInstance();

  // Returns when it is ready.
  absl::Status Start(Rig& rig);
  int grpc_port() const { return grpc_port_; }
  int admin_port() const { return admin_port_; }
  // Records that it has handled.
  absl::StatusOr<double> Handled(Rig& rig) const;
  absl::Status Kill();
  // As an operator stops it. OK when it does not run.
  absl::Status Stop();

 private:
  absl::Status End(int signal);

  const std::string name_;
  int grpc_port_ = 0;
  int admin_port_ = 0;
  pid_t pid_ = 0;
};

}  // namespace orderflow::fault
