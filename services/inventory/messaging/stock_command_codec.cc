#include "services/inventory/messaging/stock_command_codec.h"

#include <map>
#include <optional>
#include <utility>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "libs/base/uuid.h"
#include "libs/base/validation.h"
#include "libs/messaging/record_trace.h"
#include "libs/messaging/topics.h"
#include "orderflow/inventory/v1/inventory_commands.pb.h"

namespace orderflow::inventory {
namespace {

constexpr int kLinesMax = 100;               // lines of one order
constexpr int64_t kQuantityMax = 1'000'000;  // pieces of one SKU in one order

absl::Status Malformed(const messaging::Record& record, const std::string& what) {
  return absl::InvalidArgumentError(
      fmt::format("read the record {}/{} at offset {}: {}; correct its producer", record.topic,
                  record.partition, record.offset, what));
}

absl::StatusOr<std::vector<StockLine>> DecodeLines(const messaging::Record& record,
                                                   const v1::ReserveStock& message) {
  if (message.lines().empty() || message.lines_size() > kLinesMax) {
    return Malformed(record,
                     fmt::format("{} lines, 1 to {} are allowed", message.lines_size(), kLinesMax));
  }
  std::map<Sku, int64_t> pieces;
  for (const v1::StockLine& line : message.lines()) {
    if (!IsName(line.sku()) || line.quantity() < 1) {
      return Malformed(record, "a line has a malformed SKU or no quantity");
    }
    pieces[Sku(line.sku())] += line.quantity();
  }
  std::vector<StockLine> lines;
  for (const auto& [sku, quantity] : pieces) {
    if (quantity > kQuantityMax) {
      return Malformed(record, fmt::format("{} pieces of {}, at most {} are allowed", quantity,
                                           sku.value(), kQuantityMax));
    }
    lines.push_back({sku, static_cast<int32_t>(quantity)});
  }
  return lines;
}

std::optional<StockCommandKind> KindOf(const v1::InventoryCommand& message) {
  switch (message.command_case()) {
    case v1::InventoryCommand::kReserveStock:
      return StockCommandKind::kReserve;
    case v1::InventoryCommand::kReleaseStock:
      return StockCommandKind::kRelease;
    case v1::InventoryCommand::kCommitReservation:
      return StockCommandKind::kCommit;
    case v1::InventoryCommand::kRestock:
      return StockCommandKind::kRestock;
    case v1::InventoryCommand::COMMAND_NOT_SET:
      return std::nullopt;
  }
  return std::nullopt;
}

common::v1::Refusal ToProto(const Refusal& refusal) {
  common::v1::Refusal proto;
  switch (refusal.reason) {
    case RefusalReason::kNotPossible:
      break;  // no order is ever refused for it: it would be a saga's mistake, and says so in words
    case RefusalReason::kOutOfStock:
      proto.set_reason(common::v1::Refusal::REASON_OUT_OF_STOCK);
      break;
    case RefusalReason::kUnknownSku:
      proto.set_reason(common::v1::Refusal::REASON_UNKNOWN_SKU);
      break;
    case RefusalReason::kAlreadyCompensated:
      proto.set_reason(common::v1::Refusal::REASON_ALREADY_COMPENSATED);
      break;
  }
  proto.set_message(refusal.message);
  for (const Sku& sku : refusal.skus) {
    proto.add_skus(sku.value());
  }
  return proto;
}

order::v1::StepOutcome ToProto(Outcome outcome) {
  switch (outcome) {
    case Outcome::kDone:
      return order::v1::STEP_OUTCOME_DONE;
    case Outcome::kRefused:
      return order::v1::STEP_OUTCOME_REFUSED;
    case Outcome::kFailed:
      return order::v1::STEP_OUTCOME_FAILED;
  }
  return order::v1::STEP_OUTCOME_UNSPECIFIED;
}

}  // namespace

absl::StatusOr<ReceivedCommand> DecodeCommand(const messaging::Record& record) {
  v1::InventoryCommand message;
  if (!message.ParseFromString(record.value)) {
    return Malformed(record, "the value is not an orderflow.inventory.v1.InventoryCommand");
  }
  const order::v1::SagaStepRef& step = message.step();
  if (!IsUuid(step.order_id()) || !IsUuid(step.saga_id()) || step.step().empty()) {
    return Malformed(record, "step.order_id, step.saga_id or step.step is missing or malformed");
  }
  if (record.key != step.order_id()) {
    return Malformed(record, "the key is not the order id, so the order of commands is not kept");
  }
  const std::optional<StockCommandKind> kind = KindOf(message);
  if (!kind.has_value()) {
    return Malformed(record, "it holds no command that this version knows");
  }
  ReceivedCommand received;
  received.command = {.kind = *kind,
                      .order_id = OrderId(LowerCaseUuid(step.order_id())),
                      .saga_id = SagaId(LowerCaseUuid(step.saga_id())),
                      .lines = {}};
  if (*kind == StockCommandKind::kReserve) {
    ASSIGN_OR_RETURN(received.command.lines, DecodeLines(record, message.reserve_stock()));
  }
  received.step = step;
  received.traceparent = messaging::TraceparentOf(record);
  return received;
}

outbox::OutboxMessage EncodeReply(const ReceivedCommand& received, const Answer& answer,
                                  std::string message_id) {
  order::v1::SagaReply reply;
  *reply.mutable_step() = received.step;
  reply.set_outcome(ToProto(answer.outcome));
  if (answer.outcome == Outcome::kRefused) {
    *reply.mutable_refusal() = ToProto(answer.refusal);
  }
  reply.set_error_message(answer.error);
  outbox::OutboxMessage message;
  message.message_id = std::move(message_id);
  message.topic = messaging::kOrderReplies;
  message.key = received.step.order_id();
  message.type = reply.GetTypeName();
  message.traceparent = received.traceparent;
  message.payload = reply.SerializeAsString();
  return message;
}

}  // namespace orderflow::inventory
