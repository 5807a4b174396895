#ifndef JIKIMI_CASEWORK_TEST_DESK_H_
#define JIKIMI_CASEWORK_TEST_DESK_H_

#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "access/key_centre.h"
#include "access/schema.h"
#include "access/survivors.h"
#include "base/bytes.h"
#include "casework/assignment.h"
#include "casework/case_record.h"
#include "casework/desk.h"
#include "casework/report.h"
#include "casework/rulebook.h"
#include "casework/schema.h"
#include "log/entries.h"
#include "log/reader.h"
#include "store/migration.h"

// A centre with an intake team of a supervisor and three counsellors, for this room's tests.
namespace jikimi::casework {

using access::Must;
using access::Role;

inline const Rulebook& TestRules() {
  static const Rulebook book = Must(Rulebook::Load());
  return book;
}

class CaseworkTest : public access::KeyCentreTest {
 protected:
  using NewReport = casework::NewReport;  // not the base's function

  void SetUp() override {
    KeyCentreTest::SetUp();
    const store::Schema schemas[] = {store::StoreSchema(), log::LogSchema(), access::AccessSchema(),
                                     CaseworkSchema()};
    Must(store::Migrate(database(), schemas, clock_));
    anna_ = Member(Role::kCounsellor);
    bora_ = Member(Role::kCounsellor);
    chul_ = Member(Role::kCounsellor);
  }

  Staff Member(Role role) {
    Staff staff = AddStaff(role, team_);
    Must(Write([&](store::Transaction& transaction) {
      return access::JoinTeam(transaction, keys(), As(*supervisor_), team_, staff.id, Now());
    }));
    return staff;
  }

  // `work`, callable as Result<T>(Transaction&, const Desk&), as somebody in a transaction.
  template <typename Work>
  auto Do(const access::Actor& who, Work&& work) {
    const Desk desk{who, keys(), TestRules(), Now()};
    return Write([&](store::Transaction& transaction) { return work(transaction, desk); });
  }
  template <typename Work>
  auto Do(const Staff& staff, Work&& work) {
    const access::Actor who = As(staff);
    return Do(who, std::forward<Work>(work));
  }
  template <typename Work>
  auto DoAsSystem(Work&& work) {
    const access::Actor who = System();
    return Do(who, std::forward<Work>(work));
  }
  // What the code must be that `result` fails with.
  template <typename T>
  static ErrorCode CodeOf(const Result<T>& result) {
    if (result) throw std::runtime_error("was not refused");
    return result.error().code;
  }

  static NewMark Url(const std::string& url, const std::string& place = "adult_site") {
    const auto bytes = AsBytes(url);
    return {MarkKind::kUrl, place, {bytes.begin(), bytes.end()}};
  }
  static NewMark Photo(const std::string& words) {
    const auto bytes = AsBytes(words);
    return {MarkKind::kPhoto, "", {bytes.begin(), bytes.end()}};
  }
  static NewReport SomeReport() {
    NewReport report;
    report.harms = {"illegal_filming", "distribution"};
    report.sheet = {{"survivor_name", "한지우"}, {"story", "누가 올렸다고 들었어요."}};
    NewItem item;
    item.sheet = {{"title", "a title"}};
    item.marks = {Url("https://pictures.example/p/1"), Photo("0123456789abcdef0123456789abcdef")};
    report.items.push_back(item);
    return report;
  }
  TakenReport Take(const NewReport& report) {
    return Must(DoAsSystem([&](store::Transaction& transaction, const Desk& desk) {
      return TakeReport(transaction, desk, report, team_);
    }));
  }
  Report TheReport(const Staff& staff, vault::CaseId of) {
    return Must(Do(staff, [&](store::Transaction& transaction,
                              const Desk& desk) { return ReadReports(transaction, desk, of); }))
        .at(0);
  }
  void Confirm(const Staff& staff, const TakenReport& taken) {
    const std::int64_t revision = TheReport(staff, taken.of).revision;
    Must(Do(staff, [&](store::Transaction& transaction, const Desk& desk) {
      return ConfirmReport(transaction, desk, taken.report, revision);
    }));
  }
  // A confirmed case of Anna, with Bora as the second.
  TakenReport OpenCaseOf(const NewReport& report) {
    TakenReport taken = Take(report);
    Confirm(anna_, taken);
    Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
      return TakeCase(transaction, desk, taken.of, anna_.id, bora_.id);
    }));
    return taken;
  }
  // The survivor with her code alone: the bare page.
  access::SurvivorIn EnterBare(const TakenReport& taken) {
    access::SurvivorDoor door(database(), keys(), roles_, clock_, gate_, {});
    return Must(door.Enter(CodeText(taken), sources_.Local()));
  }
  // With words that she chooses now: everything that is hers.
  access::SurvivorIn Enter(const TakenReport& taken) {
    access::SurvivorDoor door(database(), keys(), roles_, clock_, gate_, {});
    return Must(door.ChooseWords(CodeText(taken), "", {"보름달", "그믐"}, sources_.Local()));
  }
  static std::string CodeText(const TakenReport& taken) {
    const auto text = taken.code->ToText();
    return {reinterpret_cast<const char*>(text.bytes().data()), text.size()};
  }
  CaseRecord RecordOf(vault::CaseId of) {
    return Must(Do(*supervisor_, [&](store::Transaction& transaction, const Desk& desk) {
      return GetCase(transaction, desk, of);
    }));
  }
  // The codes of a case's log entries, newest first.
  std::vector<std::string> LogOf(const Staff& staff, vault::CaseId of) {
    const auto page = Must(Write([&](store::Transaction& transaction) -> Result<log::EntryPage> {
      const auto opened = TRY(access::OpenCase(transaction, keys(), As(staff), of));
      return log::ReadCase(transaction, opened.keyring(), opened.pair(), {std::nullopt, 200});
    }));
    std::vector<std::string> codes;
    for (const auto& entry : page.entries) codes.emplace_back(entry.entry->kind.code());
    return codes;
  }
  std::int64_t CountOf(const std::string& table) {
    return store::Number(database(), "SELECT COUNT(*) FROM " + table);
  }

  Staff anna_;
  Staff bora_;
  Staff chul_;
  access::Roles roles_ = Must(access::Roles::BuiltIn());
  access::Argon2Gate gate_{
      access::Argon2Gate::Limits{.at_once = 1, .patience = std::chrono::minutes(5)}};
  access::SourceHasher sources_;
};

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_TEST_DESK_H_
