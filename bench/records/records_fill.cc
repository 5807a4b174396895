// Fills a centre with cases, to measure it at size.
//
//   records_fill CONFIG --cases 100000 --items 10 --entries 30 --second PERSON --requests FOLDER
//
// The cookie of a counsellor's session stands on the standard input; half of the cases are theirs,
// half those of PERSON, and both are granted all. Keys, sheets, items and marks are made and sealed
// one by one as the program does it, names are in the team's index. Of a case's log entries only
// one is sealed, and appended again and again. At the end the log is sequenced and the events are
// numbered. FOLDER gets lines for http_load: `open` and `search`.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "access/argon2_gate.h"
#include "access/case_keys.h"
#include "access/escrow.h"
#include "access/sign_in.h"
#include "base/bytes.h"
#include "base/random.h"
#include "casework/acts.h"
#include "casework/case_tables.h"
#include "casework/report_tables.h"
#include "casework/sealed_fields.h"
#include "casework/search_index.h"
#include "jikimi/centre.h"
#include "log/entries.h"
#include "log/sequencer.h"
#include "store/outbox.h"

namespace jikimi {
namespace {

using casework::Desk;
using store::Transaction;

constexpr int kCasesInTransaction = 20;
constexpr int kMostLines = 5000;

constexpr std::array kSurnames = {"가온", "나래", "다솜", "라온", "마루", "바다",
                                  "사랑", "아라", "자올", "차람", "하늘", "누리"};
constexpr std::array kSyllables = {"가", "나", "다", "라", "마", "바", "사", "아", "자", "차", "카",
                                   "타", "파", "하", "고", "노", "도", "로", "모", "보", "소", "오",
                                   "조", "초", "구", "누", "두", "루", "무", "부", "수", "우"};
constexpr std::array kQueues = {"intake", "counselling", "removal", "referral", "monitoring"};

struct Options {
  std::string config;
  int cases = 1000;
  int items = 10;
  int entries = 30;
  std::string second;
  std::string requests = ".";
  std::uint64_t seed = 1;
};

std::string NameFrom(SplitMix64& random) {
  const auto syllable = [&] { return std::string(kSyllables[random.Below(kSyllables.size())]); };
  std::string name = kSurnames[random.Below(kSurnames.size())];
  for (int i = 0; i < 3; ++i) name += syllable();
  return name;
}

class Filling {
 public:
  Filling(Centre& centre, const access::Actor& who, vault::PersonId second, const Options& options)
      : centre_(centre), who_(who), second_(second), options_(options), random_(options.seed) {}

  // One transaction.
  Result<void> AddSome(int count) {
    const SplitMix64 before = random_;
    std::vector<std::string> ids, names;
    const auto add = [&](Transaction& transaction) -> Result<void> {
      random_ = before;
      ids.clear();
      names.clear();
      const Desk desk{who_, centre_.keys, centre_.rules, centre_.clock.Now(), nullptr};
      for (int i = 0; i < count; ++i) {
        names.push_back(NameFrom(random_));
        const auto id = TRY(AddCase(transaction, desk, names.back()));
        ids.push_back(casework::IdText(id));
      }
      return {};
    };
    TRY(centre_.database.Write(add));
    ids_.insert(ids_.end(), ids.begin(), ids.end());
    names_.insert(names_.end(), names.begin(), names.end());
    return {};
  }

  void WriteRequests() const {
    std::ofstream open(options_.requests + "/open");
    std::ofstream search(options_.requests + "/search");
    const std::size_t step = std::max<std::size_t>(1, ids_.size() / kMostLines);
    for (std::size_t i = 0; i < ids_.size(); i += step) {
      open << "GET /v1/cases/" << ids_[i] << "\n";
      search << "POST /v1/case-searches {\"kind\":\"name\",\"text\":\"" << names_[i] << "\"}\n";
    }
  }

 private:
  Result<vault::CaseId> AddCase(Transaction& transaction, const Desk& desk,
                                const std::string& name) {
    const auto id = vault::CaseId::Random();
    std::vector<vault::ItemId> items;
    for (int i = 0; i < options_.items; ++i) items.push_back(vault::ItemId::Random());
    const std::array persons = {who_.staff()->person, second_};
    const auto made = TRY(access::CreateForPersons(transaction, desk.keys, id, persons,
                                                   std::nullopt, items, desk.now));
    const vault::CasePublicKey& key = made.opened.public_key();
    const casework::CaseRecord record = RecordOf(desk, id);
    TRY(casework::InsertCase(transaction, record));
    TRY(casework::PutField(transaction, key, {id, id, "sheet", 1}, casework::Sheet().ToJson()));

    casework::Report report;
    report.id = casework::ReportId::Random();
    report.of = id;
    report.state = casework::ReportState::kConfirmed;
    report.received_at = record.opened_at;
    report.sheet = {{"survivor_name", name},
                    {"survivor_telephone", "010-" + std::to_string(1000 + random_.Below(9000)) +
                                               "-" + std::to_string(1000 + random_.Below(9000))},
                    {"story", "Pictures of mine stand on several sites since last week."}};
    TRY(casework::InsertReport(transaction, report));
    TRY(casework::PutField(transaction, key, {id, report.id.Reference(), "sheet", 1},
                           report.sheet.ToJson()));
    TRY(casework::IndexSheet(transaction, desk, record, report.id.Reference(),
                             casework::SheetKind::kReport, report.sheet));
    for (const auto& item_key : made.items) {
      TRY(casework::StoreItem(transaction, desk, id, item_key, SomeItem()));
    }
    const auto audit = TRY(Audit(transaction));
    const log::Entry entry{
        "case.opened", desk.now, casework::ActorRefOf(who_), id, {{"part", "reports"}}};
    const auto sealed = TRY(log::SealedEntry::Seal(entry, log::EntrySeals::ForCase(key, audit)));
    TRY(log::AppendAll(transaction, std::vector<log::SealedEntry>(
                                        static_cast<std::size_t>(options_.entries), sealed)));
    return id;
  }

