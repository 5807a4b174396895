#ifndef JIKIMI_STORE_STATEMENT_CACHE_H_
#define JIKIMI_STORE_STATEMENT_CACHE_H_

#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace jikimi::store {

// The prepared statements of one connection by their text; the ones used longest ago make room.
template <typename Statement>
class StatementCache {
 public:
  static constexpr std::size_t kCapacity = 256;

  // The statement, now the last used; null when there is none. Stays valid until the next Put().
  Statement* Find(std::string_view key) {
    const auto found = index_.find(key);
    if (found == index_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return &found->second->second;
  }

  // Keeps a statement that isn't in the cache; what it pushed out comes back.
  std::optional<Statement> Put(std::string key, Statement statement) {
    std::optional<Statement> pushed_out;
    if (entries_.size() == kCapacity) {
      index_.erase(entries_.back().first);
      pushed_out.emplace(std::move(entries_.back().second));
      entries_.pop_back();
    }
    entries_.emplace_front(std::move(key), std::move(statement));
    index_.emplace(entries_.front().first, entries_.begin());
    return pushed_out;
  }

  void Clear() {
    index_.clear();
    entries_.clear();
  }

 private:
  using Entries = std::list<std::pair<std::string, Statement>>;
  Entries entries_;                                                         // last used first
  std::unordered_map<std::string_view, typename Entries::iterator> index_;  // keys live in entries_
};

}  // namespace jikimi::store

#endif  // JIKIMI_STORE_STATEMENT_CACHE_H_
