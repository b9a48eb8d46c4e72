#include "services/payment/messaging/payment_command_handler.h"

#include <set>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "libs/base/crash_point.h"
#include "libs/base/invariant.h"
#include "libs/base/status_macros.h"
#include "services/payment/messaging/payment_command_parser.h"

namespace orderflow::payment {

absl::Status PaymentCommandHandler::CheckRoom(size_t commands) const {
  if (calls_.Room() < commands) {
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
  RETURN_IF_ERROR(CheckRoom(commands.size()));
  const std::vector<OrderId> order_ids(distinct.begin(), distinct.end());
  batch_.emplace(Batch{std::move(commands), order_ids, orders_.Take(order_ids)});
  return absl::OkStatus();
}

absl::Status PaymentCommandHandler::Handle(postgres::Transaction& transaction,
                                           std::span<const messaging::Record> /*records*/) {
  INVARIANT(batch_.has_value(), "a batch is prepared before it is handled");
  ASSIGN_OR_RETURN(Payments payments, store_.Load(transaction, batch_->order_ids));
  PaymentBatch batch(std::move(payments), options_.policy);
  for (const PaymentCommand& command : batch_->commands) {
    batch.Apply(command);
  }
  RETURN_IF_ERROR(writer_.Write(transaction, std::move(batch), options_.policy.call_lease));
  CRASH_POINT("payment.before_commit_of_intent");
  return absl::OkStatus();
}

}  // namespace orderflow::payment
