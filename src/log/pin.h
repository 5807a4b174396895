#ifndef JIKIMI_LOG_PIN_H_
#define JIKIMI_LOG_PIN_H_

#include <array>
#include <cstdint>

#include "base/result.h"
#include "log/entry.h"
#include "store/database.h"
#include "vault/keys.h"
#include "vault/server_keys.h"

// Public keys are pinned in the log when their owners enrol, and a case is shared only with a key
// that is pinned: one that somebody slipped into the database is refused, since he can't seal under
// the server's keys.
namespace jikimi::log {

namespace internal {
struct PinRequest {
  vault::KeyKind kind;
  std::array<std::byte, 16> owner = {};
  std::uint32_t version = 0;
  std::array<std::byte, 32> digest = {};
};
Result<void> WritePin(store::Transaction& transaction, const PinRequest& pin, const ActorRef& actor,
                      Timestamp at, const vault::ServerKeys& server_keys);
Result<std::array<std::byte, 32>> ReadPin(store::Transaction& transaction, vault::KeyKind kind,
                                          const std::array<std::byte, 16>& owner,
                                          std::uint32_t version,
                                          const vault::ServerKeys& server_keys);
}  // namespace internal

// Pins a public half: an entry "key.pinned" whose detail holds the digest, and a row to find it by.
// kAlreadyExists when the owner's key of this or a later version is pinned already.
template <vault::KeyKind kKind>
Result<void> Pin(store::Transaction& transaction, const vault::PublicKey<kKind>& key,
                 const ActorRef& actor, Timestamp at, const vault::ServerKeys& server_keys) {
  return internal::WritePin(transaction,
                            {kKind, key.name().owner.bytes(), key.name().version, key.Pin().digest},
                            actor, at, server_keys);
}

// The key, when it is the one that was pinned for its owner last. kNotFound: none was;
// kPermissionDenied: it is another one, or a later version was pinned; kCorrupt: the pin's row,
// detail and leaf don't agree.
template <vault::KeyKind kKind>
Result<vault::PinnedKey<kKind>> CheckPinned(store::Transaction& transaction,
                                            const vault::PublicKey<kKind>& key,
                                            const vault::ServerKeys& server_keys) {
  const auto digest = TRY(internal::ReadPin(transaction, kKind, key.name().owner.bytes(),
                                            key.name().version, server_keys));
  return vault::PinnedKey<kKind>::Check(key, vault::KeyPin<kKind>{digest});
}

}  // namespace jikimi::log

#endif  // JIKIMI_LOG_PIN_H_
