#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace orderflow::loadgen {

// Microseconds since the start of the run; 0: has not happened.
using Moment = int64_t;

// What happened to one order of the run. Each field is written once, by one thread.
struct OrderLog {
  Moment intended = 0;               // when it was to be sent
  std::atomic<Moment> answered = 0;  // CreateOrder returned OK
  std::atomic<Moment> confirmed = 0;
  std::atomic<Moment> ended_otherwise = 0;  // rejected or cancelled
  std::atomic<bool> failed = false;         // CreateOrder failed, or was not sent
  std::atomic<bool> not_sent = false;       // the generator had too many calls in flight
  std::atomic<Moment> refused = 0;          // CreateOrder returned an error
};

// Results of a run. Latencies are measured from the intended time, so a generator or service that
// falls behind is charged for it (no coordinated omission).
struct LoadReport {
  double rate = 0;
  double seconds = 0;
  int64_t sent = 0;  // in the measured window
  int64_t accepted = 0;
  int64_t failed = 0;               // not_sent included
  int64_t not_sent = 0;             // too many calls in flight
  int64_t confirmed = 0;            // of those sent in the window, at any time
  int64_t ended_otherwise = 0;      // of those sent in the window: rejected or cancelled
  int64_t unfinished = 0;           // accepted, and not ended when the run gave up waiting
  double confirmed_per_second = 0;  // confirmations that came within the window
  double finished_per_second = 0;   // first ends that came within it, of whatever kind
  double p50_ms = 0, p90_ms = 0, p99_ms = 0, max_ms = 0;  // intended -> confirmed
  double accept_p50_ms = 0, accept_p99_ms = 0;            // intended -> answered
  double refuse_p99_ms = 0;                               // intended -> error
};

// The smallest value that at least `share` of all values do not exceed, in milliseconds; 0 of none.
double PercentileMs(const std::vector<Moment>& sorted, double share);

// Evaluates orders sent in [from, to) and confirmations that came in [from, to).
LoadReport Evaluate(const std::vector<OrderLog>& orders, double rate, Moment from, Moment to);

// "load: rate=.. seconds=.. sent=.. ..." for scripts.
std::string ReportLine(const LoadReport& report);

}  // namespace orderflow::loadgen
