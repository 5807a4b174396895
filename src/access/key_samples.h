#ifndef JIKIMI_ACCESS_KEY_SAMPLES_H_
#define JIKIMI_ACCESS_KEY_SAMPLES_H_

#include "base/clock.h"
#include "base/result.h"
#include "store/database.h"
#include "vault/epoch_ring.h"
#include "vault/server_keys.h"

// Makes the current version of a ring known to the database (centre_key_tables.h), unless it is.
namespace jikimi::access {

Result<void> AddSample(store::Transaction& transaction, const vault::EpochRing& ring,
                       Timestamp now);
Result<void> AddSample(store::Transaction& transaction, const vault::ServerKeys& ring,
                       Timestamp now);

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_KEY_SAMPLES_H_
