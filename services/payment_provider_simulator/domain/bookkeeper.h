#pragma once

#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/batch_queue.h"
#include "libs/base/clock.h"
#include "libs/base/uuid.h"
#include "services/payment_provider_simulator/domain/book_store.h"
#include "services/payment_provider_simulator/domain/booking_listener.h"
#include "services/payment_provider_simulator/domain/faults.h"
#include "services/payment_provider_simulator/domain/magic_token.h"

namespace orderflow::payment_provider_simulator {

struct BookkeeperOptions {
  size_t batch_max = 256;             // calls per transaction
  size_t queue_max = 8192;            // calls that may wait; beyond it they are refused
  size_t failing_calls_max = 100000;  // operations whose failed calls are counted (tok_fail_<n>)
};

// What is done with a call: its answer, when to give it, and whether to give it at all.
struct BookedAnswer {
  absl::StatusOr<Operation> operation;
  Duration delay{0};
  bool silent = false;      // the caller must never hear of it
  bool booked_now = false;  // not an answer from the books
};

// Books merchants' calls with group commit: while one transaction commits, the next batch collects.
// A call is answered after its commit. Faults and magic tokens act here, before or after the
// effect.
class Bookkeeper {
 public:
  using Done = std::function<void(BookedAnswer)>;
  struct Booking {
    MerchantCall call;
    Done done;
  };

  // `listener` hears each entry after its commit; null: nobody does.
  Bookkeeper(BookStore& store, FaultInjector& faults, const Clock& clock, IdGenerator& ids,
             BookkeeperOptions options, BookingListener* listener = nullptr);

  // Threadsafe, never blocks. What is submitted together waits together: one transaction takes it,
  // unless it is more than a batch with what waits before it. Each `done` is called exactly once;
  // before Submit returns where the queue is full (kResourceExhausted) or the call fails by fault.
  void Submit(std::vector<Booking> bookings);

  // The worker; exactly one thread. Returns after Close(), once everything queued is answered.
  void Run();
  void Close() { queue_.Close(); }

 private:
  struct Pending {
    MerchantCall call;
    FaultDraw faults;
    Done done;
    std::optional<bool> fails_by_token;  // decided once, however often the transaction runs
  };

  void Process(std::vector<Pending>& batch);
  void Tell(const BookedAnswer& answer);
  BookedAnswer Decide(Books& books, Pending& pending);
  bool FailsByToken(const std::string& idempotency_key, int failing_calls);

  BookStore& store_;
  FaultInjector& faults_;
  const Clock& clock_;
  IdGenerator& ids_;
  const BookkeeperOptions options_;
  BookingListener* const listener_;
  BatchQueue<Pending> queue_;
  std::map<std::string, int> failed_calls_;  // by idempotency key; of the worker
};

}  // namespace orderflow::payment_provider_simulator
