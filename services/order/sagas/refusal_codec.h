#pragma once

#include <string>

#include "orderflow/common/v1/refusal.pb.h"
#include "services/order/domain/order.h"

namespace orderflow::order {

// Between the domain's refusal and its wire form.
common::v1::Refusal ToProto(const Refusal& refusal);
Refusal FromProto(const common::v1::Refusal& refusal);

// The payload that the saga engine keeps for us. Decode of malformed bytes gives an unspecified
// one.
std::string EncodeRefusal(const Refusal& refusal);
Refusal DecodeRefusal(const std::string& bytes);

}  // namespace orderflow::order
