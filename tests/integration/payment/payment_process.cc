#include "tests/integration/payment/payment_process.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

#include "libs/base/invariant.h"
#include "libs/base/mutex.h"
#include "libs/postgres/transaction.h"
#include "libs/rpc/channel.h"
#include "migrations/inbox_migrations.h"
#include "migrations/outbox_migrations.h"
#include "migrations/payment_migrations.h"
#include "orderflow/payment/v1/payment_commands.pb.h"

namespace orderflow::payment::testing {
namespace {

constexpr Duration kCallTimeout = std::chrono::milliseconds(400);
constexpr Duration kBooksTimeout = std::chrono::seconds(20);
constexpr auto kOutcomeDeadline = std::chrono::seconds(20);

constexpr postgres::Statement kReplies{
    "test_replies",
    "SELECT payload FROM outbox_messages WHERE message_key = $1 ORDER BY message_id LIMIT 100"};

v1::PaymentCommand CommandOf(const OrderId& order_id, const std::string& step,
                             bool compensation = false) {
  v1::PaymentCommand proto;
  proto.mutable_step()->set_saga_id("0190e000-0000-7000-8000-0000000000aa");
  proto.mutable_step()->set_order_id(order_id.value());
  proto.mutable_step()->set_step(step);
  proto.mutable_step()->set_compensation(compensation);
  proto.mutable_step()->set_attempt(1);
  return proto;
}

messaging::Record RecordOf(const v1::PaymentCommand& proto) {
  messaging::Record record;
  record.topic = "payment.commands";
  record.key = proto.step().order_id();
  record.value = proto.SerializeAsString();
  return record;
}

}  // namespace

PaymentDatabase::PaymentDatabase()
    : database_({&migrations::OutboxMigrations(), &migrations::InboxMigrations(),
                 &migrations::PaymentMigrations()}) {}

std::string PaymentDatabase::State(const OrderId& order_id) {
  return database_.QueryText("SELECT state FROM payments WHERE order_id = '" + order_id.value() +
                             "'");
}

std::string PaymentDatabase::OperationState(const OrderId& order_id, const std::string& kind) {
  return database_.QueryText("SELECT state FROM payment_operations WHERE order_id = '" +
                             order_id.value() + "' AND kind = '" + kind + "'");
}

int64_t PaymentDatabase::Attempts(const OrderId& order_id, const std::string& kind) {
  return database_.QueryInt("SELECT attempts FROM payment_operations WHERE order_id = '" +
                            order_id.value() + "' AND kind = '" + kind + "'");
}

std::vector<std::string> PaymentDatabase::Replies(const OrderId& order_id) {
  std::vector<std::string> replies;
  postgres::Pool pool(database_.PoolOptions());
  const absl::Status status = pool.RunInTransaction([&](postgres::Transaction& transaction)
                                                        -> absl::Status {
    const auto rows = transaction.Execute(kReplies, postgres::Params().Text(order_id.value()));
    if (!rows.ok()) {
      return rows.status();
    }
    for (const postgres::Row row : *rows) {
      order::v1::SagaReply reply;
      INVARIANT(reply.ParseFromString(row.Bytes(0)), "what is in the outbox can be read");
      std::string outcome =
          order::v1::StepOutcome_Name(reply.outcome()).substr(std::string("STEP_OUTCOME_").size());
      if (reply.has_refusal()) {
        outcome += " " + common::v1::Refusal::Reason_Name(reply.refusal().reason());
      }
      replies.push_back(reply.step().step() + (reply.step().compensation() ? " undo: " : ": ") +
                        outcome);
    }
    return absl::OkStatus();
  });
  INVARIANT(status.ok(), "the test's own database answers");
  return replies;
}

void PaymentDatabase::LetTimePass() {
  database_.Run(
      "UPDATE payments SET next_action_time = now() - interval '1 second'"
      " WHERE next_action_time IS NOT NULL");
}

PaymentProcess::PaymentProcess(PaymentDatabase& database, const std::string& provider_address,
                               CommandHandlerOptions options, Duration answer_wait)
    : ids_(clock_),
      pool_(database.raw().PoolOptions()),
      relay_(pool_, producer_, metrics_, {.source = "/test", .instance_id = "test"}),
      outbox_(relay_),
      postgres_store_(clock_),
      store_(postgres_store_),
      operations_(pool_, store_),
      reader_(pool_),
      payment_books_(pool_, store_),
      reconciliation_store_(pool_),
      reconciliation_actions_(pool_),
      provider_(rpc::MakeChannel(provider_address, {}), metrics_, kCallTimeout),
      counting_provider_(provider_),
      provider_books_(rpc::MakeChannel(provider_address, {}), kBooksTimeout),
      outcomes_(100000),
      caller_(counting_provider_, metrics_, {.parallel_max = 256, .waiting_max = 512},
              [this](CallOutcome outcome) { prompt_answers_.Submit(std::move(outcome)); }),
      prompt_answers_(caller_, answer_wait,
                      [this](CallOutcome outcome) { outcomes_.TryPush(std::move(outcome)); }),
      batch_writer_(store_, outbox_, caller_, ids_),
      outcome_metrics_(metrics_),
      writer_(pool_, store_, batch_writer_, orders_in_hand_, outcome_metrics_, metrics_, {}),
      handler_({pool_, store_, batch_writer_, orders_in_hand_, outcome_metrics_, caller_},
               prompt_answers_, metrics_, options),
      resolver_(operations_, caller_, metrics_, {},
                [this](int64_t count) { handler_.SetUnknownOperations(count); }),
      reconciler_(pool_, store_, payment_books_, provider_books_, reconciliation_store_,
                  reconciliation_actions_, batch_writer_, orders_in_hand_, ids_, clock_ahead_,
                  metrics_, {}) {}

PaymentProcess::~PaymentProcess() { caller_.Stop(); }

void PaymentProcess::CountingProvider::Send(std::vector<Sending> sendings) {
  for (const Sending& sending : sendings) {
    Note(sending.call);
  }
  provider_.Send(std::move(sendings));
}

void PaymentProcess::CountingProvider::Find(const ProviderCall& call, Done done) {
  Note(call);
  provider_.Find(call, std::move(done));
}

void PaymentProcess::CountingProvider::Note(const ProviderCall& call) {
  MutexLock lock(mutex_);
  ++requests_[call.order_id];
}

int PaymentProcess::CountingProvider::Count(const OrderId& order_id) const {
  MutexLock lock(mutex_);
  const auto found = requests_.find(order_id);
  return found == requests_.end() ? 0 : found->second;
}

int PaymentProcess::CountingProvider::Count() const {
  MutexLock lock(mutex_);
  return std::accumulate(requests_.begin(), requests_.end(), 0,
                         [](int sum, const auto& order) { return sum + order.second; });
}

absl::Status PaymentProcess::Handle(const std::vector<messaging::Record>& commands) {
  absl::Status status = handler_.Prepare(commands);
  if (status.ok()) {
    status = pool_.RunInTransaction(
        [&](postgres::Transaction& transaction) { return handler_.Handle(transaction, commands); });
  }
  handler_.Release();
  return status;
}

std::vector<CallOutcome> PaymentProcess::TakeOutcomes(size_t count) {
  std::stop_source too_late;
  std::jthread watch([&too_late](std::stop_token stop) {
    Mutex mutex;
    ConditionVariable never;
    MutexLock lock(mutex);
    if (!never.wait_for(mutex, stop, kOutcomeDeadline, [&stop] { return stop.stop_requested(); })) {
      too_late.request_stop();
    }
  });
  std::vector<CallOutcome> taken;
  while (taken.size() < count && !too_late.stop_requested()) {
    for (CallOutcome& outcome : outcomes_.PopBatch(count - taken.size(), too_late.get_token())) {
      taken.push_back(std::move(outcome));
    }
  }
  return taken;
}

absl::Status PaymentProcess::StoreOutcomes(size_t count) {
  const std::vector<CallOutcome> outcomes = TakeOutcomes(count);
  if (outcomes.size() < count) {
    return absl::DeadlineExceededError("the provider has not answered in time for the test");
  }
  return writer_.Store(outcomes);
}

std::vector<std::string> PaymentProcess::Reconcile(bool dry_run) {
  std::vector<std::string> found;
  std::string cursor;
  std::optional<ReconciliationMandate> mandate;
  if (!dry_run) {
    mandate =
        ReconciliationMandate{.request_id = ids_.NewId(), .actor = "ann", .reason = "ticket 7"};
  }
  do {
    const auto stretch = reconciler_.Run(cursor, mandate);
    INVARIANT(stretch.ok(), "both books can be read");
    for (const ReconciledDifference& difference : stretch->differences) {
      const char* closure = difference.closure == Closure::kClosed    ? "closed"
                            : difference.closure == Closure::kPlanned ? "planned"
                            : difference.closure == Closure::kWaiting ? "waiting"
                                                                      : "parked";
      found.push_back(ToString(difference.difference.difference) + " " +
                      ToString(difference.difference.kind) + " " + closure);
    }
    cursor = stretch->next_cursor;
  } while (!cursor.empty());
  return found;
}

OrderId NewOrder() {
  static const SystemClock kClock;
  static UuidV7Generator ids(kClock);
  return OrderId(ids.NewId());
}

messaging::Record Authorize(const OrderId& order_id, const std::string& token,
                            int64_t amount_minor) {
  v1::PaymentCommand proto = CommandOf(order_id, "authorize_payment");
  proto.mutable_authorize_payment()->mutable_amount()->set_currency_code("EUR");
  proto.mutable_authorize_payment()->mutable_amount()->set_amount_minor(amount_minor);
  proto.mutable_authorize_payment()->set_payment_method_token(token);
  proto.mutable_authorize_payment()->set_customer_id("customer-1");
  return RecordOf(proto);
}

messaging::Record Capture(const OrderId& order_id) {
  v1::PaymentCommand proto = CommandOf(order_id, "capture_payment");
  proto.mutable_capture_payment();
  return RecordOf(proto);
}

messaging::Record Void(const OrderId& order_id) {
  v1::PaymentCommand proto = CommandOf(order_id, "authorize_payment", /*compensation=*/true);
  proto.mutable_void_payment();
  return RecordOf(proto);
}

messaging::Record Refund(const OrderId& order_id) {
  v1::PaymentCommand proto = CommandOf(order_id, "refund_payment");
  proto.mutable_refund_payment();
  return RecordOf(proto);
}

}  // namespace orderflow::payment::testing
