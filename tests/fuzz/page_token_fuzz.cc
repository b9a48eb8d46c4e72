// A page token by hand is recognised; ours comes back.
#include <string_view>

#include "libs/base/errors.h"
#include "libs/rpc/page_token.h"
#include "tests/fuzz/fuzz_record.h"

namespace orderflow {

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  FieldViolations violations;
  const std::string key = rpc::DecodePageToken(bytes, "filter", violations);
  if (!bytes.empty() && violations.empty()) {
    FieldViolations none;
    fuzz::Require(rpc::DecodePageToken(rpc::EncodePageToken(key, "filter"), "filter", none) == key);
  }
  FieldViolations own;
  fuzz::Require(rpc::DecodePageToken(rpc::EncodePageToken(bytes, "f"), "f", own) == bytes);
  return 0;
}

}  // namespace orderflow
