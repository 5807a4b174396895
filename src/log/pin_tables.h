#ifndef JIKIMI_LOG_PIN_TABLES_H_
#define JIKIMI_LOG_PIN_TABLES_H_

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "log/entry.h"
#include "log/pin.h"
#include "store/database.h"

// What a pin's entry and its row say of each other; private to this room.
namespace jikimi::log {

std::vector<EntryField> PinFields(const internal::PinRequest& pin);

// Whether the entry's row in log_pin is there and says the same as the entry.
Result<bool> HasPin(store::Transaction& transaction, std::int64_t entry,
                    std::span<const EntryField> fields);

}  // namespace jikimi::log

#endif  // JIKIMI_LOG_PIN_TABLES_H_
