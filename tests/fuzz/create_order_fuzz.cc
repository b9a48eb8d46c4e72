// Bytes of a CreateOrder request: what is accepted keeps every limit, and is the same twice.
#include "libs/base/money.h"
#include "libs/base/uuid.h"
#include "orderflow/order/v1/order_service.pb.h"
#include "services/order/grpc/order_validation.h"
#include "tests/fuzz/fuzz_record.h"

namespace orderflow {

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  order::v1::CreateOrderRequest request;
  if (!request.ParseFromArray(data, static_cast<int>(size))) {
    return 0;
  }
  const auto accepted = order::ValidateCreateOrder(request);
  if (!accepted.ok()) {
    fuzz::Require(accepted.status().code() == absl::StatusCode::kInvalidArgument);
    return 0;
  }
  fuzz::Require(IsUuid(accepted->key.request_id.value()) &&
                IsKnownCurrency(accepted->currency_code));
  fuzz::Require(!accepted->lines.empty() && accepted->lines.size() <= order::kItemsMax);
  for (const order::OrderLine& line : accepted->lines) {
    fuzz::Require(line.quantity > 0 && line.quantity <= order::kQuantityMax);
  }
  fuzz::Require(order::BodyHash(*accepted) == accepted->body_hash);
  return 0;
}

}  // namespace orderflow
