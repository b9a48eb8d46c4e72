#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "libs/messaging/consumer.h"
#include "libs/messaging/producer.h"
#include "libs/messaging/record.h"

namespace orderflow::messaging::testing {

struct BrokerState;

// A broker in memory, for tests and simulation: same order, same positions, same faults in each
// run. Topics exist as soon as they are named, all with the same number of partitions; a key always
// lands on the same one. It keeps the promises of Producer and Consumer and adds faults that a real
// broker has. Threadsafe; clients may outlive it.
class InMemoryBroker {
 public:
  explicit InMemoryBroker(int partitions = 1);
  ~InMemoryBroker();

  std::unique_ptr<Producer> MakeProducer();
  // `listener` must outlive it.
  std::unique_ptr<Consumer> MakeConsumer(const std::string& group,
                                         const std::vector<std::string>& topics,
                                         AssignmentListener& listener);
  std::unique_ptr<Consumer> MakeBroadcastConsumer(const std::string& topic);

  // What is in the log of a topic: by partition, then by offset.
  std::vector<Record> Log(const std::string& topic) const;
  // The bookmarks of a group.
  std::map<TopicPartition, int64_t> Committed(const std::string& group) const;
  // Puts a record in, as if some producer had sent it.
  void Append(const Record& record);

  // Faults. Counts are of sends to come; the first fault with a count left is the one that happens.
  // Send answers kResourceExhausted, as a full queue does.
  void RejectSends(int count);
  // The record does not reach the log; the caller hears `status`.
  void FailSends(int count, absl::Status status);
  // The record is in the log, but the caller hears kUnavailable.
  void LoseAcknowledgements(int count);
  // The record is in the log twice, and is acknowledged once.
  void DuplicateSends(int count);
  // While held, sends reach the log but nobody hears of it; release tells all, oldest first.
  void HoldAcknowledgements();
  void ReleaseAcknowledgements();
  // While unreachable, sends wait as if acknowledgements were held and do not reach the log, and
  // PollBatch answers kUnavailable.
  void SetReachable(bool reachable);
  // Forgets the records before `offset`, as expired history: readers before it get kOutOfRange.
  void Expire(const TopicPartition& partition, int64_t offset);
  // Empties a topic, as if deleted and created again: positions beyond the end get kOutOfRange.
  void Recreate(const std::string& topic);
  // Takes every partition of the group away and deals them out again, as a rebalance does.
  void Rebalance(const std::string& group);

 private:
  const std::shared_ptr<BrokerState> state_;
};

}  // namespace orderflow::messaging::testing
