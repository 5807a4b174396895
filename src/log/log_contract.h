#ifndef JIKIMI_LOG_LOG_CONTRACT_H_
#define JIKIMI_LOG_LOG_CONTRACT_H_

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "log/entries.h"
#include "log/entry_samples.h"
#include "log/note.h"
#include "log/reader.h"
#include "log/sequencer.h"
#include "log/tree.h"
#include "log/verify.h"
#include "store/contract.h"
#include "store/migration.h"

// What the tests of a stored log share.
namespace jikimi::log {

using store::Must;

// The breaches as "kind first-last".
inline std::vector<std::string> Said(const LogVerdict& verdict) {
  std::vector<std::string> said;
  for (const auto& breach : verdict.breaches) {
    std::string text(BreachName(breach.kind));
    text += " " + std::to_string(breach.first);
    if (breach.last != breach.first) text += "-" + std::to_string(breach.last);
    said.push_back(text);
  }
  return said;
}

inline NoteSigner SampleSigner() {
  return NoteSigner::Create("jikimi.example/log", vault::SigningKey::Generate()).value();
}

// A log on a new database of both kinds, with a case.
class LogContractTest : public store::ContractTest {
 protected:
  void SetUp() override {
    ContractTest::SetUp();
    database_.emplace(Open());
    const store::Schema schemas[] = {LogSchema()};
    Must(store::Migrate(*database_, schemas, clock_));
  }
  void TearDown() override {
    database_.reset();
    ContractTest::TearDown();
  }

  EntrySeals CaseSeals() const {
    return EntrySeals::ForCase(case_.keyring.public_key(), audit_.public_key());
  }
  EntrySeals CentreSeals() const { return EntrySeals::ForCentre(server_keys_); }
  Entry CaseEntry(std::string note) const {
    return SampleEntry("case.opened", case_.keyring.id(), std::move(note));
  }

  void Append(std::string note) { AppendEntry(CaseEntry(std::move(note)), CaseSeals()); }
  void AppendEntry(const Entry& entry, const EntrySeals& seals) {
    Must(database_->Write(
        [&](store::Transaction& transaction) { return log::Append(transaction, entry, seals); }));
  }
  // Entries of the centre: the cheapest to make.
  void AppendMany(int count) {
    std::vector<SealedEntry> entries;
    for (int i = 0; i < count; ++i) {
      Entry entry{"staff.signed_in", kSampleDay, ActorRef::Staff("counsellor", "C-1")};
      entries.push_back(SealedEntry::Seal(entry, CentreSeals()).value());
    }
    Must(database_->Write(
        [&](store::Transaction& transaction) { return AppendAll(transaction, entries); }));
  }
  std::int64_t Number() {
    Sequencer sequencer(*database_, signer_, clock_);
    return Must(sequencer.RunOnce());
  }
  EntryPage Page(const PageRequest& request = {}) {
    return Must(database_->Read([&](store::Transaction& transaction) {
      return ReadCase(transaction, case_.keyring, case_.pair, request);
    }));
  }
  std::vector<std::string> Notes() {
    std::vector<std::string> notes;
    for (const auto& read : Page({.before = {}, .limit = 500}).entries) {
      notes.push_back(read.entry ? read.entry->fields.at(0).text : read.problem->message);
    }
    return notes;
  }
  std::int64_t Count(std::string_view table) {
    return store::Number(*database_, "SELECT COUNT(*) FROM " + std::string(table));
  }
  void Sql(std::string_view sql, store::ParameterList parameters = {}) {
    Must(store::Do(*database_, sql, parameters));
  }

  ManualClock clock_{kSampleDay};
  std::optional<store::Database> database_;
  NoteSigner signer_ = SampleSigner();
  vault::CaseKeyring::Created case_ = SampleCase();
  vault::AuditKeyPair audit_ = SampleAudit();
  vault::ServerKeys server_keys_ = vault::ServerKeys::Create();
};

}  // namespace jikimi::log

#endif  // JIKIMI_LOG_LOG_CONTRACT_H_
