#ifndef JIKIMI_VAULT_LOCKED_MEMORY_H_
#define JIKIMI_VAULT_LOCKED_MEMORY_H_

#include <cstddef>
#include <span>

// Where secrets lie; for this room's sources only.
namespace jikimi::vault::internal {

// `size` bytes, all zero, at least 1. Pieces up to 16 KiB come from regions of many pieces that
// stay mapped until the program ends: locked into memory as far as the system's limit allows, left
// out of core dumps, between guard pages. A larger one has pages of its own (sodium_malloc). To map
// and unmap those for each 32-byte key took more of a server's time than the cryptography.
// Thread-safe. Out of memory is the program's end.
std::span<std::byte> TakeLocked(std::size_t size);

// Zeroes and takes back what TakeLocked() gave. Who wrote behind its end meets CHECK here.
void GiveBackLocked(std::span<std::byte> memory);

}  // namespace jikimi::vault::internal

#endif  // JIKIMI_VAULT_LOCKED_MEMORY_H_
