#include "tools/loadgen/load_run.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/messaging/kafka.h"
#include "libs/messaging/topics.h"
#include "tools/loadgen/event_watcher.h"

namespace orderflow::loadgen {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::seconds kStartDelay(1);  // the consumer finds the end of its partitions
constexpr std::chrono::milliseconds kDrainLook(20);

Moment ToMoment(std::chrono::seconds time) { return Duration(time).count(); }

std::vector<OrderLog> Schedule(const LoadOptions& options) {
  const auto seconds = static_cast<double>((options.warmup + options.measured).count());
  std::vector<OrderLog> log(static_cast<size_t>(options.rate * seconds));
  for (size_t i = 0; i < log.size(); ++i) {
    log[i].intended = static_cast<Moment>(static_cast<double>(i) * 1e6 / options.rate);
  }
  return log;
}

bool AllEnded(const std::vector<OrderLog>& log) {
  return std::all_of(log.begin(), log.end(), [](const OrderLog& order) {
    return order.failed || order.confirmed > 0 || order.ended_otherwise > 0;
  });
}

}  // namespace

absl::StatusOr<SendResult> SendAll(const LoadOptions& options, std::vector<OrderLog>& log) {
  ASSIGN_OR_RETURN(const auto consumer, messaging::MakeKafkaBroadcastConsumer(
                                            {.bootstrap_servers = options.kafka_bootstrap_servers,
                                             .client_id = "loadgen",
                                             .security = options.kafka_security},
                                            messaging::kOrderEvents));
  const SteadyClock::time_point start = SteadyClock::now() + kStartDelay;
  EventWatcher watcher(*consumer, options.mix.run, start, log);
  std::jthread reader([&watcher](std::stop_token stop) { watcher.Run(std::move(stop)); });
  OrderMix mix(options.mix);
  SendResult result;
  {
    OrderSender sender(options.sender, start);
    sender.Send(mix, log);
    result.lag_max_ms = sender.lag_max_ms();
    result.failures = sender.failures();
    result.repeats = sender.repeats();
  }
  const SteadyClock::time_point give_up = SteadyClock::now() + options.drain_max;
  while (!AllEnded(log) && SteadyClock::now() < give_up) {
    std::this_thread::sleep_for(kDrainLook);
  }
  reader.request_stop();
  reader.join();
  consumer->Close();
  return result;
}

absl::StatusOr<LoadResult> RunLoad(const LoadOptions& options) {
  std::vector<OrderLog> log = Schedule(options);
  ASSIGN_OR_RETURN(SendResult sent, SendAll(options, log));
  return LoadResult{.report = Evaluate(log, options.rate, ToMoment(options.warmup),
                                       ToMoment(options.warmup + options.measured)),
                    .sent = std::move(sent)};
}

}  // namespace orderflow::loadgen
