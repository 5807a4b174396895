// `jikimi audit`: what staff did in all cases, for who holds k shares of the audit key.

#include <boost/json.hpp>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/escrow.h"
#include "casework/record_ids.h"
#include "http/fields.h"
#include "http/time_text.h"
#include "jikimi/centre.h"
#include "jikimi/centre_commands.h"
#include "jikimi/interrupt.h"
#include "jikimi/reading.h"
#include "jikimi/shares.h"
#include "log/reader.h"

namespace jikimi {
namespace {

namespace json = boost::json;

constexpr int kPage = 500;

struct Period {
  std::optional<Timestamp> from;
  std::optional<Timestamp> until;  // itself outside
};

// A day in UTC, or a moment. The end of a day as an end, its beginning otherwise.
Result<std::optional<Timestamp>> MomentOf(const char* option, const std::string& text,
                                          bool is_end) {
  if (text.empty()) return std::optional<Timestamp>();
  const bool is_day = text.size() == std::string_view("2026-11-22").size();
  auto moment = http::ParseTime(is_day ? text + "T00:00:00Z" : text);
  if (!moment) {
    return Error{ErrorCode::kInvalidArgument, std::string(option) +
                                                  ": is a day (2026-11-22, in UTC) or a time "
                                                  "(2026-11-22T09:30:00+09:00)"};
  }
  return std::optional(is_day && is_end ? *moment + std::chrono::days(1) : *moment);
}

// What is counted besides what is printed.
struct Count {
  std::int64_t printed = 0;
  std::int64_t of_other_key = 0;  // sealed to a version whose shares were not given
  std::int64_t damaged = 0;
};

class Output {
 public:
  Output(const AuditOptions& options, const Period& period)
      : options_(options), period_(period), person_(std::to_string(options.person)) {}

  bool Wants(const log::Entry& entry) const {
    return (!period_.from || entry.at >= *period_.from) &&
           (!period_.until || entry.at < *period_.until) &&
           (options_.person == 0 || entry.actor.staff_number == person_);
  }

  void Print(const log::Entry& entry) const {
    const std::string at = http::TimeText(entry.at);
    const std::string words(entry.kind.Words(log::Language::kEnglish));
    if (options_.json) {
      json::object object{{"at", at},
                          {"role", entry.actor.role},
                          {"staff_number", entry.actor.staff_number},
                          {"kind", entry.kind.code()},
                          {"en", words},
                          {"ko", entry.kind.Words(log::Language::kKorean)}};
      object["case"] = entry.case_id ? json::value(casework::IdText(*entry.case_id)) : nullptr;
      std::printf("%s\n", json::serialize(object).c_str());
      return;
    }
    std::printf("%s\t%s %s\t%s\t%s\n", at.c_str(), entry.actor.role.c_str(),
                entry.actor.staff_number.c_str(), words.c_str(),
                entry.case_id ? casework::IdText(*entry.case_id).c_str() : "-");
  }

 private:
  const AuditOptions& options_;
  const Period period_;
  const std::string person_;
};

void PrintPage(const log::EntryPage& page, const Output& output, Count& count) {
  for (const auto& read : page.entries) {
    if (read.entry) {
      if (!output.Wants(*read.entry)) continue;
      ++count.printed;
      output.Print(*read.entry);
    } else if (read.problem->code == ErrorCode::kPermissionDenied) {
      ++count.of_other_key;
    } else {
      ++count.damaged;
      Complain({read.problem->code,
                "log entry " + (read.number ? std::to_string(*read.number) : "without a number") +
                    ": " + read.problem->message});
    }
  }
}

void PrintCount(const Count& count) {
  std::fprintf(stderr, "%lld entries.\n", static_cast<long long>(count.printed));
  if (count.of_other_key > 0) {
    std::fprintf(stderr,
                 "%lld entries more are sealed to a version of the audit key whose shares were not "
                 "given: whose they are and of when can't be told.\n",
                 static_cast<long long>(count.of_other_key));
  }
  if (count.damaged > 0) {
    std::fprintf(stderr, "%lld entries were changed or damaged; `jikimi verify log` says more.\n",
                 static_cast<long long>(count.damaged));
  }
}

Result<ExitCode> Audit(const AuditOptions& options) {
  const auto loaded = TRY(LoadConfig(options.config, ProcessEnvironment()));
  auto approval = http::OpaqueIdFrom<access::ApprovalId>(options.approval);
  if (!approval) return Prefixed("--approval", std::move(approval).error());
  const Period period{TRY(MomentOf("--from", options.from, false)),
                      TRY(MomentOf("--until", options.until, true))};
  const auto centre = TRY(OpenCentre(loaded.config, Expect::kUsable));
  const auto shares = TRY(ReadShares("audit key"));
  const access::Actor who(access::SystemActor{"command line"});
  // The use is durable before anything is shown.
  const auto pairs = TRY(centre->database.Write([&](store::Transaction& transaction) {
    return access::OpenAudit(transaction, centre->keys, who, *approval, shares,
                             centre->clock.Now());
  }));
  const Output output(options, period);
  Count count;
  log::PageRequest request{std::nullopt, kPage};
  do {
    const auto page = TRY(centre->database.Read([&](store::Transaction& transaction) {
      return log::ReadStaffAccess(transaction, pairs, request);
    }));
    PrintPage(page, output, count);
    request.before = page.next;
    if (std::fflush(stdout) != 0) {
      return Error{ErrorCode::kResourceExhausted, "the standard output: can't be written any more"};
    }
    if (Interrupted()) return Error{ErrorCode::kInterrupted, "stopped; older entries are missing"};
  } while (request.before);
  PrintCount(count);
  return count.damaged > 0 ? ExitCode::kSomeFailed : ExitCode::kDone;
}

}  // namespace

ExitCode RunAudit(const AuditOptions& options) { return Ended(Audit(options)); }

}  // namespace jikimi
