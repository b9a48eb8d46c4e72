// Bytes of inventory.commands: an accepted command has lines that stock can be counted with.
#include <set>

#include "libs/base/uuid.h"
#include "services/inventory/messaging/stock_command_codec.h"
#include "tests/fuzz/fuzz_record.h"

namespace orderflow {

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto received = inventory::DecodeCommand(fuzz::RecordOf(data, size));
  if (received.ok()) {
    fuzz::Require(IsUuid(received->command.order_id.value()));
    std::set<std::string> skus;
    for (const inventory::StockLine& line : received->command.lines) {
      fuzz::Require(line.quantity > 0 && skus.insert(line.sku.value()).second);
    }
  }
  return 0;
}

}  // namespace orderflow
