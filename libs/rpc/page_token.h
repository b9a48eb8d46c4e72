#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/base/errors.h"

namespace orderflow::rpc {

inline constexpr int kPageSizeDefault = 50;
inline constexpr int kPageSizeMax = 1000;

// 0 -> default, too large -> max; a negative size is recorded as a violation of "page_size".
int PageSize(int requested, FieldViolations& violations);

// An opaque token that holds the key of the last row shown and a checksum over key and filter, so
// that a token made for another filter, or by hand, is recognised. Not a secret.
std::string EncodePageToken(std::string_view last_key, std::string_view filter);

// The key; empty for an empty token. A token that we did not make for this filter is recorded as a
// violation of "page_token".
std::string DecodePageToken(std::string_view token, std::string_view filter,
                            FieldViolations& violations);

// The same where keys are UUIDs: a token with anything else in it was made by hand, too.
std::string DecodeUuidPageToken(std::string_view token, std::string_view filter,
                                FieldViolations& violations);

}  // namespace orderflow::rpc
