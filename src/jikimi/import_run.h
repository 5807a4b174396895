#ifndef JIKIMI_JIKIMI_IMPORT_RUN_H_
#define JIKIMI_JIKIMI_IMPORT_RUN_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "access/actor.h"
#include "access/intake_seals.h"
#include "base/result.h"
#include "casework/import.h"
#include "casework/import_columns.h"
#include "jikimi/centre.h"

namespace jikimi {

struct ImportCounts {
  std::int64_t rows = 0;     // without the header and empty ones
  std::int64_t good = 0;     // that would be, or were, taken in
  std::int64_t refused = 0;  // each with a problem at least
  std::int64_t already_there = 0;
  std::int64_t imported = 0;
};

// One run of `jikimi import` over the text of a file: Open(), Check(), then Write() or not.
class ImportRun {
 public:
  // Both must outlive it. Errors are those of the file as a whole: no header, one that is wrong, a
  // quote that is never closed.
  static Result<std::unique_ptr<ImportRun>> Open(Centre& centre, std::string_view text,
                                                 casework::TimeZone zone);

  // A problem of a row; `row` and `line` as in casework::CsvRecord.
  using Refuse = std::function<void(std::uint64_t row, std::uint64_t line,
                                    const casework::ImportColumns::Problem& problem)>;
  // Reads every row and hands what is wrong to `refuse`, in the file's order. Writes nothing.
  // kInterrupted when a stop was asked for.
  Result<void> Check(const Refuse& refuse);

  // Takes the good rows in, in batches of a transaction each. On an error, and on kInterrupted,
  // what was committed stays and counts().imported says how much that is.
  Result<void> Write();

  const ImportCounts& counts() const { return counts_; }

 private:
  using Place = casework::CsvReader::Start;
  struct ReadRow {
    Place place;
    casework::ImportColumns::Reading reading;
  };
  struct Prepared {
    std::shared_ptr<const access::IntakeSeals> seals;
    casework::PreparedCases cases;
  };

  ImportRun(Centre& centre, std::string_view text, casework::TimeZone zone,
            casework::ImportColumns columns)
      : centre_(centre), text_(text), zone_(std::move(zone)), columns_(std::move(columns)) {}

  casework::Desk DeskNow() const;
  std::vector<ReadRow> ReadBatch(const std::vector<Place>& places, std::size_t batch) const;
  Result<void> CheckBatch(std::vector<ReadRow> rows, const Refuse& refuse);
  Result<Prepared> Prepare(std::vector<casework::OldCase> cases);
  Result<std::int64_t> Store(Prepared prepared);

  Centre& centre_;
  const std::string_view text_;
  const casework::TimeZone zone_;
  const casework::ImportColumns columns_;
  const access::Actor who_{access::SystemActor{"import"}};
  access::IntakeSealsCache seals_;
  std::vector<Place> rows_;
  std::vector<Place> good_;
  std::unordered_map<std::string, std::uint64_t> row_of_;  // by reference: twice in the file?
  ImportCounts counts_;
};

}  // namespace jikimi

#endif  // JIKIMI_JIKIMI_IMPORT_RUN_H_
