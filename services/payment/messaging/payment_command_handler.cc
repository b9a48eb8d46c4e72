#include "services/payment/messaging/payment_command_handler.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "libs/base/crash_point.h"
#include "libs/base/invariant.h"
#include "libs/base/status_macros.h"
#include "libs/postgres/pool.h"
#include "libs/telemetry/metrics.h"
#include "services/payment/messaging/payment_command_parser.h"

namespace orderflow::payment {
namespace {

// Batches with their intents first once a transaction has failed: enough for one of 2,048 that is
// split until what cannot be stored stands alone.
constexpr int kIntentsFirstAfterFailure = 16;

telemetry::Counter& StartedCounter(telemetry::Metrics& metrics, const char* answer) {
  return metrics.AddCounter(
      "orderflow_payment_started_operations_total",
      "Operations that commands have started, by whether the provider answered before they were "
      "written (before_write) or they were written as intents (open).",
      {{"answer", answer}});
}

}  // namespace

PaymentCommandHandler::PaymentCommandHandler(const CommandHandlerDeps& deps,
                                             PromptAnswers& provider, telemetry::Metrics& metrics,
                                             CommandHandlerOptions options)
    : deps_(deps),
      provider_(provider),
      answered_(StartedCounter(metrics, "before_write")),
      left_open_(StartedCounter(metrics, "open")),
      options_(options),
      random_(std::random_device{}()) {}

absl::Status PaymentCommandHandler::CheckRoom(size_t commands) const {
  if (deps_.calls.Room() < commands * options_.handlers) {
    return absl::ResourceExhaustedError(fmt::format(
        "too many provider calls wait to take {} more commands; the consumer tries again",
        commands));
  }
  const int64_t unknown = unknown_operations_.load(std::memory_order_relaxed);
  if (unknown > options_.unknown_operations_max) {
    return absl::ResourceExhaustedError(fmt::format(
        "{} provider operations have an unknown outcome; commands wait until there are at most {}",
        unknown, options_.unknown_operations_max));
  }
  return absl::OkStatus();
}

absl::Status PaymentCommandHandler::Prepare(std::span<const messaging::Record> records) {
  std::vector<PaymentCommand> commands;
  commands.reserve(records.size());
  std::set<OrderId> distinct;
  for (const messaging::Record& record : records) {
    ASSIGN_OR_RETURN(PaymentCommand command, ParseCommand(record));
    distinct.insert(command.order_id);
    commands.push_back(std::move(command));
  }
  const std::vector<OrderId> order_ids(distinct.begin(), distinct.end());
  batch_.emplace(Batch{std::move(commands), order_ids, deps_.orders.Take(order_ids)});
  RETURN_IF_ERROR(CheckRoom(batch_->commands.size()));
  return intents_first_ == 0 && provider_.IsWorthWhile() ? AskProvider(*batch_) : absl::OkStatus();
}

absl::Status PaymentCommandHandler::AskProvider(Batch& batch) {
  // From before the payments are read: what is decided on them must not be asked for much later.
  const auto start_before = std::chrono::steady_clock::now() + options_.policy.call_lease / 2;
  Payments payments;
  RETURN_IF_ERROR(deps_.pool.RunReadOnly([&](postgres::Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(payments, deps_.store.Load(transaction, batch.order_ids));
    return absl::OkStatus();
  }));
  batch.decided = Decide(batch, std::move(payments));
  std::vector<ProviderCall> calls = batch.decided->TakeCalls(start_before);
  if (!calls.empty()) {
    batch.answers = provider_.Ask(std::move(calls));
    CRASH_POINT("payment.after_answers");
    ApplyAnswers(batch, *batch.decided);
  }
  return absl::OkStatus();
}

PaymentBatch PaymentCommandHandler::Decide(const Batch& batch, Payments payments) const {
  PaymentBatch decided(std::move(payments), options_.policy);
  for (const PaymentCommand& command : batch.commands) {
    decided.Apply(command);
  }
  return decided;
}

void PaymentCommandHandler::ApplyAnswers(const Batch& batch, PaymentBatch& decided) {
  std::uniform_real_distribution<double> random01(0, 1);
  for (const CallOutcome& answer : batch.answers) {
    decided.Apply(answer, random01(random_));
  }
}

absl::Status PaymentCommandHandler::Handle(postgres::Transaction& transaction,
                                           std::span<const messaging::Record> /*records*/) {
  INVARIANT(batch_.has_value(), "a batch is prepared before it is handled");
  std::optional<PaymentBatch> decided = std::exchange(batch_->decided, std::nullopt);
  if (!decided.has_value()) {
    ASSIGN_OR_RETURN(Payments payments, deps_.store.Load(transaction, batch_->order_ids));
    decided = Decide(*batch_, std::move(payments));
    ApplyAnswers(*batch_, *decided);
  }
  CountWhenStored(transaction, *decided);
  RETURN_IF_ERROR(deps_.writer.Write(transaction, *std::move(decided), options_.policy.call_lease));
  CRASH_POINT("payment.before_commit_of_commands");
  return absl::OkStatus();
}

void PaymentCommandHandler::CountWhenStored(postgres::Transaction& transaction,
                                            const PaymentBatch& decided) {
  transaction.AfterCommit([this, started = decided.CountStarted()] {
    batch_->stored = true;
    answered_.Increment(static_cast<double>(started.answered));
    left_open_.Increment(static_cast<double>(started.open));
    deps_.outcome_metrics.Count(batch_->answers);
  });
}

void PaymentCommandHandler::Release() {
  if (batch_.has_value()) {
    intents_first_ = batch_->stored ? std::max(0, intents_first_ - 1) : kIntentsFirstAfterFailure;
    batch_.reset();
  }
}

}  // namespace orderflow::payment
