#include "tests/integration/payment/provider_process.h"

#include <chrono>

#include "libs/base/invariant.h"
#include "migrations/provider_migrations.h"

namespace orderflow::payment::testing {

ProviderProcess::ProviderProcess()
    : database_({&migrations::ProviderMigrations()}),
      ids_(clock_),
      pool_(database_.PoolOptions()),
      store_(pool_),
      faults_(1),
      bookkeeper_(store_, faults_, clock_, ids_, {}, &listener_),
      executor_(metrics_, {}),
      provider_service_(bookkeeper_, store_, faults_, delayed_, executor_),
      control_service_(faults_, executor_),
      server_({.listen_address = "127.0.0.1:0"}),
      booking_thread_([this] { bookkeeper_.Run(); }),
      delay_thread_([this](std::stop_token stop) { delayed_.Run(stop); }) {
  const absl::Status started = server_.Start({&provider_service_, &control_service_});
  INVARIANT(started.ok(), "a free port of the loopback address can be had");
  server_.SetServing(true);
}

ProviderProcess::~ProviderProcess() {
  delay_thread_.request_stop();
  delay_thread_.join();
  server_.Stop(std::chrono::seconds(5));
  executor_.Stop();
  bookkeeper_.Close();
  booking_thread_.join();
}

int64_t ProviderProcess::CountBooked(const std::string& kind) {
  return database_.QueryInt("SELECT count(*) FROM operations WHERE kind = '" + kind + "'");
}

int64_t ProviderProcess::CountBooked() {
  return database_.QueryInt("SELECT count(*) FROM operations");
}

}  // namespace orderflow::payment::testing
