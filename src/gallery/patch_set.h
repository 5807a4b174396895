#ifndef JIKIMI_GALLERY_PATCH_SET_H_
#define JIKIMI_GALLERY_PATCH_SET_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace jikimi::gallery {

// Some of a picture's patches, by their number in it. Not thread-safe.
class PatchSet {
 public:
  explicit PatchSet(std::size_t patches) : words_((patches + kWordBits - 1) / kWordBits) {}

  void Add(int patch) { words_[WordOf(patch)] |= BitOf(patch); }
  void AddShared(const PatchSet& a, const PatchSet& b) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] |= a.words_[i] & b.words_[i];
  }
  bool Holds(int patch) const { return (words_[WordOf(patch)] & BitOf(patch)) != 0; }
  std::size_t size() const { return CountShared(*this); }
  std::size_t CountShared(const PatchSet& other) const {
    std::size_t count = 0;
    for (std::size_t i = 0; i < words_.size(); ++i) {
      count += static_cast<std::size_t>(std::popcount(words_[i] & other.words_[i]));
    }
    return count;
  }

 private:
  static constexpr std::size_t kWordBits = 64;

  static std::size_t WordOf(int patch) { return static_cast<std::size_t>(patch) / kWordBits; }
  static std::uint64_t BitOf(int patch) {
    return std::uint64_t{1} << static_cast<std::size_t>(patch) % kWordBits;
  }

  std::vector<std::uint64_t> words_;
};

}  // namespace jikimi::gallery

#endif  // JIKIMI_GALLERY_PATCH_SET_H_
