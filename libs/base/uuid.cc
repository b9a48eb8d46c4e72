#include "libs/base/uuid.h"

#include <algorithm>

namespace orderflow {
namespace {

constexpr uint32_t kCounterMax = 0xfff;
constexpr char kHexDigits[] = "0123456789abcdef";

std::string Format(uint64_t high, uint64_t low) {
  std::string text(36, '-');
  int position = 0;
  for (int nibble = 0; nibble < 32; ++nibble) {
    if (position == 8 || position == 13 || position == 18 || position == 23) {
      ++position;
    }
    const uint64_t word = nibble < 16 ? high : low;
    text[position++] = kHexDigits[(word >> (60 - 4 * (nibble % 16))) & 0xf];
  }
  return text;
}

bool IsHexDigit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

}  // namespace

UuidV7Generator::UuidV7Generator(const Clock& clock) : clock_(clock) {
  std::random_device device;
  std::seed_seq seed{device(), device(), device(), device(),
                     device(), device(), device(), device()};
  random_.seed(seed);
}

std::string UuidV7Generator::NewId() {
  using std::chrono::duration_cast;
  using std::chrono::milliseconds;
  const auto now_ms =
      static_cast<uint64_t>(duration_cast<milliseconds>(clock_.Now().time_since_epoch()).count());
  MutexLock lock(mutex_);
  if (now_ms > last_ms_) {
    last_ms_ = now_ms;
    counter_ = static_cast<uint32_t>(random_() & 0xff);
  } else if (++counter_ > kCounterMax) {
    ++last_ms_;
    counter_ = 0;
  }
  const uint64_t high = (last_ms_ << 16) | 0x7000 | counter_;
  const uint64_t low = (random_() & 0x3fffffffffffffffULL) | 0x8000000000000000ULL;
  return Format(high, low);
}

std::string LowerCaseUuid(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

bool IsUuid(std::string_view text) {
  if (text.size() != 36) {
    return false;
  }
  for (size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !IsHexDigit(text[i])) {
      return false;
    }
  }
  return true;
}

}  // namespace orderflow