  casework::CaseRecord RecordOf(const Desk& desk, vault::CaseId id) {
    using std::chrono::hours;
    casework::CaseRecord record;
    record.id = id;
    record.state = casework::CaseState::kOpen;
    record.queue = kQueues[random_.Below(kQueues.size())];
    record.urgency = static_cast<int>(random_.Below(4));
    record.due_at = desk.now + hours(random_.Below(2000)) - hours(500);
    record.assigned = random_.Below(2) == 0 ? who_.staff()->person : second_;
    record.team = who_.staff()->team;
    record.harms = {"distribution"};
    record.opened_at = desk.now - hours(random_.Below(24 * 700));
    return record;
  }

  casework::NewItem SomeItem() {
    casework::NewItem item;
    item.kind = casework::ItemKind::kAddress;
    item.sheet = {{"title", "a page with a picture"}};
    const std::string url = "https://pictures.example/" + std::to_string(random_.Next());
    const auto bytes = AsBytes(url);
    item.marks = {{casework::MarkKind::kUrl, "adult_site", {bytes.begin(), bytes.end()}}};
    return item;
  }

  Result<vault::AuditPublicKey> Audit(Transaction& transaction) {
    if (!audit_) audit_ = TRY(access::FindAuditKey(transaction, centre_.keys));
    return *audit_;
  }

  Centre& centre_;
  const access::Actor& who_;
  const vault::PersonId second_;
  const Options& options_;
  SplitMix64 random_;
  std::optional<vault::AuditPublicKey> audit_;
  std::vector<std::string> ids_, names_;
};

Result<void> Fill(const Options& options) {
  const auto begin = std::chrono::steady_clock::now();
  const auto say = [&](const std::string& what) {
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin;
    std::printf("%7.1f s  %s\n", passed.count(), what.c_str());
    std::fflush(stdout);
  };
  const auto loaded = TRY(LoadConfig(options.config, ProcessEnvironment()));
  const auto centre = TRY(OpenCentre(loaded.config, Expect::kUsable));
  access::Argon2Gate gate({});
  const auto sign_in = TRY(access::SignIn::Create(centre->database, centre->keys, centre->roles,
                                                  centre->clock, gate, {}));
  std::string cookie;
  std::getline(std::cin, cookie);
  const access::Actor who = TRY(sign_in->Check(cookie));
  const auto second = TRY(casework::ParseId<vault::PersonId>(options.second));
  Filling filling(*centre, who, second, options);
  for (int done = 0; done < options.cases; done += kCasesInTransaction) {
    TRY(filling.AddSome(std::min(kCasesInTransaction, options.cases - done)));
    if (done % 5000 == 0) say(std::to_string(done) + " cases");
  }
  filling.WriteRequests();
  say("sequencing the log");
  log::Sequencer sequencer(centre->database, centre->log_signer, centre->clock);
  while (TRY(sequencer.RunOnce()) > 0) {
  }
  say("numbering the events");
  TRY(store::NumberEvents(centre->database));
  say("done");
  return {};
}

int Main(int argc, char** argv) {
  Options options;
  std::map<std::string, std::string> given;
  for (int i = 2; i + 1 < argc; i += 2) given[argv[i]] = argv[i + 1];
  if (argc < 2 || argc % 2 != 0 || !given.contains("--second")) {
    std::fprintf(stderr,
                 "records_fill CONFIG --second PERSON [--cases N] [--items N] [--entries N] "
                 "[--requests FOLDER] [--seed N] < cookie\n");
    return 2;
  }
  options.config = argv[1];
  for (const auto& [name, text] : given) {
    if (name == "--cases") options.cases = std::atoi(text.c_str());
    if (name == "--items") options.items = std::atoi(text.c_str());
    if (name == "--entries") options.entries = std::atoi(text.c_str());
    if (name == "--second") options.second = text;
    if (name == "--requests") options.requests = text;
    if (name == "--seed") options.seed = std::strtoull(text.c_str(), nullptr, 10);
  }
  const auto filled = Fill(options);
  if (filled) return 0;
  std::fprintf(stderr, "records_fill: %s\n", filled.error().message.c_str());
  return 3;
}

}  // namespace
}  // namespace jikimi

int main(int argc, char** argv) { return jikimi::Main(argc, argv); }
