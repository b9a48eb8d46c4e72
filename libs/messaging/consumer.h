#pragma once

#include <map>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/messaging/record.h"

namespace orderflow::messaging {

// Decides where a newly assigned partition starts. Called from Consumer::PollBatch.
class AssignmentListener {
 public:
  virtual ~AssignmentListener() = default;
  // Returns the offset to start each partition from (kOffsetBeginning or kOffsetEnd allowed). An
  // error keeps the partitions unassigned and is tried again at the next poll.
  virtual absl::StatusOr<std::map<TopicPartition, int64_t>> OnAssigned(
      const std::vector<TopicPartition>& partitions) = 0;
  // The partitions are no longer ours; drop what is in hand of them.
  virtual void OnRevoked(const std::vector<TopicPartition>& partitions) = 0;
};

inline constexpr int64_t kOffsetBeginning = -2;
inline constexpr int64_t kOffsetEnd = -1;

// Metadata of a kOutOfRange status of PollBatch.
inline constexpr char kMetadataTopic[] = "topic";
inline constexpr char kMetadataPartition[] = "partition";

// Reads records of the topics it was made for. Not threadsafe: one thread polls.
class Consumer {
 public:
  virtual ~Consumer() = default;

  // Waits up to `timeout` for a first record, then takes what has already arrived, up to
  // `batch_max`: under load batches grow, idle adds no delay. The messages of a packed record come
  // together, the last ones beyond `batch_max` if need be. Empty when nothing came.
  // kUnavailable: broker out of reach (polling goes on and recovers).
  // kOutOfRange: the next offset of a partition is not in the log any more (topic re-created or
  // history expired); the consumer stays there until Seek. The partition is named by the metadata
  // kMetadataTopic and kMetadataPartition of the status (DetailsOf in libs/base/errors.h).
  virtual absl::StatusOr<std::vector<Record>> PollBatch(size_t batch_max, Duration timeout) = 0;

  // Continues from `offset` and drops what was fetched but not returned of that partition.
  virtual absl::Status Seek(const TopicPartition& partition, int64_t offset) = 0;

  // Tells the broker how far we are, for lag tools only; progress that counts is in the database.
  virtual void CommitAsync(const std::map<TopicPartition, int64_t>& next_offsets) = 0;

  // Records between our position and the end of the log, summed over assigned partitions, as last
  // heard from the broker; -1 before it is known.
  virtual int64_t Lag() = 0;

  // Leaves the group. No call is allowed afterwards.
  virtual void Close() = 0;
};

}  // namespace orderflow::messaging
