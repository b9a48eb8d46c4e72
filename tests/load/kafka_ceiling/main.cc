// kafka_ceiling: how many records a second the broker and the client library alone can carry, for
// comparison with the messages of the whole system in the same minute: the services' producer and
// consumer with their settings, records of a command's size, one process, nothing else.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>

#include "CLI/CLI.hpp"
#include "libs/base/status_macros.h"
#include "libs/messaging/kafka.h"
#include "tests/load/ceiling.h"

namespace orderflow::kafka_ceiling {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr int kPartitions = 2;  // of each topic in the measured stack
constexpr size_t kPollMax = 1000;
constexpr std::chrono::milliseconds kPollTimeout(100);
constexpr int kKeys = 1000;

struct Arguments {
  std::string bootstrap_servers = "127.0.0.1:19092";
  std::string topic = "ceiling";
  int records = 300'000;
  int bytes = 300;
  int timeout_seconds = 120;
};

struct Counts {
  std::atomic<int64_t> acknowledged = 0;
  std::atomic<int64_t> failed = 0;
  std::atomic<int64_t> answered = 0;  // both
};

void SendAll(messaging::Producer& producer, const Arguments& arguments, const std::stop_token& stop,
             Counts& counts) {
  messaging::Record record;
  record.topic = arguments.topic;
  record.value.assign(static_cast<size_t>(arguments.bytes), 'x');
  for (int number = 0; number < arguments.records && !stop.stop_requested();) {
    record.key = std::to_string(number % kKeys);
    const int64_t answered = counts.answered;
    const absl::Status sent = producer.Send(record, [&counts](const absl::Status& status) {
      ++(status.ok() ? counts.acknowledged : counts.failed);
      ++counts.answered;
      counts.answered.notify_one();
    });
    if (sent.ok()) {
      ++number;
    } else {
      counts.answered.wait(answered);  // the local queue is full
    }
  }
}

// The first poll finds the ends of the partitions: nothing may be sent before it, and it fails
// until the new topic has a leader.
absl::Status Start(messaging::Consumer& consumer, SteadyClock::time_point give_up) {
  absl::Status status;
  do {
    status = consumer.PollBatch(1, kPollTimeout).status();
  } while (absl::IsUnavailable(status) && SteadyClock::now() < give_up);
  return status;
}

absl::Status Measure(const Arguments& arguments) {
  const messaging::KafkaOptions options{.bootstrap_servers = arguments.bootstrap_servers,
                                        .client_id = "kafka-ceiling"};
  RETURN_IF_ERROR(messaging::CreateTopics(options, {arguments.topic}, kPartitions, 1));
  ASSIGN_OR_RETURN(const auto consumer,
                   messaging::MakeKafkaBroadcastConsumer(options, arguments.topic));
  Counts counts;  // until the last report of the producer
  ASSIGN_OR_RETURN(const auto producer, messaging::MakeKafkaProducer(options));
  const SteadyClock::time_point give_up =
      SteadyClock::now() + std::chrono::seconds(arguments.timeout_seconds);
  RETURN_IF_ERROR(Start(*consumer, give_up));
  const SteadyClock::time_point start = SteadyClock::now();
  std::jthread sender(
      [&](const std::stop_token& stop) { SendAll(*producer, arguments, stop, counts); });
  int64_t received = 0;
  while (received < arguments.records && SteadyClock::now() < give_up) {
    ASSIGN_OR_RETURN(const auto records, consumer->PollBatch(kPollMax, kPollTimeout));
    received += static_cast<int64_t>(records.size());
  }
  const double seconds = std::chrono::duration<double>(SteadyClock::now() - start).count();
  sender.request_stop();
  consumer->Close();
  if (received < arguments.records || counts.failed > 0) {
    return absl::DeadlineExceededError(
        std::to_string(received) + " of " + std::to_string(arguments.records) + " records came, " +
        std::to_string(counts.failed) + " were refused; is the topic new and the broker up?");
  }
  std::printf("kafka_ceiling: records_per_second=%.0f records=%d bytes=%d partitions=%d\n",
              static_cast<double>(received) / seconds, arguments.records, arguments.bytes,
              kPartitions);
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  CLI::App app("Records per second that Kafka and its client alone can carry, written and read");
  Arguments arguments;
  app.add_option("--kafka", arguments.bootstrap_servers, "host:port")
      ->envname("ORDERFLOW_KAFKA_BOOTSTRAP_SERVERS")
      ->capture_default_str();
  app.add_option("--topic", arguments.topic, "Is created; nobody else may use it")
      ->capture_default_str();
  app.add_option("--records", arguments.records, "How many")
      ->check(CLI::Range(1, 100'000'000))
      ->capture_default_str();
  app.add_option("--bytes", arguments.bytes, "Size of a record's value")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  app.add_option("--timeout", arguments.timeout_seconds, "Seconds until it gives up")
      ->check(CLI::Range(1, 3'600))
      ->capture_default_str();
  return RunCeiling(app, argc, argv, [&] { return Measure(arguments); });
}

}  // namespace
}  // namespace orderflow::kafka_ceiling

int main(int argc, char** argv) { return orderflow::kafka_ceiling::Main(argc, argv); }
