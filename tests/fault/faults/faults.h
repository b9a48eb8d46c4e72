#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <type_traits>
#include <vector>

#include "tests/fault/fault.h"

namespace orderflow::fault {

// The faults, by what they act on.
std::vector<FaultKind> ProcessFaults();       // ours: killed, paused, doubled
std::vector<FaultKind> OrderServiceFaults();  // two of them at once, and one after the other
std::vector<FaultKind> ServerFaults();        // Kafka and PostgreSQL: killed, paused, restarted
std::vector<FaultKind> ProviderFaults();      // the payment provider: down, slow, erratic, silent
std::vector<FaultKind> NetworkFaults();       // what passes between two processes
std::vector<FaultKind> RecordFaults();        // records that nobody of ours has sent
std::vector<FaultKind> DiskFaults();          // of Kafka and PostgreSQL: full, unable to sync
std::vector<FaultKind> LogDiskFaults();       // of ours: nothing can be logged
std::vector<FaultKind> LockFaults();          // whole tables of PostgreSQL, by somebody else
std::vector<FaultKind> RebalanceFaults();     // consumers that come and go
std::vector<FaultKind> CrashPointFaults();    // ours: dead at a named edge of what is durable
std::vector<FaultKind> ClockFaults();         // of ours: a wall clock that is off and jumps
std::vector<FaultKind> ClusterFaults();       // of three brokers: one is lost
FaultKind PostgresFailover();                 // to a synchronous replica
FaultKind PostgresRestored();                 // with all of its data lost, from a backup
FaultKind KafkaLost();                        // with all of its data, for good
// Two of `kinds` at the same time.
FaultKind CombinedFault(std::vector<FaultKind> kinds);

// Waits until `condition` holds; an error that says `what` when it does not in time.
absl::Status Await(const std::function<bool()>& condition, const std::string& what);

// Waits until a number is at least `least`, and returns it. One that cannot be read is not there
// yet.
template <class Read>
std::invoke_result_t<Read> AwaitAtLeast(Read read, double least, const std::string& what) {
  std::invoke_result_t<Read> latest = absl::UnknownError("never read");
  const absl::Status reached = Await(
      [&] {
        latest = read();
        return latest.ok() && static_cast<double>(*latest) >= least;
      },
      what);
  if (!reached.ok()) {
    return reached;
  }
  return latest;
}

// Keeps a fault up for so long.
void LetPass(std::chrono::milliseconds time);

}  // namespace orderflow::fault
