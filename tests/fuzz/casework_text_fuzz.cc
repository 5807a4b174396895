// Every text and sealed form of case work: what is read comes back from its own writing.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "casework/civil_day.h"
#include "casework/contact_windows.h"
#include "casework/lists.h"
#include "casework/party.h"
#include "casework/record_ids.h"
#include "casework/sheet.h"
#include "casework/text_check.h"
#include "casework/triage_form.h"
#include "casework/upload.h"
#include "store/utf8.h"

namespace jikimi::casework {
namespace {

void ReadWords(std::string_view text) {
  if (const auto day = ParseDay(text); day) {
    CHECK(DayText(*day) == text);
    CHECK(AgeOn(*day, YearsAfter(*day, 40)) == 40);
  }
  if (const auto id = ParseId<ReportId>(text); id) CHECK(IdText(*id) == text);
  if (const auto kind = ParseUploadKind(text); kind) CHECK(UploadKindName(*kind) == text);
  if (const auto answer = ParseAnswer(text); answer) CHECK(AnswerName(*answer) == text);
  if (const auto role = ParsePartyRole(text); role) CHECK(PartyRoleName(*role) == text);
  if (const auto at = CasePosition::Parse(text); at) {
    const auto again = CasePosition::Parse(at->ToText());
    CHECK(again && again->ToText() == at->ToText() && again->id == at->id);
  }
  const bool good = !text.empty() && text.size() <= 100 && store::IsText(text);
  CHECK(CheckText("a text", text, 100).has_value() == good);
}

void ReadForms(std::string_view text) {
  if (const auto sheet = Sheet::FromJson(text); sheet) {
    const auto again = Sheet::FromJson(sheet->ToJson());
    CHECK(again && *again == *sheet);
  } else {
    CHECK(sheet.error().code == ErrorCode::kCorrupt);
  }
  if (const auto answers = ParseTriageJson(text); answers) {
    const auto again = ParseTriageJson(TriageJson(*answers));
    CHECK(again && *again == *answers);
  }
}

void ReadWindows(std::string_view text) {
  const auto windows = ContactWindows::Parse(text);
  if (!windows) {
    CHECK(windows.error().code == ErrorCode::kInvalidArgument);
    return;
  }
  const auto again = ContactWindows::Parse(windows->ToText());
  CHECK(again && again->windows() == windows->windows() &&
        again->zone_name() == windows->zone_name());
  for (const int month : {1, 3, 6, 10}) {
    const Timestamp from(std::chrono::sys_days(std::chrono::year(2026) / month / 28));
    const auto open = windows->NextOpen(from);
    CHECK(!open || (*open >= from && windows->IsOpen(*open)));
    CHECK(!windows->windows().empty() || !open);
  }
}

}  // namespace
}  // namespace jikimi::casework

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jikimi::casework;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  ReadWords(text);
  ReadForms(text);
  ReadWindows(text);
  return 0;
}
