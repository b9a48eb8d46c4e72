#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/payment/domain/payment.h"

namespace orderflow::payment {

// The column payments.operations. Everything of an operation but next_action_in, which becomes
// payments.next_action_time. What a text column cannot hold is replaced in texts that came from
// elsewhere.
std::string EncodeOperations(const std::vector<Operation>& operations);

// kInternal: it was not written by EncodeOperations of this binary, or has two operations of a
// kind.
absl::StatusOr<std::vector<Operation>> DecodeOperations(std::string_view json);

}  // namespace orderflow::payment
