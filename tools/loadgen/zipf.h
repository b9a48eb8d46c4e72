#pragma once

#include <cstddef>
#include <vector>

namespace orderflow::loadgen {

// Ranks 0..size-1 with probability proportional to 1 / (rank + 1)^exponent: few items are asked for
// most of the time, as in a shop. Immutable, threadsafe.
class Zipf {
 public:
  Zipf(size_t size, double exponent);

  // The rank that `random01` in [0, 1) falls on.
  size_t Rank(double random01) const;

 private:
  std::vector<double> cumulative_;
};

}  // namespace orderflow::loadgen
