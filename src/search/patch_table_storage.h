#ifndef JIKIMI_SEARCH_PATCH_TABLE_STORAGE_H_
#define JIKIMI_SEARCH_PATCH_TABLE_STORAGE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

#include "base/check.h"

namespace jikimi::search {

// `bytes` of zeroed memory straight from the system, which hands out pages at the first touch and,
// where it can, pages of 2 MB: random reads in gigabytes otherwise spend their time on page walks.
// Throws std::bad_alloc.
void* MapZeroed(std::size_t bytes);
void Unmap(void* memory, std::size_t bytes);

// A fixed number of zeroed values in memory of the system's (MapZeroed).
template <typename T>
class MappedArray {
  static_assert(std::is_trivially_destructible_v<T>);

 public:
  MappedArray() = default;
  explicit MappedArray(std::size_t size)
      : data_(size == 0 ? nullptr : static_cast<T*>(MapZeroed(size * sizeof(T)))), size_(size) {}
  MappedArray(MappedArray&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  MappedArray& operator=(MappedArray&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~MappedArray() {
    if (data_ != nullptr) Unmap(data_, size_ * sizeof(T));
  }

  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }
  T* data() { return data_; }
  const T* data() const { return data_; }
  std::size_t size() const { return size_; }

 private:
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

// An array that one writer appends to while any number of readers read what was published before.
// Values never move. A span that is appended together lies together (a piece that does not fit the
// rest of a chunk starts the next one, and the places skipped stay zero).
template <typename T, int kChunkBits, std::size_t kMaxChunks>
class GrowingArray {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  static constexpr std::size_t kChunk = std::size_t{1} << kChunkBits;

  GrowingArray() : chunks_(std::make_unique<std::atomic<T*>[]>(kMaxChunks)) {}
  GrowingArray(const GrowingArray&) = delete;
  GrowingArray& operator=(const GrowingArray&) = delete;
  ~GrowingArray() {
    for (std::size_t i = 0; i < kMaxChunks; ++i) {
      T* const chunk = chunks_[i].load(std::memory_order_relaxed);
      if (chunk == nullptr) break;
      Unmap(chunk, kChunk * sizeof(T));
    }
  }

  // Writer only. At most kChunk values. Returns the index of the first; full: CHECK.
  std::size_t Append(std::span<const T> values) {
    CHECK(values.size() <= kChunk);
    std::size_t first = size_.load(std::memory_order_relaxed);
    const std::size_t left = kChunk - (first & (kChunk - 1));
    if (values.size() > left) first += left;
    if (!values.empty()) {
      const std::size_t chunk = first >> kChunkBits;
      CHECK(chunk < kMaxChunks);
      if (chunks_[chunk].load(std::memory_order_relaxed) == nullptr) {
        chunks_[chunk].store(static_cast<T*>(MapZeroed(kChunk * sizeof(T))),
                             std::memory_order_release);
      }
      std::copy(values.begin(), values.end(), At(first));
    }
    size_.store(first + values.size(), std::memory_order_release);
    return first;
  }

  std::size_t size() const { return size_.load(std::memory_order_acquire); }
  const T& operator[](std::size_t i) const { return *At(i); }
  T& operator[](std::size_t i) { return *At(i); }
  static constexpr std::size_t capacity() { return kChunk * kMaxChunks; }
  std::size_t memory_bytes() const { return size() * sizeof(T); }

 private:
  T* At(std::size_t i) const {
    return chunks_[i >> kChunkBits].load(std::memory_order_acquire) + (i & (kChunk - 1));
  }

  std::unique_ptr<std::atomic<T*>[]> chunks_;
  std::atomic<std::size_t> size_ = 0;
};

}  // namespace jikimi::search

#endif  // JIKIMI_SEARCH_PATCH_TABLE_STORAGE_H_
