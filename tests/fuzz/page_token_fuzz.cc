// A page token by hand is recognised; ours comes back. The checksum is no secret: what stands
// inside a token may be anything, too.
#include <string_view>

#include "libs/base/errors.h"
#include "libs/base/uuid.h"
#include "libs/rpc/page_token.h"
#include "services/order/domain/dead_letter.h"
#include "services/payment/reconciliation/reconciliation_cursor.h"
#include "tests/fuzz/fuzz_record.h"

namespace orderflow {
namespace {

// Cursors that have parts: what is accepted is written and read the same.
void CheckCursors(std::string_view bytes) {
  if (const auto cursor = payment::ParseCursor(bytes); cursor.ok()) {
    fuzz::Require(payment::ParseCursor(ToString(*cursor)).value() == *cursor);
  }
  if (const auto id = order::ParseDeadLetterId(bytes)) {
    fuzz::Require(order::ParseDeadLetterId(ToString(*id)) == *id);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  FieldViolations violations;
  const std::string key = rpc::DecodePageToken(bytes, "filter", violations);
  if (!bytes.empty() && violations.empty()) {
    FieldViolations none;
    fuzz::Require(rpc::DecodePageToken(rpc::EncodePageToken(key, "filter"), "filter", none) == key);
  }
  FieldViolations own;
  const std::string token = rpc::EncodePageToken(bytes, "f");
  fuzz::Require(rpc::DecodePageToken(token, "f", own) == bytes);
  const std::string id = rpc::DecodeUuidPageToken(token, "f", own);
  fuzz::Require(id.empty() || IsUuid(id));
  CheckCursors(bytes);
  return 0;
}

}  // namespace orderflow
