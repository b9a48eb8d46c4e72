#include "services/payment_provider_simulator/webhooks/webhook_event.h"

#include <chrono>
#include <nlohmann/json.hpp>

#include "absl/time/time.h"

namespace orderflow::payment_provider_simulator {
namespace {

std::string Rfc3339(Timestamp time) {
  return absl::FormatTime(absl::RFC3339_full, absl::FromChrono(time), absl::UTCTimeZone());
}

}  // namespace

WebhookEvent EventOf(const Operation& operation) {
  const nlohmann::json event{
      {"type", operation.succeeded ? "operation.succeeded" : "operation.declined"},
      {"timestamp", Rfc3339(operation.create_time)},
      {"data",
       {{"reference", operation.reference},
        {"idempotency_key", operation.idempotency_key},
        {"payment_reference", operation.payment_reference},
        {"kind", ToString(operation.kind)},
        {"outcome", operation.succeeded ? "SUCCEEDED" : "DECLINED"},
        {"decline_code", operation.decline_code},
        {"amount",
         {{"currency_code", operation.amount.currency_code},
          {"amount_minor", operation.amount.amount_minor}}}}}};
  // Keys and references are the merchant's text: what is not UTF-8 is replaced.
  return {.id = "msg_" + operation.reference,
          .body = event.dump(/*indent=*/-1, /*indent_char=*/' ', /*ensure_ascii=*/false,
                             nlohmann::json::error_handler_t::replace)};
}

}  // namespace orderflow::payment_provider_simulator
