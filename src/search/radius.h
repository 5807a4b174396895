#ifndef JIKIMI_SEARCH_RADIUS_H_
#define JIKIMI_SEARCH_RADIUS_H_

#include <string>

#include "base/result.h"

namespace jikimi::search {

// How many bits a word may differ from the one that is asked for: 0 to 64. Unrelated pictures are
// some 128 bits apart, so that a larger radius finds no pictures any more.
class Radius {
 public:
  static constexpr int kMax = 64;

  // Anything outside 0 to 64 is kInvalidArgument.
  static Result<Radius> Of(int bits) {
    if (bits < 0 || bits > kMax) {
      return Error{ErrorCode::kInvalidArgument,
                   "radius " + std::to_string(bits) + " is not between 0 and 64"};
    }
    return Radius(bits);
  }
  // The one that PDQ recommends.
  static constexpr Radius Pdq() { return Radius(31); }

  constexpr int bits() const { return bits_; }
  friend constexpr bool operator==(Radius, Radius) = default;

 private:
  explicit constexpr Radius(int bits) : bits_(bits) {}

  int bits_;
};

}  // namespace jikimi::search

#endif  // JIKIMI_SEARCH_RADIUS_H_
