#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>

#include "libs/base/clock.h"
#include "libs/base/mutex.h"

namespace orderflow {

// Makes ids. An interface, so that tests and the simulator get the same ids each time. Threadsafe.
class IdGenerator {
 public:
  virtual ~IdGenerator() = default;
  // A new id: UUID text in lower case.
  virtual std::string NewId() = 0;
};

// UUID version 7 (RFC 9562): ordered by time, so that index inserts stay at the right edge. Ids of
// one generator are strictly increasing, also within a millisecond (12-bit counter in rand_a) and
// when the clock steps back.
class UuidV7Generator final : public IdGenerator {
 public:
  explicit UuidV7Generator(const Clock& clock);
  std::string NewId() override;

 private:
  const Clock& clock_;
  Mutex mutex_;
  std::mt19937_64 random_ ABSL_GUARDED_BY(mutex_);
  uint64_t last_ms_ ABSL_GUARDED_BY(mutex_) = 0;
  uint32_t counter_ ABSL_GUARDED_BY(mutex_) = 0;
};

// True for 8-4-4-4-12 hexadecimal digits, either case.
bool IsUuid(std::string_view text);

// The text in lower case: ids are compared as text with what PostgreSQL returns.
std::string LowerCaseUuid(std::string text);

}  // namespace orderflow
