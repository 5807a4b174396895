#ifndef JIKIMI_ACCESS_CENTRE_KEY_TABLES_H_
#define JIKIMI_ACCESS_CENTRE_KEY_TABLES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/database.h"

// What the database knows of the centre's keys: of each epoch and server key a sample sealed under
// it, which tells whether a folder of keys is this centre's and not an old copy.
namespace jikimi::access {

inline constexpr std::string_view kEpochSample = "epoch";
inline constexpr std::string_view kServerSample = "server";

struct KeySample {
  std::uint32_t version = 0;
  Timestamp made_at;
  std::vector<std::byte> sealed;
};
Result<std::vector<KeySample>> KeySamples(store::Transaction& transaction, std::string_view kind);
// Does nothing when there is one of that version.
Result<void> AddKeySample(store::Transaction& transaction, std::string_view kind,
                          const KeySample& sample);
Result<void> DeleteKeySample(store::Transaction& transaction, std::string_view kind,
                             std::uint32_t version);

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_CENTRE_KEY_TABLES_H_
