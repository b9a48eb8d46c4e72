#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/fault/rig.h"
#include "tests/simulation/random.h"

namespace orderflow::fault {

using simulation::Random;

// One fault of the real stack. What it draws, it has drawn when it was made.
class Fault {
 public:
  virtual ~Fault() = default;

  // Makes it happen while clients place orders, and keeps it up for as long as it is to last.
  // Returns what was observed of it; an error means that it did not hit.
  virtual absl::StatusOr<std::string> Strike(Rig& rig) = 0;
  // Ends it: everything runs and is reachable again. Called whatever Strike has returned.
  virtual absl::Status Heal(Rig& rig) = 0;

  // Called by Strike when the effect begins; it lasts at least until Strike returns. May wait.
  // Those that only strike alone need not call it.
  void OnBegin(std::function<void()> begin) { begin_ = std::move(begin); }

 protected:
  void Begin() const {
    if (begin_) {
      begin_();
    }
  }

 private:
  std::function<void()> begin_;
};

struct FaultKind {
  std::string name;
  // What it acts on or looks at; two kinds without a common one may strike at the same time.
  // Empty: only alone.
  std::vector<std::string> touches;
  std::function<std::unique_ptr<Fault>(Random& random)> make;
  int brokers = 1;  // of the Kafka cluster that it needs
  // Orders are accepted meanwhile as ever: accepting does not need what it acts on.
  bool api_stays_up = false;
};

// Every fault there is, in the order in which seeds visit them.
std::vector<FaultKind> AllFaults();

}  // namespace orderflow::fault
