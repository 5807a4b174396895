#ifndef JIKIMI_BASE_RANDOM_H_
#define JIKIMI_BASE_RANDOM_H_

#include <cstdint>

namespace jikimi {

// SplitMix64 (Steele, Lea, Flood 2014): a small deterministic generator, the same on every machine
// for the same seed. For sampling and tests; never for keys or salts.
class SplitMix64 {
 public:
  explicit constexpr SplitMix64(std::uint64_t seed) : state_(seed) {}

  constexpr std::uint64_t Next() {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  // Evenly in [0, bound); `bound` > 0. The bias is below bound / 2^32.
  constexpr std::uint32_t Below(std::uint32_t bound) {
    return static_cast<std::uint32_t>(((Next() >> 32) * bound) >> 32);
  }

  // Evenly in [0, 1).
  constexpr double Unit() { return static_cast<double>(Next() >> 11) * 0x1p-53; }

 private:
  std::uint64_t state_;
};

}  // namespace jikimi

#endif  // JIKIMI_BASE_RANDOM_H_
