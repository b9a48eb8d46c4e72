#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace orderflow::simulation {

// splitmix64 (Steele, Lea, Flood 2014): every decision of a schedule comes from here, so its seed
// is the whole schedule. Not threadsafe.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t Next() {
    state_ += 0x9e3779b97f4a7c15;
    uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31);
  }

  // In [0, bound); bound > 0.
  size_t Below(size_t bound) { return Next() % bound; }
  // In [0, 1).
  double Unit() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }
  bool Chance(double probability) { return Unit() < probability; }

 private:
  uint64_t state_;
};

// Takes any one of `from`, which is not empty.
template <class T>
T TakeOne(std::vector<T>& from, Random& random) {
  const size_t index = random.Below(from.size());
  T taken = std::move(from[index]);
  from.erase(from.begin() + static_cast<std::ptrdiff_t>(index));
  return taken;
}

}  // namespace orderflow::simulation
