#pragma once

#include <string>
#include <string_view>

namespace orderflow {

// SHA-256 of `bytes` as 64 lower-case hexadecimal digits. For comparing request bodies.
std::string Sha256Hex(std::string_view bytes);

}  // namespace orderflow
