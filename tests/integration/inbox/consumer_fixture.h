#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "fmt/format.h"
#include "gtest/gtest.h"
#include "libs/base/uuid.h"
#include "libs/inbox/transactional_consumer.h"
#include "libs/outbox/outbox.h"
#include "libs/outbox/outbox_relay.h"
#include "libs/outbox/testing/scripted_producer.h"
#include "libs/postgres/pool.h"
#include "libs/telemetry/metrics.h"
#include "libs/testing/eventually.h"
#include "libs/testing/postgres/tcp_proxy.h"
#include "libs/testing/postgres/temporary_database.h"
#include "libs/testing/status_matchers.h"
#include "migrations/inbox_migrations.h"
#include "migrations/outbox_migrations.h"
#include "tests/integration/inbox/log_consumer.h"

namespace orderflow::inbox {

inline constexpr postgres::Statement kInsertEffects{
    "test_insert_effects", "INSERT INTO effects (value) SELECT * FROM unnest($1::text[])"};

// Writes each record's value to table effects, without a natural key: what is applied twice is
// seen.
class EffectsHandler final : public BatchHandler {
 public:
  absl::Status Handle(postgres::Transaction& transaction,
                      std::span<const messaging::Record> records) override {
    ++calls;
    if (on_handle) {
      on_handle(records);
    }
    most_records = std::max(most_records.load(), records.size());
    std::vector<std::string> values;
    bool has_poison = false;
    for (const messaging::Record& record : records) {
      values.push_back(record.value);
      has_poison = has_poison || record.value.find("poison") != std::string::npos;
    }
    transaction.AfterCommit([this] { ++commits; });
    RETURN_IF_ERROR(
        transaction.Execute(kInsertEffects, postgres::Params().TextArray(values)).status());
    if (transient_failures > 0 || records.size() > records_max) {
      transient_failures = std::max(0, transient_failures - 1);
      return transient_failure;
    }
    return has_poison ? absl::InvalidArgumentError("not a command") : absl::OkStatus();
  }

  std::atomic<int> calls = 0;
  std::atomic<int> commits = 0;
  std::atomic<int> transient_failures = 0;
  std::atomic<size_t> records_max = std::numeric_limits<size_t>::max();  // more of them fail
  std::atomic<size_t> most_records = 0;                                  // seen in one call
  std::function<void(std::span<const messaging::Record>)> on_handle;     // before anything else
  absl::Status transient_failure = absl::UnavailableError("a peer is away");
};

class TransactionalConsumerTest : public ::testing::Test {
 protected:
  TransactionalConsumerTest()
      : database_({&migrations::OutboxMigrations(), &migrations::InboxMigrations()}),
        proxy_(database_.server_port()),
        pool_(database_.PoolOptionsAtPort(proxy_.port())),
        ids_(clock_),
        producer_(outbox::ScriptedProducer::Rule::kAcknowledge),
        relay_(pool_, producer_, metrics_, {.source = "/test", .instance_id = "test"}),
        outbox_(relay_) {
    database_.Run("CREATE TABLE effects (number bigserial PRIMARY KEY, value text NOT NULL)");
    database_.Run("GRANT SELECT, INSERT ON effects TO test_runtime");
    database_.Run("GRANT USAGE ON SEQUENCE effects_number_seq TO test_runtime");
  }

  // A consumer process, until Stop or the end of the test.
  class Process {
   public:
    Process(TransactionalConsumerTest& test, EffectsHandler& handler, ConsumerControl& control,
            int partition_count = 1, size_t batch_max = 256, BatchPace pace = {},
            Mutex* turn = nullptr)
        : consumer_(test.pool_, test.outbox_, handler,
                    [&test, &control, partition_count](messaging::AssignmentListener& listener)
                        -> absl::StatusOr<std::unique_ptr<messaging::Consumer>> {
                      return std::make_unique<LogConsumer>(test.log_, partition_count, listener,
                                                           control);
                    },
                    test.clock_, test.ids_, test.metrics_,
                    {.group = "g",
                     .batch_max = batch_max,
                     .retry_delay_max = std::chrono::milliseconds(50),
                     .pace = pace,
                     .turn = turn}),
          thread_([this](const std::stop_token& stop) { consumer_.Run(stop); }) {}

    void Stop() {
      thread_.request_stop();
      thread_.join();
    }

   private:
    TransactionalConsumer consumer_;
    std::jthread thread_;
  };

  void Append(int count, int32_t partition = 0) {
    for (int i = 0; i < count; ++i) {
      log_.Append(partition, fmt::format("{}-{}", partition, i));
    }
  }

  // "0-0,0-1,...": the values of a partition in the order of their effects.
  std::string Effects(int32_t partition = 0) {
    return database_.QueryText(fmt::format(
        "SELECT string_agg(value, ',' ORDER BY number) FROM effects WHERE value LIKE '{}-%'",
        partition));
  }
  static std::string Expected(int count, int32_t partition = 0) {
    std::string values;
    for (int i = 0; i < count; ++i) {
      values += fmt::format("{}{}-{}", i == 0 ? "" : ",", partition, i);
    }
    return values;
  }
  bool EffectsBecome(const std::string& expected, int32_t partition = 0) {
    return orderflow::testing::Eventually([&] { return Effects(partition) == expected; });
  }
  // The values of what was parked, in that order.
  std::string DeadLetters() {
    return database_.QueryText(
        "SELECT string_agg(convert_from(payload, 'UTF8'), ',' ORDER BY message_id) FROM "
        "outbox_messages WHERE topic = 't.dlq'");
  }
  int64_t Progress(int32_t partition = 0) {
    return database_.QueryInt(
        fmt::format("SELECT next_offset FROM consumer_progress WHERE consumer_group = 'g' AND "
                    "topic = 't' AND partition = {}",
                    partition));
  }

  orderflow::testing::TemporaryDatabase database_;
  orderflow::testing::TcpProxy proxy_;
  postgres::Pool pool_;
  SystemClock clock_;
  UuidV7Generator ids_;
  telemetry::Metrics metrics_;
  outbox::ScriptedProducer producer_;
  outbox::OutboxRelay relay_;
  outbox::Outbox outbox_;
  Log log_;
};

}  // namespace orderflow::inbox
