#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/order/domain/dead_letter.h"

namespace orderflow::order {

// The dead letter queues as a log that is only read (port). Threadsafe. Every call ends at its
// deadline. kUnavailable: the broker does not answer in time.
class DeadLetterLog {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  virtual ~DeadLetterLog() = default;

  // Every dead letter queue, sorted.
  virtual std::vector<std::string> Topics() const = 0;

  // How many there are, settled or not, by queue.
  virtual absl::StatusOr<std::map<std::string, int64_t>> Count(Deadline deadline) = 0;

  struct Page {
    std::vector<DeadLetter> letters;   // by topic, partition and offset
    std::optional<DeadLetterId> next;  // where to go on; nothing: this was the end
  };
  // Up to `count_max` letters of `topics` (sorted) from `from` on; nothing: from the beginning.
  virtual absl::StatusOr<Page> Read(const std::vector<std::string>& topics,
                                    const std::optional<DeadLetterId>& from, size_t count_max,
                                    Deadline deadline) = 0;

  // Those of `ids` that there are.
  virtual absl::StatusOr<std::map<DeadLetterId, DeadLetter>> Find(std::span<const DeadLetterId> ids,
                                                                  Deadline deadline) = 0;
};

// What became of an action on one dead letter of a batch.
struct DeadLetterResult {
  DeadLetterId id;
  absl::StatusOr<DeadLetterAction> action;
};

struct DeadLetterActionFilter {
  std::string key;     // empty: any
  std::string before;  // only actions older than this one; empty: from the newest
  int limit = 0;
};

// Does to dead letters what a person decided, and remembers it (port). Threadsafe. Errors:
// kUnavailable (nothing stored), kUnknown (in doubt: the same request id learns what was stored).
class DeadLetterSettler {
 public:
  virtual ~DeadLetterSettler() = default;

  // Acts on each in one transaction, which also holds its record and what is sent. A refusal (as
  // CheckSettlement and CheckSameSettlement say) stands in that letter's result and does not touch
  // the others. The same request id again returns the first record. Letters must differ.
  virtual absl::StatusOr<std::vector<DeadLetterResult>> Settle(
      std::span<const DeadLetter> letters, const DeadLetterRequest& request) = 0;

  // What was done to these.
  virtual absl::StatusOr<std::map<DeadLetterId, DeadLetterAction>> ActionsOn(
      std::span<const DeadLetter> letters) = 0;

  // How many were settled, by queue.
  virtual absl::StatusOr<std::map<std::string, int64_t>> Count() = 0;

  // Newest first.
  virtual absl::StatusOr<std::vector<DeadLetterAction>> ListActions(
      const DeadLetterActionFilter& filter) = 0;
};

}  // namespace orderflow::order
