#include "access/workload.h"

#include <algorithm>
#include <string>

#include "access/workload_tables.h"

namespace jikimi::access {
namespace {

constexpr std::string_view kCodes[] = {"blurred", "original", "text"};
constexpr std::chrono::minutes kClockSlack{5};  // how far ahead a page's clock may be

struct Span {
  Timestamp from;
  Timestamp until;
};

// How long at least one of the spans lasts; they come by their beginning.
std::chrono::microseconds Union(const std::vector<Span>& spans) {
  std::chrono::microseconds sum{0};
  Timestamp reached = Timestamp::min();
  for (const Span& span : spans) {
    const Timestamp from = std::max(span.from, reached);
    if (span.until <= from) continue;
    sum += span.until - from;
    reached = span.until;
  }
  return sum;
}

// The sum over one person's rows, cut to the period.
ExposureSum SumOf(vault::PersonId person, std::span<const PersonExposure> rows, Timestamp from,
                  Timestamp until) {
  const auto spans = [&](std::optional<Exposure> what) {
    std::vector<Span> cut;
    for (const PersonExposure& row : rows) {
      if (what && row.row.what != *what) continue;
      cut.push_back({std::max(row.row.from, from), std::min(row.row.until, until)});
    }
    return cut;
  };
  return {.person = person,
          .blurred = Union(spans(Exposure::kBlurred)),
          .original = Union(spans(Exposure::kOriginal)),
          .text = Union(spans(Exposure::kText)),
          .all = Union(spans(std::nullopt))};
}

// One's own is everybody's to see.
Result<void> RequireToSee(store::Transaction& transaction, const Actor& who,
                          const std::optional<vault::PersonId>& person) {
  if (person && who.staff() != nullptr && who.staff()->person == *person) return {};
  return Require(transaction, who, Permission::kWorkloadRead);
}

Result<void> CheckPeriod(Timestamp from, Timestamp until) {
  if (from < until) return {};
  return Error{ErrorCode::kInvalidArgument, "period: must end after it begins"};
}

}  // namespace

std::string_view ExposureCode(Exposure exposure) {
  return kCodes[static_cast<std::size_t>(exposure)];
}

Result<Exposure> ParseExposure(std::string_view code) {
  for (std::size_t i = 0; i < std::size(kCodes); ++i) {
    if (kCodes[i] == code) return static_cast<Exposure>(i);
  }
  return Error{ErrorCode::kInvalidArgument,
               "no exposure is called '" + std::string(code) + "': blurred, original or text"};
}

Result<void> NoteExposure(store::Transaction& transaction, const Actor& who, Exposure what,
                          Timestamp from, Timestamp until, Timestamp now) {
  const StaffActor& staff = *TRY(RequireStaff(who));
  TRY(CheckPeriod(from, until));
  if (until - from > kMaxExposure || until > now + kClockSlack) {
    return Error{ErrorCode::kInvalidArgument,
                 "exposure: lasts 12 hours at most, and is not in the future"};
  }
  return PutExposure(transaction, staff.person, {what, from, until});
}

Result<std::vector<ExposureRow>> ExposureOf(store::Transaction& transaction, const Actor& who,
                                            vault::PersonId person, Timestamp from,
                                            Timestamp until) {
  TRY(RequireToSee(transaction, who, person));
  TRY(CheckPeriod(from, until));
  std::vector<ExposureRow> rows;
  for (const PersonExposure& found : TRY(FindExposures(transaction, person, from, until))) {
    rows.push_back(found.row);
  }
  return rows;
}

Result<ExposureSum> SumExposure(store::Transaction& transaction, const Actor& who,
                                vault::PersonId person, Timestamp from, Timestamp until) {
  TRY(RequireToSee(transaction, who, person));
  TRY(CheckPeriod(from, until));
  const auto rows = TRY(FindExposures(transaction, person, from, until));
  return SumOf(person, rows, from, until);
}

Result<std::vector<ExposureSum>> SumExposures(store::Transaction& transaction, const Actor& who,
                                              Timestamp from, Timestamp until) {
  TRY(RequireToSee(transaction, who, std::nullopt));
  TRY(CheckPeriod(from, until));
  const auto rows = TRY(FindExposures(transaction, std::nullopt, from, until));
  std::vector<ExposureSum> sums;
  for (auto begin = rows.begin(); begin != rows.end();) {
    const auto end = std::find_if(
        begin, rows.end(), [&](const PersonExposure& row) { return row.person != begin->person; });
    sums.push_back(SumOf(begin->person, std::span(begin, end), from, until));
    begin = end;
  }
  return sums;
}

Result<std::vector<CaseLoad>> CaseLoads(store::Transaction& transaction, const Actor& who,
                                        Timestamp from, Timestamp until) {
  TRY(CheckPeriod(from, until));
  // Who may not see the others' sees the own one.
  if (who.staff() != nullptr && !May(who, Permission::kWorkloadRead)) {
    return CountCaseLoads(transaction, who.staff()->person, from, until);
  }
  TRY(RequireToSee(transaction, who, std::nullopt));
  return CountCaseLoads(transaction, std::nullopt, from, until);
}

}  // namespace jikimi::access
