#ifndef JIKIMI_ACCESS_REPRESENTATIVE_END_H_
#define JIKIMI_ACCESS_REPRESENTATIVE_END_H_

#include "access/centre_keys.h"
#include "access/survivor_tables.h"
#include "base/clock.h"
#include "base/result.h"

// When a representative's code ends; private to this room.
namespace jikimi::access {

// Whether the code's time is over. A survivor's never is.
Result<bool> IsOver(const CentreKeys& keys, const SurvivorRow& row, Timestamp now);

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_REPRESENTATIVE_END_H_
