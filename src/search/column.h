#ifndef JIKIMI_SEARCH_COLUMN_H_
#define JIKIMI_SEARCH_COLUMN_H_

#include <cstddef>
#include <memory>
#include <span>

#include "search/block_file.h"
#include "search/pages.h"

namespace jikimi::search {

// A fixed number of T: in memory of its own, zero at first, or in the blocks of a file. What
// data() points to may only be read after a Touch() that said yes.
template <typename T>
class Column {
 public:
  Column() = default;
  static Result<Column> Make(std::size_t size) {
    Column column;
    column.pages_ = TRY(Pages::Map(size * sizeof(T), Pages::Size::kHuge));
    column.data_ = reinterpret_cast<T*>(column.pages_.data());
    column.size_ = size;
    return column;
  }
  // The `size` values at byte `offset` of `file`.
  Column(std::shared_ptr<BlockFile> file, std::uint64_t offset, std::size_t size)
      : file_(std::move(file)),
        offset_(offset),
        data_(reinterpret_cast<const T*>(file_->at(offset))),
        size_(size) {}

  const T* data() const { return data_; }
  std::size_t size() const { return size_; }
  const BlockFile* file() const { return file_.get(); }
  // Only memory of its own can be written to.
  T* mutable_data() { return reinterpret_cast<T*>(pages_.data()); }

  bool Touch(std::size_t first, std::size_t count) const {
    return file_ == nullptr || file_->Touch(offset_ + first * sizeof(T), count * sizeof(T));
  }
  std::span<const std::byte> bytes() const { return std::as_bytes(std::span(data_, size_)); }

 private:
  std::shared_ptr<BlockFile> file_;
  std::uint64_t offset_ = 0;
  Pages pages_;
  const T* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace jikimi::search

#endif  // JIKIMI_SEARCH_COLUMN_H_
