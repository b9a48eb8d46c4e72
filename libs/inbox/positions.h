#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "libs/messaging/record.h"

namespace orderflow::inbox {

// The offset to be read next, by partition.
using Positions = std::map<messaging::TopicPartition, int64_t>;

// A move of one partition, valid only if the table still holds `expected`.
struct ProgressStep {
  messaging::TopicPartition partition;
  int64_t expected = 0;
  int64_t next = 0;
};

// Drops records of partitions that are not ours any more, and those before our progress: Kafka
// delivers again from its own bookmark after a rebalance. Pure.
void DropForeign(std::vector<messaging::Record>& records, const Positions& positions);

// The steps that reading `records` makes from `positions`, which holds all of their partitions; one
// per partition, ordered. A batch may end inside a packed record: progress then stays before it, as
// a step to where it is, which fences as every other one. Pure.
std::vector<ProgressStep> StepsFor(std::span<const messaging::Record> records,
                                   const Positions& positions);

// How many of `records` the next transaction takes: at most `limit`, and as many as end with a
// record of the log; when not even the first one fits, those that do. Pure.
size_t SliceSize(std::span<const messaging::Record> records, size_t limit);

// Moves `positions` by `steps`. Pure.
void ApplySteps(const std::vector<ProgressStep>& steps, Positions& positions);

}  // namespace orderflow::inbox
