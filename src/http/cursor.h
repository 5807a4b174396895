#ifndef JIKIMI_HTTP_CURSOR_H_
#define JIKIMI_HTTP_CURSOR_H_

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "vault/keys.h"

namespace jikimi::http {

// Where a list goes on: the sort key of the last row that was shown, sealed, so that a client can
// neither read nor make one. Thread-safe. `key` is the same on all machines (made from a server key
// by CursorKey()); a cursor stops working when that is rotated.
class Cursors {
 public:
  explicit Cursors(vault::SessionKey key);
  // The key that a server key gives for cursors.
  static Cursors From(const vault::ServerKey& key);

  // `list` names the list and all of its filters and its reader: a cursor works there only. `place`
  // is the caller's own form of the sort key, at most 1,000 bytes.
  std::string Seal(std::string_view list, std::span<const std::byte> place) const;
  // kInvalidArgument for a text that Seal() didn't make, or made for another list.
  Result<std::vector<std::byte>> Open(std::string_view list, std::string_view cursor) const;

 private:
  vault::SessionKey key_;
};

}  // namespace jikimi::http

#endif  // JIKIMI_HTTP_CURSOR_H_
