#include "services/payment/webhooks/provider_event.h"

#include <nlohmann/json.hpp>
#include <string>

#include "libs/base/errors.h"

namespace orderflow::payment {
namespace {

constexpr std::string_view kOperationEvents = "operation.";

absl::Status NoEvent(const char* problem) {
  return TypedError(absl::StatusCode::kInvalidArgument,
                    std::string("read a provider's event: ") + problem, "EVENT_MALFORMED");
}

// The text member of an object, or null.
const std::string* FindText(const nlohmann::json& object, const char* name) {
  const auto member = object.find(name);
  return member != object.end() && member->is_string() ? member->get_ptr<const std::string*>()
                                                       : nullptr;
}

}  // namespace

absl::StatusOr<std::optional<OperationKey>> ParseProviderEvent(std::string_view body) {
  const nlohmann::json event =
      nlohmann::json::parse(body, /*cb=*/nullptr, /*allow_exceptions=*/false);
  if (!event.is_object()) {
    return NoEvent("the body must be a JSON object");
  }
  const std::string* type = FindText(event, "type");
  if (type == nullptr) {
    return NoEvent("type must be text");
  }
  if (!type->starts_with(kOperationEvents)) {
    return std::optional<OperationKey>();
  }
  const auto data = event.find("data");
  const std::string* key =
      data != event.end() && data->is_object() ? FindText(*data, "idempotency_key") : nullptr;
  if (key == nullptr) {
    return NoEvent("data.idempotency_key must be text");
  }
  return ParseIdempotencyKey(*key);
}

}  // namespace orderflow::payment
