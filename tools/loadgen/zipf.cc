#include "tools/loadgen/zipf.h"

#include <algorithm>
#include <cmath>

#include "libs/base/invariant.h"

namespace orderflow::loadgen {

Zipf::Zipf(size_t size, double exponent) {
  INVARIANT(size > 0, "a distribution over nothing has no sample");
  double sum = 0;
  cumulative_.reserve(size);
  for (size_t rank = 0; rank < size; ++rank) {
    sum += std::pow(static_cast<double>(rank + 1), -exponent);
    cumulative_.push_back(sum);
  }
  for (double& value : cumulative_) {
    value /= sum;
  }
}

size_t Zipf::Rank(double random01) const {
  const auto found = std::upper_bound(cumulative_.begin(), cumulative_.end(), random01);
  const auto rank = static_cast<size_t>(found - cumulative_.begin());
  return std::min(rank, cumulative_.size() - 1);
}

}  // namespace orderflow::loadgen
