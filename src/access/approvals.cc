#include "access/approvals.h"

#include <algorithm>

#include "access/actor_log.h"
#include "access/approval_tables.h"
#include "access/sealed_columns.h"
#include "base/bytes.h"
#include "store/outbox.h"
#include "vault/hkdf.h"

namespace jikimi::access {
namespace {

constexpr std::size_t kMaxSubjectBytes = 1'000;
constexpr std::size_t kMaxReasonBytes = 2'000;
constexpr std::size_t kMaxPayloadBytes = 64 * 1024;

constexpr std::string_view kKinds[] = {"role",
                                       "key_reset",
                                       "second_factor_reset",
                                       "recipient_address",
                                       "peer",
                                       "template",
                                       "law_row",
                                       "egress",
                                       "emergency_override",
                                       "escrow_use",
                                       "escrow_rotation",
                                       "audit_use"};

vault::RecordReference Reference(ApprovalId id) {
  vault::RecordReference reference;  // no kind of key owns it: the id alone tells it from others
  reference.id = id.bytes;
  return reference;
}

Error NoSuchApproval() { return {ErrorCode::kNotFound, "approval: no such one"}; }

Result<Approval> Opened(store::Transaction& transaction, const CentreKeys& keys, ApprovalRow row) {
  Approval approval = std::move(row.approval);
  approval.reason =
      TRY(OpenTextColumn(keys, Reference(approval.id), kApprovalReasonField, row.reason));
  approval.votes = TRY(VotesOf(transaction, approval.id));
  return approval;
}

Result<void> CheckNew(const NewApproval& what) {
  const auto refuse = [](const char* rule) {
    return Error{ErrorCode::kInvalidArgument, std::string("approval: ") + rule};
  };
  if (what.subject.empty() || what.subject.size() > kMaxSubjectBytes) {
    return refuse("its subject has 1 to 1,000 bytes");
  }
  if (what.reason.empty() || what.reason.size() > kMaxReasonBytes) {
    return refuse("its reason has 1 to 2,000 bytes");
  }
  if (what.payload.size() > kMaxPayloadBytes) return refuse("its payload has 65,536 bytes at most");
  return {};
}

// Why nothing can be done with it any more; nothing when something can.
std::optional<std::string> OverWhy(const Approval& approval, Timestamp now) {
  if (approval.state == ApprovalState::kDone) return "was carried out already";
  if (approval.state == ApprovalState::kWithdrawn) return "was withdrawn";
  if (approval.until <= now) return "has run out: propose it again";
  return std::nullopt;
}

std::vector<log::EntryField> FieldsOf(const Approval& approval) {
  return {{"approval", ToHex(approval.id.bytes)},
          {"kind", std::string(ActKindCode(approval.kind))},
          {"subject", approval.subject}};
}

// One that may be used for this, as its row has it.
Result<Approval> FindUsable(store::Transaction& transaction, ApprovalId id, ActKind kind,
                            std::string_view subject, Timestamp now) {
  auto row = TRY(FindApprovalRow(transaction, id));
  if (!row) return NoSuchApproval();
  Approval& found = row->approval;
  const auto refuse = [](const std::string& why) {
    return Error{ErrorCode::kPermissionDenied, "approval: " + why};
  };
  if (found.kind != kind) {
    return refuse("is about " + std::string(ActKindCode(found.kind)) + ", not about " +
                  std::string(ActKindCode(kind)));
  }
  if (found.subject != subject) return refuse("is about another subject");
  if (const auto why = OverWhy(found, now)) return refuse(*why);
  if (found.state != ApprovalState::kApproved ||
      TRY(CountStandingVotes(transaction, id)) < kVotesNeeded) {
    return refuse("lacks the votes of two supervisors");
  }
  return std::move(found);
}

Result<void> Tell(store::Transaction& transaction, std::string_view topic, ApprovalId id,
                  Timestamp now) {
  return TellOf(transaction, topic, Reference(id), now);
}

}  // namespace

std::string_view ActKindCode(ActKind kind) { return kKinds[static_cast<std::size_t>(kind)]; }

Result<ActKind> ParseActKind(std::string_view code) {
  for (std::size_t i = 0; i < std::size(kKinds); ++i) {
    if (kKinds[i] == code) return static_cast<ActKind>(i);
  }
  return Error{ErrorCode::kInvalidArgument, "no act is called '" + std::string(code) + "'"};
}

std::string_view ApprovalStateCode(ApprovalState state) {
  constexpr std::string_view kCodes[] = {"open", "approved", "done", "withdrawn"};
  return kCodes[static_cast<std::size_t>(state)];
}

std::array<std::byte, 32> ApprovalDigest(ActKind kind, std::string_view subject,
                                         std::span<const std::byte> payload) {
  ByteWriter writer;
  for (const std::string_view text :
       {std::string_view("jikimi.access.approval.1"), ActKindCode(kind), subject}) {
    writer.Put(static_cast<std::uint32_t>(text.size()));
    writer.PutBytes(AsBytes(text));
  }
  writer.PutBytes(payload);
  return vault::Sha256(writer.bytes());
}

Result<ApprovalId> Propose(store::Transaction& transaction, const CentreKeys& keys,
                           const Actor& who, const NewApproval& what, Timestamp now) {
  const StaffActor& staff = *TRY(RequireStaff(who));
  const bool is_emergency = what.kind == ActKind::kEmergencyOverride;
  // Whose case it is, the one who carries it out checks; here it counts that they may at all.
  const vault::PersonId own[] = {staff.person};
  TRY(Require(transaction, who,
              is_emergency ? Permission::kEmergencyShare : Permission::kApprovalPropose,
              {.persons = own}));
  TRY(CheckNew(what));
  ApprovalRow row;
  Approval& approval = row.approval;
  approval.id = {vault::RandomArray<16>()};
  approval.kind = what.kind;
  approval.subject = what.subject;
  approval.payload = what.payload;
  approval.about = what.about;
  approval.proposer = staff.person;
  approval.proposed_at = now;
  approval.until = now + kVotingTime;
  row.reason = SealColumn(keys, Reference(approval.id), kApprovalReasonField, AsBytes(what.reason));
  TRY(InsertApproval(transaction, row));
  if (May(who, Permission::kApprovalVote) && what.about != staff.person) {
    TRY(InsertVote(transaction, approval.id, staff.person, staff.role, now));
  }
  TRY(LogForCentre(transaction, keys, LogRefOf(who), "approval.asked", now, FieldsOf(approval)));
  TRY(Tell(transaction, "approval.asked", approval.id, now));
  return approval.id;
}

Result<ApprovalState> Vote(store::Transaction& transaction, const CentreKeys& keys,
                           const Actor& who, ApprovalId id, const std::array<std::byte, 32>& digest,
                           const CarryOut& carry_out, Timestamp now) {
  const StaffActor& staff = *TRY(RequireStaff(who));
  TRY(Require(transaction, who, Permission::kApprovalVote));
  const auto row = TRY(FindApprovalRow(transaction, id));
  if (!row) return NoSuchApproval();
  const Approval& seen = row->approval;
  if (const auto why = OverWhy(seen, now)) {
    return Error{ErrorCode::kPermissionDenied, "approval: " + *why};
  }
  if (seen.state == ApprovalState::kApproved) {
    return Error{ErrorCode::kAlreadyExists, "approval: has its two votes already"};
  }
  if (digest != seen.digest) {
    return Error{ErrorCode::kInvalidArgument,
                 "approval: the digest is of something else than what is proposed"};
  }
  if (seen.about == staff.person) {
    return Error{ErrorCode::kPermissionDenied, "approval: nobody votes about themselves"};
  }
  if (!TRY(InsertVote(transaction, id, staff.person, staff.role, now))) {
    return Error{ErrorCode::kPermissionDenied,
                 "approval: you voted for it already, another person must"};
  }
  TRY(LogForCentre(transaction, keys, LogRefOf(who), "approval.given", now, FieldsOf(seen)));
  if (TRY(CountStandingVotes(transaction, id)) < kVotesNeeded) return ApprovalState::kOpen;
  TRY(UpdateApproval(transaction, id, ApprovalState::kApproved, now + kUsingTime));
  if (!carry_out) {
    TRY(Tell(transaction, "approval.given", id, now));
    return ApprovalState::kApproved;
  }
  const Approval approved = TRY(FindApproval(transaction, keys, id));
  TRY(carry_out(transaction, approved));
  // What carried it out has used it up, unless it needed no approval of its own.
  if (TRY(FindApprovalRow(transaction, id))->approval.state == ApprovalState::kApproved) {
    TRY(UseApproval(transaction, keys, id, approved.kind, approved.subject, now));
  }
  return ApprovalState::kDone;
}

Result<void> WithdrawApproval(store::Transaction& transaction, const CentreKeys& keys,
                              const Actor& who, ApprovalId id, Timestamp now) {
  const StaffActor& staff = *TRY(RequireStaff(who));
  const auto row = TRY(FindApprovalRow(transaction, id));
  if (!row) return NoSuchApproval();
  const vault::PersonId own[] = {staff.person};
  const bool is_proposer = row->approval.proposer == staff.person;
  const Permission needed = !is_proposer ? Permission::kApprovalVote
                            : row->approval.kind == ActKind::kEmergencyOverride
                                ? Permission::kEmergencyShare
                                : Permission::kApprovalPropose;
  TRY(Require(transaction, who, needed, {.persons = own}));
  if (const auto why = OverWhy(row->approval, now)) {
    return Error{ErrorCode::kPermissionDenied, "approval: " + *why};
  }
  TRY(UpdateApproval(transaction, id, ApprovalState::kWithdrawn, now));
  TRY(LogForCentre(transaction, keys, LogRefOf(who), "approval.withdrawn", now,
                   FieldsOf(row->approval)));
  return Tell(transaction, "approval.withdrawn", id, now);
}

Result<Approval> UseApproval(store::Transaction& transaction, const CentreKeys& keys, ApprovalId id,
                             ActKind kind, std::string_view subject, Timestamp now) {
  const Approval found = TRY(FindUsable(transaction, id, kind, subject, now));
  TRY(UpdateApproval(transaction, id, ApprovalState::kDone, found.until));
  TRY(LogForCentre(transaction, keys, log::ActorRef::System(), "approval.used", now,
                   FieldsOf(found)));
  TRY(Tell(transaction, "approval.used", id, now));
  return FindApproval(transaction, keys, id);
}

Result<void> CheckApproval(store::Transaction& transaction, ApprovalId id, ActKind kind,
                           std::string_view subject, Timestamp now) {
  TRY(FindUsable(transaction, id, kind, subject, now));
  return {};
}

Result<Approval> FindApproval(store::Transaction& transaction, const CentreKeys& keys,
                              ApprovalId id) {
  auto row = TRY(FindApprovalRow(transaction, id));
  if (!row) return NoSuchApproval();
  return Opened(transaction, keys, std::move(*row));
}

Result<std::vector<Approval>> ListApprovals(store::Transaction& transaction, const CentreKeys& keys,
                                            Listed listed, const std::optional<ApprovalId>& before,
                                            int limit, Timestamp now) {
  std::optional<ApprovalRow> after;
  if (before) {
    after = TRY(FindApprovalRow(transaction, *before));
    if (!after) return NoSuchApproval();
  }
  std::vector<Approval> approvals;
  for (ApprovalRow& row : TRY(ListApprovalRows(transaction, listed, after, limit, now))) {
    approvals.push_back(TRY(Opened(transaction, keys, std::move(row))));
  }
  return approvals;
}

}  // namespace jikimi::access
