#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "google/protobuf/timestamp.pb.h"
#include "orderflow/common/v1/money.pb.h"
#include "orderflow/common/v1/refusal.pb.h"

namespace orderflow::orderctl {

// "12.34 EUR"; empty when the message has no currency.
std::string MoneyText(const common::v1::Money& money);

// "2026-01-31 12:34:56.789Z"; empty for an unset time.
std::string TimeText(const google::protobuf::Timestamp& time);

// "OUT_OF_STOCK: message [SKU-1, SKU-2]"; empty when there is no refusal.
std::string RefusalText(const common::v1::Refusal& refusal);

// An enum value's name without its prefix: ORDER_STATE_PENDING becomes PENDING.
std::string ShortName(std::string_view value_name, std::string_view prefix);

// A price as people write it, in whole minor units of the currency. kInvalidArgument: unknown
// currency, or text that is not a number with at most the currency's digits after the point.
absl::StatusOr<int64_t> ParsePrice(const std::string& text, const std::string& currency_code);

}  // namespace orderflow::orderctl
