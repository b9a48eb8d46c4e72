#include "libs/rpc/page_token.h"

#include <algorithm>
#include <optional>

#include "absl/strings/escaping.h"
#include "fmt/format.h"
#include "libs/base/uuid.h"

namespace orderflow::rpc {
namespace {

constexpr size_t kChecksumSize = 16;  // hexadecimal digits
constexpr char kWrongToken[] =
    "must be empty or a token that this method returned for the same filter";

// FNV-1a, 64 bits.
uint64_t Fnv1a(std::string_view text, uint64_t hash) {
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  }
  return hash;
}

// The size of the key goes in too, so that key and filter cannot exchange characters.
std::string Checksum(std::string_view last_key, std::string_view filter) {
  constexpr uint64_t kOffsetBasis = 0xcbf29ce484222325u;
  const uint64_t key_hash = Fnv1a(fmt::format("{}:{}", last_key.size(), last_key), kOffsetBasis);
  return fmt::format("{:016x}", Fnv1a(filter, key_hash));
}

std::optional<std::string> Decode(std::string_view token, std::string_view filter) {
  std::string text;
  if (!absl::WebSafeBase64Unescape(std::string(token), &text) || text.size() <= kChecksumSize) {
    return std::nullopt;
  }
  std::string key = text.substr(kChecksumSize);
  if (text.substr(0, kChecksumSize) != Checksum(key, filter)) {
    return std::nullopt;
  }
  return key;
}

}  // namespace

int PageSize(int requested, FieldViolations& violations) {
  if (!violations.Check(requested >= 0, "page_size", "must not be negative") || requested == 0) {
    return kPageSizeDefault;
  }
  return std::min(requested, kPageSizeMax);
}

std::string EncodePageToken(std::string_view last_key, std::string_view filter) {
  return absl::WebSafeBase64Escape(fmt::format("{}{}", Checksum(last_key, filter), last_key));
}

std::string DecodePageToken(std::string_view token, std::string_view filter,
                            FieldViolations& violations) {
  if (token.empty()) {
    return {};
  }
  std::optional<std::string> key = Decode(token, filter);
  if (!key) {
    violations.Add("page_token", kWrongToken);
    return {};
  }
  return *std::move(key);
}

std::string DecodeUuidPageToken(std::string_view token, std::string_view filter,
                                FieldViolations& violations) {
  std::string key = DecodePageToken(token, filter, violations);
  if (!key.empty() && !IsUuid(key)) {
    violations.Add("page_token", kWrongToken);
    return {};
  }
  return key;
}

}  // namespace orderflow::rpc
