#pragma once

#include <string>
#include <string_view>

namespace orderflow {

// SHA-256 of `bytes` as 64 lower-case hexadecimal digits. For comparing request bodies.
std::string Sha256Hex(std::string_view bytes);

// HMAC-SHA256 (RFC 2104) of `message` under `key`: 32 bytes, not text.
std::string HmacSha256(std::string_view key, std::string_view message);

// Whether two texts are the same, in a time that depends on their sizes only: for comparing with
// what must stay secret.
bool EqualInConstantTime(std::string_view a, std::string_view b);

}  // namespace orderflow
