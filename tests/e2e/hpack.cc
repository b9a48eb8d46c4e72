#include "tests/e2e/hpack.h"

#include <algorithm>

namespace orderflow::e2e {
namespace {

// The first byte has `prefix_bits` for the number; `pattern` fills the others.
std::string Integer(uint32_t value, int prefix_bits, uint8_t pattern) {
  const uint32_t prefix_max = (1U << static_cast<unsigned>(prefix_bits)) - 1;
  if (value < prefix_max) {
    return {static_cast<char>(pattern | value)};
  }
  std::string out(1, static_cast<char>(pattern | prefix_max));
  for (value -= prefix_max; value >= 0x80; value >>= 7) {
    out.push_back(static_cast<char>((value & 0x7F) | 0x80));
  }
  out.push_back(static_cast<char>(value));
  return out;
}

std::string Length(uint32_t size) { return Integer(size, 7, 0); }

std::string String(std::string_view text) {
  return Length(static_cast<uint32_t>(text.size())).append(text);
}

}  // namespace

std::string HpackField(std::string_view name, std::string_view value) {
  return std::string(1, '\0') + String(name) + String(value);
}

std::string HpackInsertedField(std::string_view name, std::string_view value) {
  return std::string(1, '\x40') + String(name) + String(value);
}

std::string HpackIndexedField(uint32_t index) { return Integer(index, 7, 0x80); }

std::string HpackFieldOfLength(std::string_view name, uint32_t value_size) {
  return std::string(1, '\0') + String(name) + Length(value_size);
}

std::string HpackHeaders(const std::string& path, const Headers& metadata) {
  Headers fields = {{":method", "POST"},
                    {":scheme", "http"},
                    {":path", path},
                    {":authority", "probe"},
                    {"content-type", "application/grpc"},
                    {"te", "trailers"}};
  for (const auto& field : metadata) {
    const auto same = std::find_if(fields.begin(), fields.end(), [&field](const auto& other) {
      return other.first == field.first;
    });
    if (same == fields.end()) {
      fields.push_back(field);
    } else {
      same->second = field.second;
    }
  }
  std::string block;
  for (const auto& [name, value] : fields) {
    block += HpackField(name, value);
  }
  return block;
}

}  // namespace orderflow::e2e
