#ifndef JIKIMI_CASEWORK_SCHEMA_H_
#define JIKIMI_CASEWORK_SCHEMA_H_

#include <vector>

#include "access/case_keys.h"
#include "access/centre_keys.h"
#include "access/destructions.h"
#include "store/migration.h"

// What this room's tables need from those who open, rotate, destroy and restore.
namespace jikimi::casework {

store::Schema CaseworkSchema();

// All that is sealed to cases and to items, for access::ResealCase() and RewrapIntake().
std::vector<access::CaseField> CaseFields();
// All that is sealed under server keys, for access::FinishServerKeyRotation().
std::vector<access::ServerField> ServerFields();
// Every row of a case or an item, for access::ReplayOnRestore() and the functions of
// casework/withdrawal.h.
access::CaseEraser Eraser();

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_SCHEMA_H_
