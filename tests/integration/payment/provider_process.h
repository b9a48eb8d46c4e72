#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "libs/base/uuid.h"
#include "libs/postgres/pool.h"
#include "libs/rpc/call_executor.h"
#include "libs/rpc/server.h"
#include "libs/telemetry/metrics.h"
#include "libs/testing/postgres/temporary_database.h"
#include "services/payment_provider_simulator/domain/bookkeeper.h"
#include "services/payment_provider_simulator/grpc/delayed_answers.h"
#include "services/payment_provider_simulator/grpc/provider_control_service.h"
#include "services/payment_provider_simulator/grpc/provider_service.h"
#include "services/payment_provider_simulator/persistence/postgres_book_store.h"

namespace orderflow::payment::testing {

// The payment provider simulator, whole, inside the test: real gRPC server on a free port, real
// books in a database of its own.
class ProviderProcess {
 public:
  ProviderProcess();
  ~ProviderProcess();

  std::string address() const { return "127.0.0.1:" + std::to_string(server_.port()); }
  orderflow::testing::TemporaryDatabase& database() { return database_; }
  payment_provider_simulator::FaultInjector& faults() { return faults_; }
  // From now on it hears what is booked; null: nobody does. It must outlive what is under way.
  void SetListener(payment_provider_simulator::BookingListener* listener) {
    listener_.to = listener;
  }

  // What is booked without payment-service: another hold on the card, a capture of an open hold.
  void Hold(const std::string& payment_reference, const std::string& idempotency_key);
  void Capture(const std::string& payment_reference, const std::string& idempotency_key);

  // Entries of the books, of one kind and all.
  int64_t CountBooked(const std::string& kind);
  int64_t CountBooked();
  // The state of the only hold.
  std::string HoldState() {
    return database_.QueryText("SELECT hold_state FROM operations WHERE hold_state IS NOT NULL");
  }

 private:
  struct Listener final : payment_provider_simulator::BookingListener {
    void OnBooked(const payment_provider_simulator::Operation& operation,
                  std::optional<Duration> answered_in) override {
      if (payment_provider_simulator::BookingListener* listener = to) {
        listener->OnBooked(operation, answered_in);
      }
    }
    std::atomic<payment_provider_simulator::BookingListener*> to = nullptr;
  };

  template <class Method, class Request>
  void Book(Method method, const Request& request);

  orderflow::testing::TemporaryDatabase database_;
  SystemClock clock_;
  UuidV7Generator ids_;
  telemetry::Metrics metrics_;
  postgres::Pool pool_;
  payment_provider_simulator::PostgresBookStore store_;
  payment_provider_simulator::FaultInjector faults_;
  Listener listener_;
  payment_provider_simulator::Bookkeeper bookkeeper_;
  payment_provider_simulator::DelayedAnswers delayed_;
  rpc::CallExecutor executor_;
  payment_provider_simulator::ProviderGrpcService provider_service_;
  payment_provider_simulator::ProviderControlGrpcService control_service_;
  rpc::Server server_;
  std::jthread booking_thread_;
  std::jthread delay_thread_;
};

}  // namespace orderflow::payment::testing
