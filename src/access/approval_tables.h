#ifndef JIKIMI_ACCESS_APPROVAL_TABLES_H_
#define JIKIMI_ACCESS_APPROVAL_TABLES_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "access/approvals.h"
#include "access/people_tables.h"
#include "base/result.h"
#include "store/database.h"

// Rows of approvals and votes; private to this room.
namespace jikimi::access {

struct ApprovalRow {
  Approval approval;  // without reason and votes
  SealedColumn reason;
};

Result<void> InsertApproval(store::Transaction& transaction, const ApprovalRow& row);
Result<std::optional<ApprovalRow>> FindApprovalRow(store::Transaction& transaction, ApprovalId id);
Result<std::vector<ApprovalRow>> ListApprovalRows(store::Transaction& transaction, Listed listed,
                                                  const std::optional<ApprovalRow>& before,
                                                  int limit, Timestamp now);
Result<void> UpdateApproval(store::Transaction& transaction, ApprovalId id, ApprovalState state,
                            Timestamp until);

// False when this person voted before.
Result<bool> InsertVote(store::Transaction& transaction, ApprovalId id, vault::PersonId person,
                        Role role, Timestamp now);
Result<std::vector<vault::PersonId>> VotesOf(store::Transaction& transaction, ApprovalId id);
// Of people who still are what they were when they voted.
Result<std::int64_t> CountStandingVotes(store::Transaction& transaction, ApprovalId id);

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_APPROVAL_TABLES_H_
