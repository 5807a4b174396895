#ifndef JIKIMI_CASEWORK_DESK_H_
#define JIKIMI_CASEWORK_DESK_H_

#include <utility>
#include <vector>

#include "access/actor.h"
#include "access/case_keys.h"
#include "access/centre_keys.h"
#include "base/clock.h"
#include "casework/rulebook.h"
#include "log/entry.h"

namespace jikimi::casework {

// What every act of case work is done with: who acts, when, with the centre's keys, by which rules.
// For one request; what it refers to must outlive it.
//
// Each act takes a transaction, checks in it that `who` may do this, changes the rows, writes the
// entry of the log and the events. Reading what is sealed is an act too. The caller commits.
// Common errors: kPermissionDenied (not allowed, or not granted this case), kNotFound (no such
// record, or destroyed), kStale (somebody changed it meanwhile: read again), kInvalidArgument
// (what is wrong, and where).
//
// Entries of reading go to `reads` when there is one, so that a read needs no transaction that
// writes: the caller appends them (store/group_commit.h with log::AppendAll()) and hands nothing
// out before that is durable. Without one they are appended in the transaction itself.
//
// A case that an act rotated, or found with something left over from an earlier rotation, goes to
// `due`: after its commit the caller does access::RotateAndReseal(). The last one of a case counts.
struct Desk {
  const access::Actor& who;
  const access::CentreKeys& keys;
  const Rulebook& rules;
  Timestamp now;
  std::vector<log::SealedEntry>* reads = nullptr;
  std::vector<access::OpenedCase>* due = nullptr;

  void LeaveDue(access::OpenedCase opened) const {
    if (due == nullptr || !(opened.reseal_due() || opened.rotation_due())) return;
    due->push_back(std::move(opened));
  }
};

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_DESK_H_
