#ifndef JIKIMI_ACCESS_WORKLOAD_H_
#define JIKIMI_ACCESS_WORKLOAD_H_

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

#include "access/actor.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/database.h"

// What the work does to those who do it: minutes in front of such pictures, and cases at a time.
namespace jikimi::access {

enum class Exposure {
  kBlurred,   // the grey derivative
  kOriginal,  // by the explicit act
  kText,      // stories, chats
};
std::string_view ExposureCode(Exposure exposure);
Result<Exposure> ParseExposure(std::string_view code);

inline constexpr std::chrono::hours kMaxExposure{12};

// Notes that `who` had something before them from `from` to `until` (12 hours at most). Told again
// with the same beginning it is lengthened, never counted twice; a page tells every half minute.
Result<void> NoteExposure(store::Transaction& transaction, const Actor& who, Exposure what,
                          Timestamp from, Timestamp until, Timestamp now);

struct ExposureRow {
  Exposure what = Exposure::kBlurred;
  Timestamp from;
  Timestamp until;
};
struct ExposureSum {
  vault::PersonId person;
  std::chrono::microseconds blurred{};
  std::chrono::microseconds original{};
  std::chrono::microseconds text{};
  std::chrono::microseconds all{};  // two windows at once count once
};
// Of one's own always, of others with Permission::kWorkloadRead. What crosses an end of the period
// counts with its part inside.
Result<std::vector<ExposureRow>> ExposureOf(store::Transaction& transaction, const Actor& who,
                                            vault::PersonId person, Timestamp from,
                                            Timestamp until);
Result<ExposureSum> SumExposure(store::Transaction& transaction, const Actor& who,
                                vault::PersonId person, Timestamp from, Timestamp until);
Result<std::vector<ExposureSum>> SumExposures(store::Transaction& transaction, const Actor& who,
                                              Timestamp from, Timestamp until);

// A case came to a person's desk, or left it; part of the act that assigns. Repeated it is nothing.
Result<void> TakeCase(store::Transaction& transaction, vault::PersonId person, vault::CaseId id,
                      Timestamp now);
Result<void> PutCaseDown(store::Transaction& transaction, vault::PersonId person, vault::CaseId id,
                         Timestamp now);
// A destroyed case: its rows go on counting without saying which case it was.
Result<void> ForgetCaseLoad(store::Transaction& transaction, vault::CaseId id, Timestamp now);

struct CaseLoad {
  vault::PersonId person;
  std::int64_t now = 0;    // on the desk at the end of the period
  std::int64_t taken = 0;  // within the period
  std::int64_t put_down = 0;
};
// Of all with Permission::kWorkloadRead, otherwise of oneself.
Result<std::vector<CaseLoad>> CaseLoads(store::Transaction& transaction, const Actor& who,
                                        Timestamp from, Timestamp until);

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_WORKLOAD_H_
