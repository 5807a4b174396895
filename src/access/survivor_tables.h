#ifndef JIKIMI_ACCESS_SURVIVOR_TABLES_H_
#define JIKIMI_ACCESS_SURVIVOR_TABLES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "access/people_tables.h"
#include "access/representatives.h"
#include "access/survivors.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/database.h"

// Rows of survivors and lost codes; private to this room.
namespace jikimi::access {

struct SurvivorRow {
  vault::SurvivorId id;
  vault::CaseId of_case;
  std::string locator;
  std::vector<std::byte> lock;
  std::uint32_t key_version = 1;
  std::optional<Timestamp> contact_unsafe_at;
  std::optional<std::vector<std::byte>> question;
  // Of a guardian or proxy, who stand in a table of their own.
  struct OfRepresentative {
    Representative who;
    Timestamp issued_at;
    SealedColumn end;
  };
  std::optional<OfRepresentative> representative = {};
};

// FindByLocator() and FindSurvivorRow() find representatives too, FindByCase() the survivor alone.

// A locator or case that is taken: kAlreadyExists.
Result<void> InsertSurvivor(store::Transaction& transaction, const SurvivorRow& row);
Result<std::optional<SurvivorRow>> FindByLocator(store::Transaction& transaction,
                                                 std::string_view locator);
Result<std::optional<SurvivorRow>> FindByCase(store::Transaction& transaction,
                                              vault::CaseId of_case);
Result<std::optional<SurvivorRow>> FindSurvivorRow(store::Transaction& transaction,
                                                   vault::SurvivorId id);
// A new lock and key version; the locator changes with a new code.
Result<void> UpdateSurvivorLock(store::Transaction& transaction, const SurvivorRow& row);
Result<void> UpdateSurvivorCase(store::Transaction& transaction, vault::SurvivorId id,
                                vault::CaseId to);
Result<void> UpdateContactUnsafe(store::Transaction& transaction, vault::SurvivorId id,
                                 const std::optional<Timestamp>& since);
Result<void> UpdateQuestion(store::Transaction& transaction, vault::SurvivorId id,
                            const std::optional<std::vector<std::byte>>& sealed);
// The agreed question sealed to `to`; none when its key is gone: nobody opens it any more.
Result<std::optional<std::vector<std::byte>>> ResealedQuestion(
    const OpenedCase& from, const OpenedCase& to,
    const vault::SealedTo<vault::KeyKind::kCase>& sealed);
// As access::CaseField::reseal, of the agreed question.
Result<std::int64_t> ResealQuestion(store::Transaction& transaction, const OpenedCase& opened,
                                    int limit);
Result<void> DeleteSurvivorOf(store::Transaction& transaction, vault::CaseId of_case);

// --- Representatives
Result<void> InsertRepresentative(store::Transaction& transaction, const SurvivorRow& row);
Result<std::vector<SurvivorRow>> RepresentativesOf(store::Transaction& transaction,
                                                   vault::CaseId of_case);
// All of them, by id, after `after`.
Result<std::vector<SurvivorRow>> ListRepresentatives(store::Transaction& transaction,
                                                     const std::optional<vault::SurvivorId>& after,
                                                     int limit);
Result<void> DeleteRepresentative(store::Transaction& transaction, vault::SurvivorId id);

// --- Lost codes
Result<std::optional<LostCode>> FindLostCodeRow(store::Transaction& transaction,
                                                vault::CaseId of_case);
Result<void> PutLostCode(store::Transaction& transaction, const LostCode& lost);
Result<bool> DeleteLostCode(store::Transaction& transaction, vault::CaseId of_case);

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_SURVIVOR_TABLES_H_
