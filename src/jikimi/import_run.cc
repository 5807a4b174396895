#include "jikimi/import_run.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "base/check.h"
#include "jikimi/in_order.h"
#include "jikimi/reading.h"

namespace jikimi {
namespace {

using casework::CsvReader;
using casework::CsvRecord;
using casework::ImportColumns;

// Rows of one transaction: enough to share the wait for the disk, few enough that a server beside
// this command gets its turn at the database between two of them.
constexpr std::size_t kBatch = 100;

// Other processes may rotate a key, or import the same rows, between preparing and storing.
constexpr int kTries = 5;

std::size_t Batches(std::size_t rows) { return (rows + kBatch - 1) / kBatch; }

Error Stopped() { return {ErrorCode::kInterrupted, "stopped"}; }

bool MayPass(ErrorCode code) {
  return code == ErrorCode::kStale || code == ErrorCode::kAlreadyExists ||
         code == ErrorCode::kUnavailable;
}

// InOrder() over batches whose work or taking may fail; ends with the first failure.
template <typename Work, typename Take>
Result<void> InBatches(const std::string& doing, std::size_t rows, const Work& work,
                       const Take& take) {
  Progress progress(doing, rows);
  std::atomic<bool> failed = false;
  std::optional<Error> first;
  const auto take_one = [&](std::size_t batch, auto made) {
    if (failed) return;
    progress.Clear();
    const Result<void> taken = take(std::move(made));
    if (!taken) {
      first = taken.error();
      failed = true;
    }
    progress.Advance(std::min(rows, (batch + 1) * kBatch));
  };
  const auto taken = InOrder(Batches(rows), ThreadsOf({}), work, take_one,
                             [&] { return failed || Interrupted(); });
  if (first) return *first;
  if (taken < Batches(rows)) return Stopped();
  return {};
}

}  // namespace

Result<std::unique_ptr<ImportRun>> ImportRun::Open(Centre& centre, std::string_view text,
                                                   casework::TimeZone zone) {
  CsvReader reader(text);
  const auto header = TRY(reader.Next());
  if (!header) return Error{ErrorCode::kCorrupt, "is empty: its first row names the columns"};
  auto columns = ImportColumns::Parse(centre.rules, *header);
  // The words of the command are right: it is the file that isn't.
  if (!columns) return Error{ErrorCode::kCorrupt, columns.error().message};
  std::unique_ptr<ImportRun> run(new ImportRun(centre, text, std::move(zone), std::move(*columns)));
  while (auto record = TRY(reader.Next())) {
    if (!record->IsBlank()) run->rows_.push_back({record->offset, record->row, record->line});
  }
  run->counts_.rows = static_cast<std::int64_t>(run->rows_.size());
  return run;
}

casework::Desk ImportRun::DeskNow() const {
  return {who_, centre_.keys, centre_.rules, centre_.clock.Now()};
}

std::vector<ImportRun::ReadRow> ImportRun::ReadBatch(const std::vector<Place>& places,
                                                     std::size_t batch) const {
  const ImportColumns::When when{zone_, centre_.clock.Now()};
  std::vector<ReadRow> rows;
  const std::size_t end = std::min(places.size(), (batch + 1) * kBatch);
  for (std::size_t i = batch * kBatch; i < end; ++i) {
    CsvReader reader(text_, places[i]);
    const auto record = reader.Next();
    CHECK(record && *record);  // Open() read it
    rows.push_back({places[i], columns_.Read(**record, when)});
  }
  return rows;
}

Result<void> ImportRun::Check(const Refuse& refuse) {
  // A centre without an intake team learns of it before anything else.
  TRY(seals_.Get(centre_.database, centre_.keys));
  return InBatches(
      "checking", rows_.size(), [&](std::size_t batch) { return ReadBatch(rows_, batch); },
      [&](std::vector<ReadRow> rows) { return CheckBatch(std::move(rows), refuse); });
}

Result<void> ImportRun::CheckBatch(std::vector<ReadRow> rows, const Refuse& refuse) {
  std::vector<std::string> references;
  for (ReadRow& row : rows) {
    const std::string& reference = row.reading.old_case.reference;
    if (!reference.empty()) {
      const auto [first, is_new] = row_of_.emplace(reference, row.place.row);
      if (!is_new) {
        row.reading.problems.push_back(
            {"old_reference", "is that of row " + std::to_string(first->second) + " too"});
      }
    }
    references.push_back(reference);
  }
  const auto known = TRY(centre_.database.Read([&](store::Transaction& transaction) {
    return casework::AreImported(transaction, DeskNow(), references);
  }));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto& problems = rows[i].reading.problems;
    if (known[i] == casework::Imported::kDestroyed && !references[i].empty()) {
      problems.push_back({"old_reference",
                          "is that of a case which was here and was destroyed: take the row out"});
    }
    const Place& place = rows[i].place;
    for (const auto& problem : problems) refuse(place.row, place.line, problem);
    if (!problems.empty()) {
      ++counts_.refused;
    } else if (known[i] == casework::Imported::kHere) {
      ++counts_.already_there;
    } else {
      ++counts_.good;
      good_.push_back(place);
    }
  }
  return {};
}

Result<void> ImportRun::Write() {
  const auto work = [&](std::size_t batch) -> Result<Prepared> {
    std::vector<casework::OldCase> cases;
    for (ReadRow& row : ReadBatch(good_, batch)) {
      cases.push_back(std::move(row.reading.old_case));
    }
    return Prepare(std::move(cases));
  };
  const auto take = [&](Result<Prepared> prepared) -> Result<void> {
    if (!prepared) return prepared.error();
    counts_.imported += TRY(Store(std::move(*prepared)));
    return {};
  };
  return InBatches("importing", good_.size(), work, take);
}

Result<ImportRun::Prepared> ImportRun::Prepare(std::vector<casework::OldCase> cases) {
  auto seals = TRY(seals_.Get(centre_.database, centre_.keys));
  auto prepared = TRY(casework::PrepareCases(DeskNow(), std::move(cases), *seals));
  return Prepared{std::move(seals), std::move(prepared)};
}

Result<std::int64_t> ImportRun::Store(Prepared prepared) {
  for (int attempt = 1;; ++attempt) {
    const auto stored =
        centre_.database.Write([&](store::Transaction& transaction) -> Result<std::int64_t> {
          if (!TRY(access::AreCurrent(transaction, *prepared.seals))) {
            return Error{ErrorCode::kStale, "the keys of the intake team change all the time"};
          }
          return casework::StoreCases(transaction, DeskNow(), prepared.cases);
        });
    if (stored || attempt == kTries || !MayPass(stored.error().code)) return stored;
    if (stored.error().code == ErrorCode::kStale) {
      seals_.Drop(prepared.seals);
      prepared = TRY(Prepare(std::move(prepared.cases.cases)));
    }
  }
}

}  // namespace jikimi
