#pragma once

#include <chrono>
#include <string>

#include "libs/base/clock.h"

namespace orderflow::verify {

// How far a database had been read by a run. Times are the database's.
struct Position {
  Timestamp time;            // before `running` and `snapshot` were taken
  std::string snapshot;      // pg_current_snapshot(): what the run has seen
  std::string running;       // ids of the transactions that were writing, separated by commas
  Timestamp safe_time = {};  // whatever the run has not seen began to be written after it
};

// How much earlier than its first statement a transaction may have made the ids that it stores: a
// request waits in a queue, a batch is tried again, and two machines' clocks differ.
inline constexpr std::chrono::minutes kIdsEarlierMax(2);

// How long transactions that were met by the very first run may have run already.
inline constexpr std::chrono::hours kTransactionMax(1);

// Sets the safe time of `next`, which was read after `previous` (nullptr: nothing was). A
// transaction that still runs hides ids as old as its beginning: one that did not run at `previous`
// began after it; one that did holds the safe time back until it has ended. Pure.
void SetSafeTime(const Position* previous, Position& next);

// Version 7 ids of what the run has not seen are not smaller. Pure.
std::string FirstIdAfter(const Position& position);

// When the database was read from a snapshot that is younger than `snapshot`: it is not the
// database that it was then (restored from a backup, or another one). Pure.
bool IsOlder(const std::string& snapshot, const Position& position);

}  // namespace orderflow::verify
