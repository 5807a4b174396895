#ifndef JIKIMI_ACCESS_SERVER_KEY_RECOVERY_H_
#define JIKIMI_ACCESS_SERVER_KEY_RECOVERY_H_

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/database.h"
#include "vault/split_key.h"

namespace jikimi::access {

// Writes the server keys that stand in the database, sealed to the escrow, as the file server.keys
// into `folder`, for a centre that lost that file of its folder of keys. Needs k shares of the
// present escrow and nothing else, since without the server keys no approval can be read. The use
// is an entry of the log. Returns the versions that the file has.
//
// `folder` is made, or is there and empty (kAlreadyExists otherwise); nothing is written when an
// error comes back. The epoch ring is not among what is sealed to the escrow: when that file is
// lost as well, cases stay closed.
Result<std::vector<std::uint32_t>> RecoverServerKeyFile(store::Database& database,
                                                        std::span<const vault::KeyShare> shares,
                                                        const std::filesystem::path& folder,
                                                        Timestamp now);

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_SERVER_KEY_RECOVERY_H_
