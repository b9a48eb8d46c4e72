#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "libs/base/batch_queue.h"
#include "libs/base/mutex.h"
#include "libs/base/uuid.h"
#include "libs/messaging/producer.h"
#include "libs/messaging/record.h"
#include "libs/outbox/outbox.h"
#include "libs/outbox/outbox_relay.h"
#include "libs/postgres/pool.h"
#include "libs/telemetry/metrics.h"
#include "libs/testing/postgres/temporary_database.h"
#include "orderflow/order/v1/saga_messages.pb.h"
#include "services/payment/messaging/outcome_writer.h"
#include "services/payment/messaging/payment_command_handler.h"
#include "services/payment/persistence/postgres_payment_books.h"
#include "services/payment/persistence/postgres_payment_store.h"
#include "services/payment/persistence/postgres_reconciliation_actions.h"
#include "services/payment/persistence/postgres_reconciliation_store.h"
#include "services/payment/providers/grpc_provider.h"
#include "services/payment/providers/grpc_provider_books.h"
#include "services/payment/providers/operation_resolver.h"
#include "services/payment/providers/provider_caller.h"
#include "services/payment/reconciliation/reconciler.h"

namespace orderflow::payment::testing {

// The database of payment-service, and what a test wants to see in it.
class PaymentDatabase {
 public:
  PaymentDatabase();

  orderflow::testing::TemporaryDatabase& raw() { return database_; }
  std::string State(const OrderId& order_id);
  std::string OperationState(const OrderId& order_id, const std::string& kind);
  int64_t Attempts(const OrderId& order_id, const std::string& kind);
  // Every reply queued for the saga of an order, oldest first, as "<step>: <outcome>[ <code>]".
  std::vector<std::string> Replies(const OrderId& order_id);
  // As if the leases and pauses of all open operations had passed.
  void LetTimePass();

 private:
  orderflow::testing::TemporaryDatabase database_;
};

// One process of payment-service inside the test, apart from Kafka: commands are handed to the
// handler in its transaction, and the test decides when outcomes are stored. Several of them on one
// database are several processes; one that is dropped has crashed.
class PaymentProcess {
 public:
  PaymentProcess(PaymentDatabase& database, const std::string& provider_address,
                 CommandHandlerOptions options = {}, Duration answer_wait = Duration(0));
  ~PaymentProcess();

  absl::Status Handle(const std::vector<messaging::Record>& commands);
  // Waits for so many outcomes of provider calls and stores them in one transaction.
  absl::Status StoreOutcomes(size_t count);
  // The same for those that wait already.
  absl::Status StoreWaitingOutcomes() { return StoreOutcomes(outcomes_.size()); }
  // Waits for so many outcomes.
  std::vector<CallOutcome> TakeOutcomes(size_t count);
  absl::Status Store(const std::vector<CallOutcome>& outcomes) { return writer_.Store(outcomes); }

  OperationResolver& resolver() { return resolver_; }
  PostgresOpenOperations& operations() { return operations_; }
  ProviderCaller& caller() { return caller_; }
  PostgresPaymentReader& reader() { return reader_; }
  postgres::Pool& pool() { return pool_; }
  PaymentCommandHandler& handler() { return handler_; }
  Reconciler& reconciler() { return reconciler_; }
  PostgresReconciliationStore& reconciliation() { return reconciliation_store_; }
  PostgresReconciliationActions& actions() { return reconciliation_actions_; }
  telemetry::Metrics& metrics() { return metrics_; }
  // How often a transaction has stored payments, those included that were run again.
  int stores() const { return store_.stores; }
  // How many requests the provider has got, about this order and in all: calls, those repeated, and
  // look-ups.
  int CountRequests(const OrderId& order_id) const { return counting_provider_.Count(order_id); }
  int CountRequests() const { return counting_provider_.Count(); }
  // Outcomes that came behind their commit and wait to be stored.
  size_t waiting_outcomes() const { return outcomes_.size(); }
  outbox::Outbox& outbox() { return outbox_; }

  // A whole run of the reconciler for "ann": "<class> <kind> <closure>" of each difference, in its
  // order.
  std::vector<std::string> Reconcile(bool dry_run = false);
  // How far its clock is ahead; an hour, so that nothing counts as under way.
  void SetClockAhead(Duration ahead) { clock_ahead_.ahead = ahead; }

 private:
  // The relay is never started: what is queued stays in the table, where tests read it.
  class NoProducer final : public messaging::Producer {
    absl::Status Send(const messaging::Record&, std::function<void(absl::Status)>) override {
      return absl::UnavailableError("this test has no broker");
    }
  };

  class CountingStore final : public PaymentStore {
   public:
    explicit CountingStore(PaymentStore& store) : store_(store) {}
    absl::StatusOr<Payments> Load(postgres::Transaction& transaction,
                                  std::span<const OrderId> order_ids) override {
      return store_.Load(transaction, order_ids);
    }
    absl::Status Store(postgres::Transaction& transaction, std::span<const PaymentChange> changes,
                       std::span<const LedgerTransfer> transfers) override {
      ++stores;
      return store_.Store(transaction, changes, transfers);
    }
    std::atomic<int> stores = 0;

   private:
    PaymentStore& store_;
  };

  class CountingProvider final : public Provider {
   public:
    explicit CountingProvider(Provider& provider) : provider_(provider) {}
    void Send(std::vector<Sending> sendings) override;
    void Find(const ProviderCall& call, Done done) override;
    int Count(const OrderId& order_id) const;
    int Count() const;

   private:
    void Note(const ProviderCall& call);

    Provider& provider_;
    mutable Mutex mutex_;
    std::map<OrderId, int> requests_ ABSL_GUARDED_BY(mutex_);
  };

  class ClockAhead final : public Clock {
   public:
    Timestamp Now() const override { return SystemClock().Now() + ahead; }
    Duration ahead{std::chrono::hours(1)};
  };

  SystemClock clock_;
  ClockAhead clock_ahead_;
  UuidV7Generator ids_;
  telemetry::Metrics metrics_;
  postgres::Pool pool_;
  NoProducer producer_;
  outbox::OutboxRelay relay_;
  outbox::Outbox outbox_;
  PostgresPaymentStore postgres_store_;
  CountingStore store_;
  PostgresOpenOperations operations_;
  PostgresPaymentReader reader_;
  PostgresPaymentBooks payment_books_;
  PostgresReconciliationStore reconciliation_store_;
  PostgresReconciliationActions reconciliation_actions_;
  GrpcProvider provider_;
  CountingProvider counting_provider_;
  GrpcProviderBooks provider_books_;
  BatchQueue<CallOutcome> outcomes_;
  ProviderCaller caller_;
  PromptAnswers prompt_answers_;
  BatchWriter batch_writer_;
  OrdersInHand orders_in_hand_;
  OutcomeMetrics outcome_metrics_;
  OutcomeWriter writer_;
  PaymentCommandHandler handler_;
  OperationResolver resolver_;
  Reconciler reconciler_;
};

OrderId NewOrder();
messaging::Record Authorize(const OrderId& order_id, const std::string& token = "tok_approve",
                            int64_t amount_minor = 4200);
messaging::Record Capture(const OrderId& order_id);
messaging::Record Void(const OrderId& order_id);
messaging::Record Refund(const OrderId& order_id);

}  // namespace orderflow::payment::testing
