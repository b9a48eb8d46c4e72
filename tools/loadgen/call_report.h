#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/loadgen/run_log.h"

namespace orderflow::loadgen {

// Calls of one kind in the measured window: how many were answered, and how long that took.
struct CallReport {
  double rate = 0;    // calls due per second; 0: as many as `in_flight` at a time give
  int in_flight = 0;  // most calls under way
  double seconds = 0;
  double calls_per_second = 0;  // answered with OK
  double p50_ms = 0, p90_ms = 0, p99_ms = 0, max_ms = 0;
  int64_t errors = 0;    // answered otherwise, or due and not sent
  int64_t answered = 0;  // with OK, before and after the window too
  // What the generator itself took for a call: where it shares the processors, that much is
  // missing.
  double client_cpu_us = 0;
};

// Evaluates the latencies (in any order) of the calls that were answered with OK in the window.
void Evaluate(std::vector<Moment> latencies, CallReport& report);

// "reads: reads_per_second=.. p50_ms=.. p99_ms=.. errors=.. ..." for scripts; `noun` is "reads".
std::string ReportLine(const std::string& noun, const CallReport& report);

}  // namespace orderflow::loadgen
