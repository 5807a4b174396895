#ifndef JIKIMI_SEARCH_PUBLISHED_H_
#define JIKIMI_SEARCH_PUBLISHED_H_

#include <algorithm>
#include <atomic>
#include <memory>
#include <utility>
#include <vector>

namespace jikimi::search {

// The newest version of an immutable T, for many readers and one writer at a time. Readers take no
// lock and never wait for the writer: hazard pointers (Michael 2004), one slot a concurrent reader.
template <typename T>
class Published {
  struct alignas(64) Slot {
    std::atomic<bool> taken = true;
    std::atomic<const T*> reading = nullptr;
    Slot* next = nullptr;
  };

 public:
  // Keeps the version that it saw alive.
  class Reader {
   public:
    Reader(const T* version, Slot* slot) : version_(version), slot_(slot) {}
    Reader(Reader&& other) noexcept
        : version_(other.version_), slot_(std::exchange(other.slot_, nullptr)) {}
    Reader& operator=(Reader&&) = delete;
    ~Reader() {
      if (slot_ == nullptr) return;
      slot_->reading.store(nullptr, std::memory_order_release);
      slot_->taken.store(false, std::memory_order_release);
    }
    const T& operator*() const { return *version_; }
    const T* operator->() const { return version_; }

   private:
    const T* version_;
    Slot* slot_;
  };

  explicit Published(std::unique_ptr<const T> first) : newest_(first.release()) {}
  Published(const Published&) = delete;
  Published& operator=(const Published&) = delete;
  // No reader may be left.
  ~Published() {
    delete newest_.load();
    for (const T* version : retired_) delete version;
    for (Slot* slot = slots_.load(); slot != nullptr;) delete std::exchange(slot, slot->next);
  }

  Reader Read() const {
    Slot* slot = TakeSlot();
    const T* version = newest_.load();
    while (true) {
      // Sequentially consistent on both sides: either the writer sees this slot, or the second
      // load sees the writer's newer version.
      slot->reading.store(version);
      const T* again = newest_.load();
      if (again == version) return Reader(version, slot);
      version = again;
    }
  }

  // For the writer alone. Old versions are freed here or by Reclaim(), when nobody reads them.
  void Publish(std::unique_ptr<const T> next) {
    retired_.push_back(newest_.exchange(next.release()));
    Reclaim();
  }
  // Whether no old version is left.
  bool Reclaim() {
    std::erase_if(retired_, [this](const T* version) {
      for (Slot* slot = slots_.load(); slot != nullptr; slot = slot->next) {
        if (slot->reading.load() == version) return false;
      }
      delete version;
      return true;
    });
    return retired_.empty();
  }

 private:
  Slot* TakeSlot() const {
    for (Slot* slot = slots_.load(std::memory_order_acquire); slot != nullptr; slot = slot->next) {
      if (!slot->taken.load(std::memory_order_relaxed) &&
          !slot->taken.exchange(true, std::memory_order_acquire)) {
        return slot;
      }
    }
    auto* slot = new Slot;
    slot->next = slots_.load();
    while (!slots_.compare_exchange_weak(slot->next, slot)) {
    }
    return slot;
  }

  std::atomic<const T*> newest_;
  mutable std::atomic<Slot*> slots_ = nullptr;  // only grows: one slot a reader at the busiest time
  std::vector<const T*> retired_;
};

}  // namespace jikimi::search

#endif  // JIKIMI_SEARCH_PUBLISHED_H_
