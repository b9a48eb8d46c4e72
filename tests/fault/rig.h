#pragma once

#include <sys/types.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/mutex.h"
#include "libs/testing/postgres/tcp_proxy.h"
#include "tests/e2e/stack.h"

namespace orderflow::fault {

// One of our processes, and the prefix of its settings in the local stack.
struct Process {
  const char* name;
  const char* prefix;
  bool uses_kafka = true;
};

inline constexpr Process kProcesses[] = {
    {"order-service", "ORDER"},
    {"saga-orchestrator", "SAGA"},
    {"payment-service", "PAYMENT"},
    {"inventory-service", "INVENTORY"},
    {"notification-service", "NOTIFICATION"},
    {"payment-provider-simulator", "PROVIDER", false},
};

// The way of a process to the broker, for Rig::ProxyTo.
inline std::string KafkaOf(const std::string& process) { return "kafka-of-" + process; }

// A whole stack of its own, with a proxy in front of each server that our processes talk to. What
// the faults act on and what they observe. Threadsafe.
class Rig {
 public:
  // Starts a fresh stack in `dir`, with so many brokers. Only one at a time in this process: the
  // ports of the proxies are handed down in its environment.
  static absl::StatusOr<std::unique_ptr<Rig>> Start(const std::string& dir, int brokers);
  // Stops the stack and deletes its data; logs stay.
  ~Rig();

  const std::string& Setting(const std::string& name) const { return stack_[name]; }
  int Port(const std::string& name) const;

  // A process of the stack, by its name in deploy/local ("kafka", "kafka-2",
  // "kafka-3" and "postgres" included).
  absl::StatusOr<pid_t> PidOf(const std::string& name) const;
  // Where it listens.
  int PortOf(const std::string& name) const;
  int AdminPortOf(const std::string& name) const;
  // Starts it unless it runs; returns when it is ready.
  absl::Status Up(const std::string& name) const;
  // The same for one of ours, with one more setting ("NAME=value") until its next start.
  absl::Status UpWith(const std::string& name, const std::string& setting) const;
  // Starts one of ours and does not wait for it.
  absl::Status Launch(const std::string& name) const;
  absl::Status Down(const std::string& name) const;
  // Whether the process with this admin port says that it is ready.
  bool IsReady(int admin_port) const;

  // As the operator, where the stack asks who calls.
  std::shared_ptr<grpc::ChannelCredentials> Credentials() const { return stack_.Credentials(); }
  messaging::KafkaSecurity KafkaLogin() const { return stack_.KafkaLogin(); }

  // Where clients place orders.
  const std::string& api_address() const { return api_address_; }
  // The proxy on the way of one process to PostgreSQL ("<process>") or to the only broker
  // (KafkaOf), of clients to the "api", of payment-service to the "provider", of that one to
  // "webhooks", of order-service to "inventory", of notification-service to "mail".
  testing::TcpProxy& ProxyTo(const std::string& name) { return *proxies_.at(name); }

  // A file of this run that every account can read, and that nobody else writes.
  std::string SharedFile(const std::string& name) const { return shims_dir_ + "/" + name; }
  // From now on the disk of "kafka" or "postgres" fails: a line of shims/failing_disk.cc.
  absl::Status FailDisk(const std::string& server, const std::string& trouble) const;
  void MendDisk(const std::string& server) const;

  // Runs a command of the shell in the stack's environment and returns what it prints.
  absl::StatusOr<std::string> Run(const std::string& command) const;
  // The same for a command that prints a number.
  absl::StatusOr<int64_t> RunForNumber(const std::string& command) const;
  // The number that a query of one value returns, by the checker's role. Databases: "ORDERS", ...
  absl::StatusOr<int64_t> Count(const std::string& database, const std::string& query) const;
  // Sum of a metric's samples with `label` (empty: of all) at an admin port; 0 when there is none
  // yet.
  absl::StatusOr<double> Metric(int admin_port, const std::string& name,
                                const std::string& label = "") const;

  // Dead letters that must be there in the end, as "<topic> <key>".
  void ExpectDeadLetter(const std::string& letter);
  std::vector<std::string> expected_dead_letters() const;
  absl::StatusOr<std::vector<std::string>> ReadDeadLetters() const;

  // The topics are new and empty, dead letter queues included.
  void TopicsAreNew();
  // How often they were.
  int topics_made_anew() const;

 private:
  explicit Rig(const std::string& dir);
  void StartProxies(int brokers);
  absl::Status PlaceShims();

  const std::string dir_;
  const e2e::Stack stack_;
  std::string shims_dir_;  // where every account may read
  std::map<std::string, std::unique_ptr<testing::TcpProxy>> proxies_;
  std::string api_address_;
  mutable Mutex mutex_;
  std::vector<std::string> expected_dead_letters_ ABSL_GUARDED_BY(mutex_);
  int topics_made_anew_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace orderflow::fault
