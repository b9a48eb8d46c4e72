#include "fmt/format.h"
#include "orderflow/inventory/v1/inventory_commands.pb.h"
#include "services/inventory/domain/stock_book.h"
#include "services/inventory/messaging/stock_command_codec.h"
#include "tests/instructions/cases.h"

namespace orderflow::instructions {
namespace {

constexpr int kLines = 3;
constexpr int kSkus = 40;  // of a batch: most of its orders share some

messaging::Record ACommand() {
  inventory::v1::InventoryCommand message;
  message.mutable_step()->set_saga_id(kSaga);
  message.mutable_step()->set_order_id(kOrder);
  message.mutable_step()->set_step("reserve_stock");
  message.mutable_step()->set_attempt(1);
  for (int i = 0; i < kLines; ++i) {
    inventory::v1::StockLine& line = *message.mutable_reserve_stock()->add_lines();
    line.set_sku(fmt::format("LOAD-{:05}", i));
    line.set_quantity(1);
  }
  return {.topic = "inventory.commands",
          .key = kOrder,
          .value = message.SerializeAsString(),
          .headers = {{"traceparent", kTraceparent}}};
}

std::function<void()> Decode() {
  return [record = ACommand()] { Use(inventory::DecodeCommand(record).value()); };
}

std::function<void()> EncodeReply() {
  return [received = inventory::DecodeCommand(ACommand()).value()] {
    Use(inventory::EncodeReply(received, {}, kMessage));
  };
}

// A reservation for each order of a batch, and what has to be stored of it.
std::function<void()> Reserve() {
  std::map<Sku, inventory::Stock> stock;
  std::vector<inventory::StockCommand> commands;
  const auto sku = [](int number) { return Sku(fmt::format("LOAD-{:05}", number)); };
  for (int i = 0; i < kSkus; ++i) {
    stock[sku(i)] = {.on_hand = 1'000'000, .reserved = 0};
  }
  for (int i = 0; i < kBatch; ++i) {
    inventory::StockCommand& command = commands.emplace_back();
    command.order_id = OrderId(fmt::format("0190a8a0-0000-7000-8000-{:012}", i));
    command.saga_id = SagaId(kSaga);
    for (int line = 0; line < kLines; ++line) {
      command.lines.push_back({sku((i + line * kLines) % kSkus), 1});
    }
  }
  return [stock, commands] {
    inventory::StockBook book(stock, {});
    for (const inventory::StockCommand& command : commands) {
      Use(book.Apply(command));
    }
    Use(book.ChangedReservations());
    Use(book.StockDeltas());
  };
}

}  // namespace

std::vector<Case> InventoryCases() {
  return {{"stock_command_decode", Decode},
          {"stock_reply_encode", EncodeReply},
          {"stock_book_batch", Reserve}};
}

}  // namespace orderflow::instructions
