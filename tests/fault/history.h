#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "libs/base/mutex.h"
#include "orderflow/order/v1/order_service.pb.h"
#include "tools/orderctl/demo/scenario.h"

namespace orderflow::fault {

enum class CancelLog { kNotAsked, kUnknown, kAccepted };

// One order as its client knows it.
struct RequestLog {
  orderctl::Scenario scenario = orderctl::Scenario::kApproved;
  order::v1::CreateOrderRequest request;  // its e-mail address carries its request id
  int unknown_answers = 0;                // of its CreateOrder and CancelOrder calls
  bool abandoned = false;                 // the client gave up after an unknown answer
  std::string order_id;                   // the acknowledgement; empty: none
  CancelLog cancel = CancelLog::kNotAsked;
  order::v1::Order seen;                            // the latest answer of any call
  std::map<int64_t, order::v1::OrderState> states;  // what was told of each change, by its number
};

// What the clients of one round asked and were told, and what of it contradicts itself. Threadsafe.
class ClientHistory {
 public:
  int Add(RequestLog log);
  RequestLog At(int index) const;

  void NoteUnknown(int index);
  // A call of CreateOrder was not answered with an order: a violation between MustAccept(true) and
  // MustAccept(false).
  void NoteNotAccepted(int index, const absl::Status& answer);
  void MustAccept(bool must);
  void NoteAbandoned(int index);
  void NoteCancel(int index, CancelLog cancel);
  // CreateOrder answered, for the first time or again: it must be the same order.
  void NoteAcknowledged(int index, const order::v1::Order& order);
  // Any call answered with the order: it must not be older than what was seen before.
  void NoteSeen(int index, const order::v1::Order& order);
  // A watch told of a change, perhaps later than another call: one change is one state, and no
  // final state has others behind it.
  void NoteChange(int index, const order::v1::OrderStateChange& change);
  // Something happened that must not.
  void Complain(int index, const std::string& what);

  int acknowledged() const;
  std::vector<RequestLog> requests() const;
  std::vector<std::string> violations() const;

 private:
  void SeeLocked(RequestLog& log, const order::v1::Order& order)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void NoteStateLocked(RequestLog& log, int64_t sequence, order::v1::OrderState state)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable Mutex mutex_;
  std::vector<RequestLog> requests_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> violations_ ABSL_GUARDED_BY(mutex_);
  bool must_accept_ ABSL_GUARDED_BY(mutex_) = false;
  int acknowledged_ ABSL_GUARDED_BY(mutex_) = 0;
};

// True for an answer after which a client does not know whether its request took effect.
bool LeavesOpen(const absl::Status& status);

bool IsTerminal(order::v1::OrderState state);

struct Comparison {
  int acknowledged_lost = 0;
  std::vector<std::string> violations;  // the lost ones included
};

// Joins what clients were told with all orders that their customers have now, at rest: each
// acknowledged order is there once and as asked for, each order has its request, what a client saw
// as final is still so, and each order ended as its scenario must. Pure.
Comparison Compare(const std::vector<RequestLog>& requests,
                   const std::vector<order::v1::Order>& orders);

}  // namespace orderflow::fault
