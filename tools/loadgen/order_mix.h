#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include "orderflow/order/v1/order_service.pb.h"
#include "tools/loadgen/zipf.h"

namespace orderflow::loadgen {

inline constexpr char kCurrency[] = "EUR";

struct MixOptions {
  std::string run;  // distinguishes this run's orders from all others
  int customers = 10'000;
  int skus = 1'000;
  double zipf_exponent = 1.0;
  int lines_max = 3;         // an order has 1..lines_max lines
  std::string hot_sku = {};  // one line of every order names it; empty: none in particular
  // Shares of orders that end otherwise than confirmed.
  double declined = 0;   // the provider refuses the payment
  double sold_out = 0;   // one line names the item of which there is none
  double cancelled = 0;  // the customer cancels as soon as it is accepted
};

struct MixedOrder {
  order::v1::CreateOrderRequest request;
  bool cancel = false;
};

// An item of which no piece is in stock.
inline constexpr char kSoldOutSku[] = "LOAD-SOLD-OUT";

// SKU of a rank, as seeded.
std::string SkuOf(size_t rank);

// Makes the orders of a run. Not threadsafe.
class OrderMix {
 public:
  explicit OrderMix(MixOptions options);

  // The order number `index`. Its e-mail address carries run and number, so that the order is
  // recognised in order.events, also before its CreateOrder call has been answered.
  MixedOrder Make(uint32_t index, const std::string& request_id);

 private:
  const MixOptions options_;
  const Zipf zipf_;
  std::mt19937_64 random_{20240229};  // the same mix on every run
};

// The number in an address that Make wrote for this run; nothing for any other address.
std::optional<uint32_t> IndexInEmail(std::string_view email, std::string_view run);

}  // namespace orderflow::loadgen
