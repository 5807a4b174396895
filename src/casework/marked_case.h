#ifndef JIKIMI_CASEWORK_MARKED_CASE_H_
#define JIKIMI_CASEWORK_MARKED_CASE_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "access/agencies.h"
#include "access/consent.h"
#include "casework/export.h"
#include "casework/item.h"
#include "casework/party.h"
#include "casework/service.h"
#include "casework/test_desk.h"
#include "casework/upload.h"

namespace jikimi::casework {

using access::FieldCodes;

// A case whose every shareable field holds a text that stands nowhere else.
class MarkedCaseTest : public CaseworkTest {
 protected:
  void SetUp() override {
    CaseworkTest::SetUp();
    NewReport report = SomeReport();
    report.items[0].sheet = {{"title", "MARK-items.title"},
                             {"description", "MARK-items.description"},
                             {"uploader", "MARK-items.uploader"}};
    report.items[0].marks = {Url("https://mark-items.urls.example/"), Photo("words")};
    taken_ = OpenCaseOf(report);
    of_ = taken_.of;
    ConfirmTheItem();
    Add({PartyRole::kSurvivor,
         false,
         {{"name", "MARK-survivor.name"},
          {"telephone", "010-7777-0001"},
          {"mail", "mark-survivor.mail@example.org"},
          {"birth_date", "1991-03-04"},
          {"gender", "MARK-survivor.gender"},
          {"address", "MARK-survivor.address"}}});
    Add({PartyRole::kFamily,
         false,
         {{"name", "MARK-persons.name"},
          {"telephone", "010-7777-0002"},
          {"relation", "MARK-persons.relation"}}});
    Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
      return SetSheet(transaction, desk, of_, RecordOfIn(transaction),
                      {{"story", "MARK-case.story"},
                       {"suspect", "MARK-case.suspect"},
                       {"wishes", "MARK-case.wishes"},
                       {"safety", "MARK-case.safety"},
                       {"statement_of_harm", "MARK-case.statement_of_harm"}});
    }));
    Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
      return RecordService(transaction, desk, of_, "consultation", "1", Now());
    }));
    uploads_["case.uploads"] = PutUpload(UploadKind::kChat, "MARK-case.uploads");
    uploads_["case.papers"] = PutUpload(UploadKind::kPaper, "MARK-case.papers");
  }

  std::int64_t RecordOfIn(store::Transaction& transaction) {
    const access::Actor who = As(anna_);
    const Desk desk{who, keys(), TestRules(), Now()};
    return Must(GetCase(transaction, desk, of_)).revision;
  }
  void Add(const NewParty& party) {
    Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
      return AddParty(transaction, desk, of_, party);
    }));
  }
  void ConfirmTheItem() {
    EXPECT_EQ(Must(Do(anna_,
                      [&](store::Transaction& transaction, const Desk& desk) {
                        return ConfirmItem(transaction, desk, taken_.items[0], 1);
                      })),
              ItemState::kConfirmed);
  }
  vault::FileId PutUpload(UploadKind kind, const std::string& mark) {
    return PutUpload(kind, mark, As(anna_));
  }
  vault::FileId PutUpload(UploadKind kind, const std::string& mark, const access::Actor& who) {
    return Must(Do(who, [&](store::Transaction& transaction, const Desk& desk) {
      std::string_view left = mark;
      const auto next = [&](std::span<std::byte> out) -> Result<std::size_t> {
        const std::size_t count = std::min(out.size(), left.size());
        std::copy_n(AsBytes(left).begin(), count, out.begin());
        left.remove_prefix(count);
        return count;
      };
      return AddUpload(transaction, desk, of_, kind, mark + ".txt", next);
    }));
  }
  // The bytes that are handed over of a field's file; nothing of one that is refused.
  Result<std::string> GetFile(const std::string& agency, const std::string& purpose,
                              const std::string& field) {
    return Sent([&](store::Transaction& transaction, const Desk& desk, const TakePiece& take) {
      return ExportFile(transaction, desk, of_, uploads_.at(field), agency, purpose, take);
    });
  }
  // The bytes that `send` hands over.
  template <typename Send>
  Result<std::string> Sent(Send&& send) {
    std::string bytes;
    const auto sent = Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
      bytes.clear();
      return send(transaction, desk, [&](std::span<const std::byte> piece) -> Result<void> {
        bytes.append(reinterpret_cast<const char*>(piece.data()), piece.size());
        return {};
      });
    });
    if (!sent) {
      EXPECT_EQ(bytes, "");
    }
    TRY(sent);
    return bytes;
  }
  // What shows that a field was given out; "" for those whose value doesn't mark them.
  static std::string MarkOf(const std::string& field) {
    if (field == "survivor.telephone") return "7777-0001";
    if (field == "persons.telephone") return "7777-0002";
    if (field == "survivor.mail") return "mark-survivor.mail";
    if (field == "survivor.birth_date") return "1991-03-04";
    if (field == "survivor.age_band") return "30s";
    if (field == "items.urls") return "mark-items.urls";
    if (field == "items.photo_words") return "776f726473";
    if (field == "case.harms") return "illegal_filming";
    if (field == "services.given") return "consultation";
    return "MARK-" + field;
  }
  static bool HasValue(const std::string& field) {
    return field != "persons.mail" && field != "persons.accounts" &&
           field != "survivor.contact_windows";
  }
  access::ConsentId Give(const std::string& agency, const std::string& purpose,
                         const FieldCodes& fields,
                         std::chrono::hours time = std::chrono::hours(240)) {
    return Must(Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
      return access::GiveConsent(transaction, keys(), desk.who, of_,
                                 {agency, purpose, fields, Now(), Now() + time},
                                 access::ConsentGiven::kInPerson, Now());
    }));
  }
  Result<Export> Get(const std::string& agency, const std::string& purpose,
                     const FieldCodes& wanted) {
    return Do(anna_, [&](store::Transaction& transaction, const Desk& desk) {
      return ExportFor(transaction, desk, of_, agency, purpose, wanted);
    });
  }
  static FieldCodes AllFields() {
    return {TestRules().fields.shares().begin(), TestRules().fields.shares().end()};
  }
  std::string AnAgency(const std::string& kind) {
    const auto agencies = Must(Write([&](store::Transaction& transaction) {
      return access::ListAgencies(transaction, kind, Now());
    }));
    return agencies.at(0).code;
  }

  TakenReport taken_;
  vault::CaseId of_;
  std::map<std::string, vault::FileId> uploads_;  // by the field that gives them away
};

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_MARKED_CASE_H_
