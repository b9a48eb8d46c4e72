#include "tools/orderctl/order_item_argument.h"

#include <charconv>
#include <cstdint>

#include "fmt/format.h"

namespace orderflow::orderctl {

absl::StatusOr<order::v1::OrderItem> ParseOrderItem(const std::string& text) {
  const size_t separator = text.rfind('=');
  order::v1::OrderItem item;
  item.set_sku(text.substr(0, separator));
  item.set_quantity(1);
  if (separator == std::string::npos) {
    return item;
  }
  int32_t quantity = 0;
  const char* begin = text.data() + separator + 1;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(begin, end, quantity);
  if (error != std::errc() || stopped != end) {
    return absl::InvalidArgumentError(
        fmt::format("--item {}: write SKU or SKU=QUANTITY, with a whole number", text));
  }
  item.set_quantity(quantity);
  return item;
}

}  // namespace orderflow::orderctl
