#pragma once

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "libs/messaging/consumer.h"
#include "tools/loadgen/run_log.h"

namespace orderflow::loadgen {

// Reads order.events from its end and notes when orders of this run end.
class EventWatcher {
 public:
  EventWatcher(messaging::Consumer& consumer, std::string run,
               std::chrono::steady_clock::time_point start, std::vector<OrderLog>& log);

  // Reads until stop. Errors of the broker are shown on standard error and ridden out.
  void Run(std::stop_token stop);

 private:
  void Note(const messaging::Record& record, Moment now);

  messaging::Consumer& consumer_;
  const std::string run_;
  const std::chrono::steady_clock::time_point start_;
  std::vector<OrderLog>& log_;
};

}  // namespace orderflow::loadgen
