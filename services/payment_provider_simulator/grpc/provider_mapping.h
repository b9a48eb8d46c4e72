#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "orderflow/provider/v1/provider_service.pb.h"
#include "services/payment_provider_simulator/domain/books.h"
#include "services/payment_provider_simulator/domain/faults.h"

namespace orderflow::payment_provider_simulator {

provider::v1::Operation ToProto(const Operation& operation);
provider::v1::Faults ToProto(const Faults& faults);

// Each checks its request and names every violated field at once (kInvalidArgument).
absl::StatusOr<MerchantCall> FromProto(const provider::v1::AuthorizeRequest& request);
absl::StatusOr<MerchantCall> FromProto(const provider::v1::CaptureRequest& request);
absl::StatusOr<MerchantCall> FromProto(const provider::v1::VoidRequest& request);
absl::StatusOr<MerchantCall> FromProto(const provider::v1::RefundRequest& request);
absl::StatusOr<std::string> FromProto(const provider::v1::GetOperationRequest& request);
absl::StatusOr<Faults> FromProto(const provider::v1::SetFaultsRequest& request);

}  // namespace orderflow::payment_provider_simulator
