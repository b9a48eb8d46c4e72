// db_ceiling: how many whole sagas a second the database alone can take, for comparison with the
// whole system in the same minute: the same tables, rows, statements and transactions in batches,
// without Kafka, gRPC and the other processes. Or how many orders, when they are only accepted.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "CLI/CLI.hpp"
#include "libs/base/mutex.h"
#include "libs/base/status_macros.h"
#include "libs/postgres/migrations.h"
#include "migrations/inbox_migrations.h"
#include "migrations/inventory_migrations.h"
#include "migrations/notification_migrations.h"
#include "migrations/order_migrations.h"
#include "migrations/outbox_migrations.h"
#include "migrations/payment_migrations.h"
#include "migrations/provider_migrations.h"
#include "tests/load/ceiling.h"
#include "tests/load/db_ceiling/saga_worker.h"

namespace orderflow::db_ceiling {
namespace {

using SteadyClock = std::chrono::steady_clock;

struct Arguments {
  std::string url;
  std::string role = "postgres";
  int seconds = 10;
  int warmup_seconds = 2;
  int workers = 2;
  int batch = 64;
  bool accept_only = false;
};

absl::Status MigrateAll(const Arguments& arguments) {
  return postgres::Migrate(
      {.owner_url = arguments.url, .runtime_role = arguments.role, .verify_role = arguments.role},
      {&migrations::OutboxMigrations(), &migrations::InboxMigrations(),
       &migrations::OrderMigrations(), &migrations::PaymentMigrations(),
       &migrations::InventoryMigrations(), &migrations::NotificationMigrations(),
       &migrations::ProviderMigrations()});
}

// Plays batches until `end` and counts the sagas that were complete after `from`.
absl::Status Play(SagaWorker& worker, const Arguments& arguments, SteadyClock::time_point from,
                  SteadyClock::time_point end, std::atomic<int64_t>& sagas) {
  while (SteadyClock::now() < end) {
    const auto orders = static_cast<size_t>(arguments.batch);
    RETURN_IF_ERROR(arguments.accept_only ? worker.AcceptBatch(orders) : worker.PlayBatch(orders));
    const auto now = SteadyClock::now();
    if (now >= from && now < end) {
      sagas += arguments.batch;
    }
  }
  return absl::OkStatus();
}

absl::Status Measure(const Arguments& arguments) {
  RETURN_IF_ERROR(MigrateAll(arguments));
  postgres::PoolOptions options;
  options.url = arguments.url;
  options.application_name = "db-ceiling";
  options.size_max = arguments.workers;
  postgres::Pool pool(options);
  const SystemClock clock;
  UuidV7Generator ids(clock);
  std::vector<SagaWorker> workers;
  for (int number = 0; number < arguments.workers; ++number) {
    workers.emplace_back(pool, ids, number);
    RETURN_IF_ERROR(workers.back().Prepare());
  }
  const auto from = SteadyClock::now() + std::chrono::seconds(arguments.warmup_seconds);
  const auto end = from + std::chrono::seconds(arguments.seconds);
  std::atomic<int64_t> sagas = 0;
  Mutex mutex;
  absl::Status first_error;
  std::vector<std::thread> threads;
  for (SagaWorker& worker : workers) {
    threads.emplace_back([&] {
      const absl::Status status = Play(worker, arguments, from, end, sagas);
      MutexLock lock(mutex);
      first_error.Update(status);
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  RETURN_IF_ERROR(first_error);
  std::printf("db_ceiling: %s_per_second=%.0f batch=%d workers=%d seconds=%d\n",
              arguments.accept_only ? "accepts" : "sagas",
              static_cast<double>(sagas) / arguments.seconds, arguments.batch, arguments.workers,
              arguments.seconds);
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  CLI::App app("Whole sagas per second that the database alone can take");
  Arguments arguments;
  app.add_option("--url", arguments.url, "An empty scratch database, as its owner")->required();
  app.add_option("--role", arguments.role, "An existing role to grant to")->capture_default_str();
  app.add_option("--seconds", arguments.seconds, "Length of the measurement")
      ->check(CLI::Range(1, 600))
      ->capture_default_str();
  app.add_option("--warmup", arguments.warmup_seconds, "Seconds before it")
      ->check(CLI::Range(0, 600))
      ->capture_default_str();
  app.add_option("--workers", arguments.workers, "Connections")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option("--batch", arguments.batch, "Orders per transaction")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_flag("--accept-only", arguments.accept_only,
               "Only what CreateOrder writes, and the delete of its messages");
  return RunCeiling(app, argc, argv, [&] { return Measure(arguments); });
}

}  // namespace
}  // namespace orderflow::db_ceiling

int main(int argc, char** argv) { return orderflow::db_ceiling::Main(argc, argv); }
