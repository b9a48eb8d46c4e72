#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "tests/fault/event_log.h"
#include "tests/fault/mailbox.h"
#include "tests/fault/plan.h"
#include "tests/fault/rig.h"

namespace orderflow::fault {

// What one round has shown.
struct RoundResult {
  bool hit = false;
  std::string effect;  // what was observed, or why the fault did not hit
  int orders = 0;      // asked for
  int acknowledged = 0;
  int unknown = 0;  // answers after which a client did not know
  int acknowledged_lost = 0;
  std::chrono::milliseconds time_to_heal{0};  // end of the fault until all but mails is at rest
  std::vector<std::string> violations;
};

// What the rounds so far have left in one stack. A round reads it on.
struct StackRecord {
  explicit StackRecord(const Rig& rig)
      : mailbox(rig.Port("MAIL_WEB_PORT")),
        events(rig.Setting("ORDERFLOW_KAFKA_BOOTSTRAP_SERVERS"), rig.KafkaLogin()) {}

  int64_t orders = 0;
  int topics_made_anew = 0;  // as the rig counted when the log of events was read
  Mailbox mailbox;
  EventLog events;
};

// Plays a round on a stack at rest: clients place orders, the fault strikes and ends, and within
// kHealBound everything must be at rest again; then the checker reads every database, and the
// history of the clients, the mailbox and the log of events are compared with their orders.
RoundResult PlayRound(Rig& rig, Plan& plan, StackRecord& record);

// "round=<n> seed=<s> <fault>: <effect> | orders=..." for people.
std::string RoundLine(int round, const Plan& plan, const RoundResult& result);

}  // namespace orderflow::fault
