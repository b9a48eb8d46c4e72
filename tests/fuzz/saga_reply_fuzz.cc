// Bytes of order.replies: a reply that is accepted names its saga, and its refusal can be read.
#include "libs/base/uuid.h"
#include "services/order/messaging/saga_reply_codec.h"
#include "services/order/sagas/refusal_codec.h"
#include "tests/fuzz/fuzz_record.h"

namespace orderflow {

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto reply = order::DecodeReply(fuzz::RecordOf(data, size));
  if (reply.ok()) {
    fuzz::Require(IsUuid(reply->order_id.value()) && IsUuid(reply->saga_id.value()));
    const order::Refusal refusal = order::DecodeRefusal(reply->event.refusal);
    fuzz::Require(order::DecodeRefusal(order::EncodeRefusal(refusal)) == refusal);
  }
  return 0;
}

}  // namespace orderflow
