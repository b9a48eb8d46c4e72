#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "libs/messaging/kafka_security.h"

namespace grpc {
class ChannelCredentials;
}

namespace orderflow::e2e {

// A running stack (stack.sh up).
class Stack {
 public:
  // The one that ctest has started, found by ORDERFLOW_E2E_DIR. Aborts with what to do when there
  // is none: nothing of a suite makes sense then.
  static const Stack& Get();

  // The one in `dir`, of which at least stack.env must be there (stack.sh ports).
  explicit Stack(std::string dir);

  // A line of stack.env, for example "ORDERFLOW_ORDER_ADDRESS".
  const std::string& operator[](const std::string& name) const;

  // What channels to its processes are made with: as the operator, where the stack asks who calls.
  std::shared_ptr<grpc::ChannelCredentials> Credentials() const;
  // The same for its Kafka, as the administrator.
  messaging::KafkaSecurity KafkaLogin() const;

  // kill -9 of a process, and its start, which returns when it is ready. Names: those of
  // deploy/local/processes.txt, "kafka" and "postgres".
  void Kill(const std::string& name) const;
  void Start(const std::string& name) const;

  // Of a process of ours that has been started.
  int PidOf(const std::string& name) const;
  // A number of its /proc/<pid>/status, for example "Threads"; memory is in KiB. -1
  // when it does not run.
  int64_t StatusOf(const std::string& name, const std::string& field) const;

  // Runs a command of the shell with stack.env in its environment; returns its exit code and
  // output.
  struct Result {
    int exit_code;
    std::string output;
  };
  Result Run(const std::string& command) const;

 private:
  void Must(const std::string& command) const;

  std::string dir_;
  std::map<std::string, std::string> settings_;
};

}  // namespace orderflow::e2e
