#include "casework/item.h"

#include <algorithm>

#include "access/case_keys.h"
#include "access/row_ids.h"
#include "casework/acts.h"
#include "casework/case_tables.h"
#include "casework/enum_names.h"
#include "casework/item_tables.h"
#include "casework/report_tables.h"
#include "casework/sealed_fields.h"
#include "casework/text_check.h"

namespace jikimi::casework {
namespace {

using access::Permission;

constexpr internal::EnumNames<ItemKind, 4> kKinds{"kind of item",
                                                  {"picture", "video", "url", "concern"}};
constexpr internal::EnumNames<ItemState, 5> kStates{
    "state of an item", {"unconfirmed", "first_look", "confirmed", "refused", "negative"}};
constexpr internal::EnumNames<MarkKind, 4> kMarks{"kind of mark",
                                                  {"url", "photo", "video", "patches"}};

constexpr std::size_t kMaxReasonBytes = 4096;

Error Wrong(std::string what) { return {ErrorCode::kInvalidArgument, std::move(what)}; }

Result<void> CheckMark(const Rulebook& rules, const NewMark& mark) {
  if (mark.kind == MarkKind::kUrl) {
    TRY(rules.places.Check(mark.place));
    return CheckUrl({reinterpret_cast<const char*>(mark.bytes.data()), mark.bytes.size()});
  }
  if (!mark.place.empty()) return Wrong("only a URL has a place");
  if (mark.bytes.empty() || mark.bytes.size() > NewMark::kMaxFingerprintBytes) {
    return Wrong("a fingerprint has 1 byte to 16 MiB");
  }
  return {};
}

Result<void> CheckMarks(const Rulebook& rules, const std::vector<NewMark>& marks) {
  if (marks.size() > NewItem::kMaxMarks) return Wrong("an item has 1,000 marks at most");
  for (std::size_t i = 0; i < marks.size(); ++i) {
    if (auto good = CheckMark(rules, marks[i]); !good) {
      return Prefixed("mark " + std::to_string(i), std::move(good).error());
    }
  }
  return {};
}

bool TouchesSecondPersonPlace(const Rulebook& rules, const std::vector<NewMark>& marks) {
  return std::any_of(marks.begin(), marks.end(), [&](const NewMark& mark) {
    return rules.second_person_places.contains(mark.place);
  });
}

// An item whose revision the caller saw, of a case for which they have the permission.
struct ItemFile {
  ItemRow row;
  CaseRecord record;
};
Result<ItemFile> RequireItem(store::Transaction& transaction, const Desk& desk, vault::ItemId id,
                             const Needed& needed) {
  ItemRow row = TRY(LoadItem(transaction, id));
  CaseRecord record = TRY(RequireCase(transaction, desk, row.item.of, needed));
  return ItemFile{std::move(row), std::move(record)};
}

Result<void> TellItem(store::Transaction& transaction, const Desk& desk, std::string_view topic,
                      const Item& item) {
  return TellEvent(transaction, desk, topic,
                   {{"item", IdText(item.id)}, {"case", IdText(item.of)}});
}

// From now on two persons must confirm it; one that was confirmed is not any more, and whoever
// looks next is the first of the two.
Result<void> AskForSecond(store::Transaction& transaction, const Desk& desk, ItemRow& row) {
  const bool was_confirmed = row.item.state == ItemState::kConfirmed;
  row.item.needs_second = true;
  if (was_confirmed) {
    row.item.state = ItemState::kFirstLook;
    row.first_by = std::nullopt;
  }
  TRY(SaveItem(transaction, row));
  if (!was_confirmed) return {};
  return TellItem(transaction, desk, "item.doubted", row.item);
}

}  // namespace

std::string_view ItemKindName(ItemKind kind) { return kKinds.Name(kind); }
Result<ItemKind> ParseItemKind(std::string_view name) { return kKinds.Parse(name); }
std::string_view ItemStateName(ItemState state) { return kStates.Name(state); }
Result<ItemState> ParseItemState(std::string_view name) { return kStates.Parse(name); }
std::string_view MarkKindName(MarkKind kind) { return kMarks.Name(kind); }
Result<MarkKind> ParseMarkKind(std::string_view name) { return kMarks.Parse(name); }

// What is followed later must be exact: hence nothing that isn't printable ASCII.
Result<void> CheckUrl(std::string_view url) {
  const auto scheme_end = url.find("://");
  const std::string_view scheme = url.substr(0, scheme_end);
  const bool web = scheme == "http" || scheme == "https";
  if (scheme_end == std::string_view::npos || !web)
    return Wrong("a URL begins http:// or https://");
  if (url.size() > NewMark::kMaxUrlBytes) return Wrong("a URL has 8,192 bytes at most");
  const auto host = url.substr(scheme_end + 3);
  const auto host_end = host.find_first_of("/?#");
  const std::string_view authority = host.substr(0, host_end);
  if (authority.empty() || authority.front() == ':') return Wrong("the URL has no host");
  if (authority.find('@') != std::string_view::npos) return Wrong("the URL holds a user name");
  const auto bad = std::find_if(url.begin(), url.end(), [](char c) { return c <= ' ' || c > '~'; });
  if (bad != url.end()) {
    return Wrong("the URL holds a character that must be percent-encoded, at byte " +
                 std::to_string(bad - url.begin()));
  }
  return {};
}

Result<void> CheckItem(const Rulebook& rules, const NewItem& item) {
  TRY(rules.fields.Check(SheetKind::kItem, item.sheet));
  TRY(CheckMarks(rules, item.marks));
  if (item.kind == ItemKind::kConcern && !item.marks.empty()) {
    return Wrong("an item that is a concern only has no URLs and fingerprints");
  }
  if (item.kind != ItemKind::kConcern && item.marks.empty()) {
    return Wrong("an item has a URL or a fingerprint, or is a concern only");
  }
  if (item.altered) {
    const AlteredRegion& region = *item.altered;
    if (!item.fabricated) return Wrong("only a fabricated item has an altered region");
    if (region.left < 0 || region.top < 0 || region.right > 1000 || region.bottom > 1000 ||
        region.left >= region.right || region.top >= region.bottom) {
      return Wrong("an altered region lies within 0 to 1000, left before right, top above bottom");
    }
  }
  return {};
}

Result<void> StoreItem(store::Transaction& transaction, const Desk& desk, vault::CaseId of,
                       const vault::ItemKey& key, const NewItem& item) {
  ItemRow row;
  row.item.id = key.name().owner;
  row.item.of = of;
  row.item.kind = item.kind;
  row.item.fabricated = item.fabricated;
  row.item.altered = item.altered;
  row.item.needs_second = TouchesSecondPersonPlace(desk.rules, item.marks);
  row.item.registered_at = desk.now;
  TRY(InsertItem(transaction, row));
  if (!item.sheet.empty()) {
    TRY(PutField(transaction, key, {of, row.item.id, "sheet", 1}, item.sheet.ToJson()));
  }
  TRY(InsertMarks(transaction, desk.keys, of, row.item.id, item.marks));
  // Matched privately from now on (PRODUCT 3): who matches learns of it by this.
  return TellItem(transaction, desk, "item.registered", row.item);
}

Result<vault::ItemId> AddItem(store::Transaction& transaction, const Desk& desk, vault::CaseId of,
                              const NewItem& item) {
  TRY(CheckItem(desk.rules, item));
  const CaseRecord record = TRY(RequireCase(
      transaction, desk, of, {Permission::kItemAdd, Permission::kPortalAct, Right::kReport}));
  TRY(RequireWorkable(record));
  const vault::ItemId id = vault::ItemId::Random();
  const vault::ItemKey key = TRY(access::AddItem(transaction, desk.keys, of, id, desk.now));
  TRY(StoreItem(transaction, desk, of, key, item));
  TRY(WriteEntry(transaction, desk, of, "item.added", {{"item", IdText(id)}}));
  return id;
}

Result<std::vector<MarkId>> AddMarks(store::Transaction& transaction, const Desk& desk,
                                     vault::ItemId id, const std::vector<NewMark>& marks) {
  TRY(CheckMarks(desk.rules, marks));
  if (marks.empty()) return Wrong("no URL and no fingerprint was given");
  ItemFile file = TRY(RequireItem(transaction, desk, id,
                                  {Permission::kItemAdd, Permission::kPortalAct, Right::kReport}));
  TRY(RequireWorkable(file.record));
  Item& item = file.row.item;
  if (item.kind == ItemKind::kConcern) {
    return Wrong("an item that is a concern only has no URLs and fingerprints");
  }
  // A news host that comes later asks for the second person then.
  if (!item.needs_second && TouchesSecondPersonPlace(desk.rules, marks)) {
    TRY(AskForSecond(transaction, desk, file.row));
  }
  auto ids = TRY(InsertMarks(transaction, desk.keys, item.of, id, marks));
  TRY(WriteEntry(transaction, desk, item.of, "item.changed",
                 {{"item", IdText(id)}, {"marks", std::to_string(marks.size())}}));
  TRY(TellItem(transaction, desk, "item.marked", item));
  return ids;
}

Result<std::vector<Item>> ListItems(store::Transaction& transaction, const Desk& desk,
                                    vault::CaseId of, const std::optional<vault::ItemId>& after,
                                    int limit) {
  TRY(RequireCase(transaction, desk, of, Permission::kCaseList));
  if (limit < 1 || limit > 200) return Wrong("a page has 1 to 200 items");
  std::vector<Item> items;
  for (ItemRow& row : TRY(QueryItems(transaction, of, after, limit))) {
    items.push_back(std::move(row.item));
  }
  return items;
}

Result<ItemSheet> ReadItem(store::Transaction& transaction, const Desk& desk, vault::ItemId id) {
  ItemRow row = TRY(LoadItem(transaction, id));
  const CaseFile file = TRY(OpenCaseFile(transaction, desk, row.item.of, Permission::kCaseOpen));
  ItemSheet sheet;
  sheet.sheet = TRY(ReadSheet(transaction, file.opened, id));
  sheet.marks = TRY(QueryMarks(transaction, desk.keys, id));
  sheet.item = std::move(row.item);
  TRY(WriteEntry(transaction, desk, file.opened.public_key(), "item.read", {{"item", IdText(id)}}));
  return sheet;
}

Result<std::vector<Mark>> MarksOf(store::Transaction& transaction, const Desk& desk,
                                  vault::ItemId id) {
  if (!desk.who.system()) {
    return Error{ErrorCode::kPermissionDenied,
                 "marks alone are read by the work in the background"};
  }
  TRY(LoadItem(transaction, id));
  return QueryMarks(transaction, desk.keys, id);
}

Result<ItemState> ConfirmItem(store::Transaction& transaction, const Desk& desk, vault::ItemId id,
                              std::int64_t revision) {
  const auto* staff = TRY(access::RequireStaff(desk.who));
  ItemRow found = TRY(LoadItem(transaction, id));
  const bool second = found.item.state == ItemState::kFirstLook && found.first_by.has_value();
  ItemFile file = TRY(RequireItem(
      transaction, desk, id, second ? Permission::kItemConfirmSecond : Permission::kItemConfirm));
  Item& item = file.row.item;
  TRY(RequireRevision(revision, item.revision));
  TRY(RequireWorkable(file.record));
  if (item.state == ItemState::kConfirmed) return item.state;
  if (item.state == ItemState::kRefused || item.state == ItemState::kNegative) {
    return Wrong("an item that is " + std::string(ItemStateName(item.state)) +
                 " can't be confirmed: register it anew");
  }
  if (TRY(HasUnconfirmedReportOnly(transaction, item.of))) {
    return Error{ErrorCode::kPermissionDenied, "the reporter has not been confirmed yet"};
  }
  if (second && *file.row.first_by == staff->person) {
    return Error{ErrorCode::kPermissionDenied, "the second person must be another one"};
  }
  if (item.needs_second && !second) {
    item.state = ItemState::kFirstLook;
    file.row.first_by = staff->person;
  } else {
    item.state = ItemState::kConfirmed;
  }
  TRY(SaveItem(transaction, file.row));
  TRY(WriteEntry(transaction, desk, item.of, "item.confirmed",
                 {{"item", IdText(id)}, {"state", std::string(ItemStateName(item.state))}}));
  if (item.state == ItemState::kConfirmed) {
    TRY(TellItem(transaction, desk, "item.confirmed", item));
  }
  return item.state;
}

Result<void> RefuseItem(store::Transaction& transaction, const Desk& desk, vault::ItemId id,
                        std::int64_t revision, std::string_view reason) {
  TRY(CheckText("the reason", reason, kMaxReasonBytes));
  ItemFile file = TRY(RequireItem(transaction, desk, id, Permission::kItemConfirm));
  Item& item = file.row.item;
  TRY(RequireRevision(revision, item.revision));
  item.state = ItemState::kRefused;
  TRY(SaveItem(transaction, file.row));
  const auto key = TRY(access::FindCaseKey(transaction, desk.keys, item.of));
  TRY(PutField(transaction, key, {item.of, id, "refusal", item.revision}, reason));
  TRY(WriteEntry(transaction, desk, key, "item.changed",
                 {{"item", IdText(id)}, {"state", "refused"}}));
  return TellItem(transaction, desk, "item.refused", item);
}

Result<void> RefuseItemsOf(store::Transaction& transaction, const Desk& desk, vault::CaseId of) {
  constexpr int kAtOnce = 200;
  std::optional<vault::ItemId> after;
  while (true) {
    auto rows = TRY(QueryItems(transaction, of, after, kAtOnce));
    for (ItemRow& row : rows) {
      after = row.item.id;
      if (row.item.state != ItemState::kUnconfirmed && row.item.state != ItemState::kFirstLook) {
        continue;
      }
      row.item.state = ItemState::kRefused;
      TRY(SaveItem(transaction, row));
      TRY(TellItem(transaction, desk, "item.refused", row.item));
    }
    if (rows.size() < kAtOnce) return {};
  }
}

Result<void> MakeNegative(store::Transaction& transaction, const Desk& desk, vault::ItemId id,
                          std::int64_t revision, std::string_view reason) {
  if (reason != "own_lawful" && reason != "other_lawful") {
    return Wrong("an item is negative as own_lawful or other_lawful");
  }
  ItemFile file = TRY(RequireItem(transaction, desk, id, Permission::kItemConfirm));
  Item& item = file.row.item;
  TRY(RequireRevision(revision, item.revision));
  item.state = ItemState::kNegative;
  item.negative_reason = reason;
  TRY(SaveItem(transaction, file.row));
  TRY(WriteEntry(transaction, desk, item.of, "item.changed",
                 {{"item", IdText(id)}, {"state", "negative"}, {"reason", std::string(reason)}}));
  return TellItem(transaction, desk, "item.negative", item);
}

Result<void> MarkRivals(store::Transaction& transaction, const Desk& desk, vault::ItemId one,
                        vault::ItemId other) {
  ItemFile first = TRY(RequireItem(transaction, desk, one, Permission::kItemConfirm));
  ItemFile second = TRY(RequireItem(transaction, desk, other, Permission::kItemConfirm));
  if (first.row.item.of == second.row.item.of) {
    return Wrong("rival items are of different cases");
  }
  for (ItemFile* file : {&first, &second}) {
    if (file->row.item.needs_second) continue;
    TRY(AskForSecond(transaction, desk, file->row));
    TRY(WriteEntry(transaction, desk, file->row.item.of, "item.changed",
                   {{"item", IdText(file->row.item.id)}, {"rival", "yes"}}));
  }
  return {};
}

}  // namespace jikimi::casework
