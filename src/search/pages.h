#ifndef JIKIMI_SEARCH_PAGES_H_
#define JIKIMI_SEARCH_PAGES_H_

#include <cstddef>
#include <span>
#include <utility>

#include "base/result.h"

namespace jikimi::search {

// Zeroed memory straight from the system, aligned to pages, which takes room only where it is
// touched.
class Pages {
 public:
  // kHuge asks for 2 MB pages, which spare a big table the misses of the page table; kSmall is for
  // memory that is touched here and there.
  enum class Size { kHuge, kSmall };

  Pages() = default;
  // No room is kResourceExhausted.
  static Result<Pages> Map(std::size_t bytes, Size size);
  Pages(Pages&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  Pages& operator=(Pages&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~Pages();

  std::byte* data() { return bytes_.data(); }
  const std::byte* data() const { return bytes_.data(); }
  std::size_t size() const { return bytes_.size(); }

 private:
  std::span<std::byte> bytes_;
};

}  // namespace jikimi::search

#endif  // JIKIMI_SEARCH_PAGES_H_
