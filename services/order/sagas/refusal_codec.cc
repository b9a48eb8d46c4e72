#include "services/order/sagas/refusal_codec.h"

namespace orderflow::order {

common::v1::Refusal ToProto(const Refusal& refusal) {
  common::v1::Refusal proto;
  proto.set_reason(static_cast<common::v1::Refusal::Reason>(refusal.reason));
  proto.set_message(refusal.message);
  proto.mutable_skus()->Assign(refusal.skus.begin(), refusal.skus.end());
  proto.set_provider_code(refusal.provider_code);
  return proto;
}

Refusal FromProto(const common::v1::Refusal& refusal) {
  const bool known = refusal.reason() >= common::v1::Refusal::Reason_MIN &&
                     refusal.reason() <= common::v1::Refusal::REASON_STOPPED_BY_OPERATOR;
  return {
      .reason = known ? static_cast<RefusalReason>(refusal.reason()) : RefusalReason::kUnspecified,
      .message = refusal.message(),
      .skus = {refusal.skus().begin(), refusal.skus().end()},
      .provider_code = refusal.provider_code()};
}

std::string EncodeRefusal(const Refusal& refusal) { return ToProto(refusal).SerializeAsString(); }

Refusal DecodeRefusal(const std::string& bytes) {
  common::v1::Refusal proto;
  return proto.ParseFromString(bytes) ? FromProto(proto) : Refusal{};
}

}  // namespace orderflow::order
