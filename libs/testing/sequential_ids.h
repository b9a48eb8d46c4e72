#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "fmt/format.h"
#include "libs/base/uuid.h"

namespace orderflow::testing {

// The same valid UUIDs in each run: "00000000-0000-7000-8000-000000000001", "...2", and so on.
// Threadsafe.
class SequentialIds final : public IdGenerator {
 public:
  // `first` lets two generators of one test give different ids.
  explicit SequentialIds(uint64_t first = 1) : next_(first) {}

  std::string NewId() override { return IdAt(next_.fetch_add(1)); }

  // The id that a generator gives for `number`, below 2^48.
  static std::string IdAt(uint64_t number) {
    return fmt::format("00000000-0000-7000-8000-{:012x}", number);
  }

 private:
  std::atomic<uint64_t> next_;
};

}  // namespace orderflow::testing
