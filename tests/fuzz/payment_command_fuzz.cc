// Bytes of payment.commands: an accepted authorization is for a positive amount of a known
// currency.
#include <variant>

#include "libs/base/money.h"
#include "libs/base/uuid.h"
#include "services/payment/messaging/payment_command_parser.h"
#include "tests/fuzz/fuzz_record.h"

namespace orderflow {

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  messaging::Record record = fuzz::RecordOf(data, size);
  // An order id stands behind field tags: found wherever it is, it makes a key that fits.
  for (size_t i = 0; i + 36 <= record.value.size(); ++i) {
    if (IsUuid(std::string_view(record.value).substr(i, 36))) {
      record.key = record.value.substr(i, 36);
    }
  }
  const auto command = payment::ParseCommand(record);
  if (command.ok()) {
    fuzz::Require(command->order_id.value() == record.key);
    if (const auto* authorize = std::get_if<payment::AuthorizeCommand>(&command->action)) {
      fuzz::Require(authorize->amount.amount_minor > 0 &&
                    IsKnownCurrency(authorize->amount.currency_code));
    }
  }
  return 0;
}

}  // namespace orderflow
