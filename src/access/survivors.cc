#include "access/survivors.h"

#include "access/actor_log.h"
#include "access/session_tables.h"
#include "access/survivor_tables.h"

namespace jikimi::access {
namespace {

Error NoSurvivor() { return {ErrorCode::kNotFound, "survivor: this case has none with a code"}; }

Result<SurvivorRow> Load(store::Transaction& transaction, vault::CaseId of_case) {
  auto row = TRY(FindByCase(transaction, of_case));
  if (!row) return NoSurvivor();
  return std::move(*row);
}

}  // namespace

Result<NewSurvivor> MakeSurvivor() {
  const auto id = vault::SurvivorId::Random();
  auto code = vault::SurvivorCode::Generate();
  auto made = TRY(vault::SurvivorLock::Create(code, {id, 1}, std::nullopt));
  return NewSurvivor{id, std::move(code), std::move(made.lock), std::move(made.pair)};
}

Result<void> AddSurvivor(store::Transaction& transaction, const NewSurvivor& survivor,
                         vault::CaseId of_case) {
  return InsertSurvivor(transaction, {.id = survivor.id,
                                      .of_case = of_case,
                                      .locator = survivor.code.Locator(),
                                      .lock = survivor.lock.bytes(),
                                      .key_version = 1,
                                      .contact_unsafe_at = {},
                                      .question = {}});
}

Result<void> EraseSurvivors(store::Transaction& transaction, vault::CaseId of_case) {
  const auto row = TRY(FindByCase(transaction, of_case));
  if (row) TRY(DeleteSessionsOf(transaction, row->id.bytes(), std::nullopt));
  TRY(DeleteSurvivorOf(transaction, of_case));
  TRY(EraseRepresentatives(transaction, of_case));
  TRY(DeleteLostCode(transaction, of_case));
  return {};
}

Result<vault::SurvivorId> FindSurvivor(store::Transaction& transaction, vault::CaseId of_case) {
  return TRY(Load(transaction, of_case)).id;
}

Result<void> MoveSurvivor(store::Transaction& transaction, vault::SurvivorId survivor,
                          const OpenedCase& from, const OpenedCase& to) {
  const auto row = TRY(FindSurvivorRow(transaction, survivor));
  if (!row) return NoSurvivor();
  if (row->question) {
    const auto sealed = TRY(vault::SealedTo<vault::KeyKind::kCase>::Parse(*row->question));
    TRY(UpdateQuestion(transaction, survivor, TRY(ResealedQuestion(from, to, sealed))));
  }
  TRY(DeleteLostCode(transaction, row->of_case));
  TRY(DeleteSessionsOf(transaction, survivor.bytes(), std::nullopt));
  return UpdateSurvivorCase(transaction, survivor, to.id());
}

Result<std::optional<Timestamp>> ContactUnsafeSince(store::Transaction& transaction,
                                                    vault::CaseId of_case) {
  const auto row = TRY(FindByCase(transaction, of_case));
  return row ? row->contact_unsafe_at : std::nullopt;
}

Result<void> MarkContactSafe(store::Transaction& transaction, const CentreKeys& keys,
                             const Actor& who, const ScopeFacts& facts, vault::CaseId of_case,
                             Timestamp now) {
  TRY(RequireStaff(who));
  TRY(Require(transaction, who, Permission::kCaseEdit, facts));
  const SurvivorRow row = TRY(Load(transaction, of_case));
  if (!row.contact_unsafe_at) return {};
  TRY(UpdateContactUnsafe(transaction, row.id, std::nullopt));
  TRY(LogForCase(transaction, keys, LogRefOf(who), of_case, "contact.safe", now));
  return TellOf(transaction, "survivor.contact_safe", of_case, now);
}

vault::Context AgreedQuestionContext(vault::CaseId of_case) {
  return {.purpose = vault::Purpose::kField, .of = of_case, .field = "agreed question"};
}

Result<std::optional<std::vector<std::byte>>> ResealedQuestion(
    const OpenedCase& from, const OpenedCase& to,
    const vault::SealedTo<vault::KeyKind::kCase>& sealed) {
  const auto plain = from.OpenField(AgreedQuestionContext(from.id()), sealed);
  if (!plain && plain.error().code == ErrorCode::kNotFound) {
    return std::optional<std::vector<std::byte>>();
  }
  if (!plain) return plain.error();
  auto fresh = TRY(vault::Seal(to.public_key(), AgreedQuestionContext(to.id()), plain->bytes()));
  return std::optional(fresh.bytes());
}

Result<void> SetAgreedQuestion(store::Transaction& transaction, const CentreKeys& keys,
                               const Actor& who, const ScopeFacts& facts, vault::CaseId of_case,
                               const vault::SealedTo<vault::KeyKind::kCase>& sealed,
                               Timestamp now) {
  const bool is_hers = who.survivor() != nullptr;
  TRY(Require(transaction, who, is_hers ? Permission::kPortalAct : Permission::kCaseEdit, facts));
  if (is_hers && who.survivor()->of_case != of_case) return NoSurvivor();
  const SurvivorRow row = TRY(Load(transaction, of_case));
  TRY(UpdateQuestion(transaction, row.id, sealed.bytes()));
  return LogForCase(transaction, keys, LogRefOf(who), of_case, "case.changed", now,
                    {{"field", "agreed question"}});
}

Result<std::vector<std::byte>> FindAgreedQuestion(store::Transaction& transaction, const Actor& who,
                                                  const ScopeFacts& facts, vault::CaseId of_case) {
  TRY(RequireStaff(who));
  TRY(Require(who, Permission::kSurvivorCodeReset, facts));
  SurvivorRow row = TRY(Load(transaction, of_case));
  if (!row.question) {
    return Error{ErrorCode::kNotFound, "survivor: no question was agreed with her"};
  }
  return std::move(*row.question);
}

Result<std::optional<LostCode>> FindLostCode(store::Transaction& transaction, vault::CaseId of_case,
                                             Timestamp now) {
  auto lost = TRY(FindLostCodeRow(transaction, of_case));
  if (lost && lost->asked_at + kLostCodeTime <= now) lost.reset();
  return lost;
}

Result<LostCode> AttestLostCode(store::Transaction& transaction, const CentreKeys& keys,
                                const Actor& who, const ScopeFacts& facts, vault::CaseId of_case,
                                Timestamp now) {
  const StaffActor& staff = *TRY(RequireStaff(who));
  TRY(Require(transaction, who, Permission::kSurvivorCodeReset, facts));
  const SurvivorRow row = TRY(Load(transaction, of_case));
  if (!row.question) {
    return Error{ErrorCode::kInvalidArgument,
                 "lost code: no question was agreed with her, so nobody can tell that it is she"};
  }
  auto lost = TRY(FindLostCode(transaction, of_case, now));
  if (!lost) {
    lost = LostCode{of_case, staff.person, now, std::nullopt, std::nullopt};
  } else if (lost->second) {
    return Error{ErrorCode::kAlreadyExists, "lost code: two of staff have asked her already"};
  } else if (lost->first == staff.person) {
    return Error{ErrorCode::kPermissionDenied, "lost code: another person must ask her too"};
  } else {
    lost->second = staff.person;
    lost->not_before = now + kLostCodeWait;
  }
  TRY(PutLostCode(transaction, *lost));
  TRY(LogForCase(transaction, keys, LogRefOf(who), of_case, "survivor.code_loss_attested", now));
  TRY(TellOf(transaction, "survivor.code_loss_attested", of_case, now));
  return std::move(*lost);
}

Result<void> StopLostCode(store::Transaction& transaction, const CentreKeys& keys, const Actor& who,
                          const ScopeFacts& facts, vault::CaseId of_case, Timestamp now) {
  const bool is_hers = who.survivor() != nullptr;
  TRY(Require(transaction, who, is_hers ? Permission::kPortalAct : Permission::kSurvivorCodeReset,
              facts));
  if (is_hers && who.survivor()->of_case != of_case) return NoSurvivor();
  if (!TRY(DeleteLostCode(transaction, of_case))) {
    return Error{ErrorCode::kNotFound, "lost code: nobody asked for a new one"};
  }
  TRY(LogForCase(transaction, keys, LogRefOf(who), of_case, "survivor.code_loss_stopped", now));
  return TellOf(transaction, "survivor.code_loss_stopped", of_case, now);
}

Result<vault::SurvivorCode> GiveNewCode(store::Transaction& transaction, const CentreKeys& keys,
                                        const Actor& who, const ScopeFacts& facts,
                                        OpenedCase& opened, Timestamp now) {
  TRY(RequireStaff(who));
  TRY(Require(transaction, who, Permission::kSurvivorCodeReset, facts));
  const vault::CaseId of_case = opened.id();
  const auto lost = TRY(FindLostCode(transaction, of_case, now));
  if (!lost || !lost->not_before) {
    return Error{ErrorCode::kPermissionDenied, "lost code: two of staff must ask her first"};
  }
  if (now < *lost->not_before) {
    return Error{ErrorCode::kPermissionDenied,
                 "lost code: a day must pass first, in which she can object"};
  }
  SurvivorRow row = TRY(Load(transaction, of_case));
  auto code = vault::SurvivorCode::Generate();
  row.key_version += 1;
  const auto made = TRY(vault::SurvivorLock::Create(code, {row.id, row.key_version}, std::nullopt));
  TRY(ReplaceSurvivor(transaction, keys, who, opened, made.pair.public_key(), now));
  row.locator = code.Locator();
  row.lock = made.lock.bytes();
  TRY(UpdateSurvivorLock(transaction, row));
  TRY(DeleteSessionsOf(transaction, row.id.bytes(), std::nullopt));
  TRY(DeleteLostCode(transaction, of_case));
  TRY(LogForCase(transaction, keys, LogRefOf(who), of_case, "survivor.code_replaced", now));
  TRY(TellOf(transaction, "survivor.code_replaced", of_case, now));
  return code;
}

}  // namespace jikimi::access
