#ifndef JIKIMI_CASEWORK_ITEM_H_
#define JIKIMI_CASEWORK_ITEM_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "casework/desk.h"
#include "casework/record_ids.h"
#include "casework/sheet.h"
#include "store/database.h"

// Items: the pictures and videos that a case is about, by their fingerprints and addresses, never
// by their bytes. What people tell of one is sealed under the item's key; addresses and
// fingerprints under the server's, for the work in the background.
namespace jikimi::casework {

enum class ItemKind { kPicture, kVideo, kAddress, kConcern };
std::string_view ItemKindName(ItemKind kind);  // "picture", "video", "url", "concern"
Result<ItemKind> ParseItemKind(std::string_view name);

enum class ItemState {
  kUnconfirmed,  // matched privately; no place is shown, nothing is sent
  kFirstLook,    // one person confirmed it, and a second must
  kConfirmed,
  kRefused,
  kNegative,  // hers and lawful, or another's lawful work: never to be reported
};
std::string_view ItemStateName(ItemState state);
Result<ItemState> ParseItemState(std::string_view name);

// The part of a fabricated picture that was altered, in thousandths of its width and height.
struct AlteredRegion {
  int left = 0, top = 0, right = 1000, bottom = 1000;
  friend bool operator==(const AlteredRegion&, const AlteredRegion&) = default;
};

enum class MarkKind { kUrl, kPhoto, kVideo, kPatches };
std::string_view MarkKindName(MarkKind kind);  // "url", "photo", "video", "patches"
Result<MarkKind> ParseMarkKind(std::string_view name);

// A URL, or a fingerprint as fingerprint/fingerprint_form.h writes it (opaque here).
struct NewMark {
  MarkKind kind = MarkKind::kUrl;
  std::string place;  // a code of data/places.toml: of URLs only
  std::vector<std::byte> bytes;

  static constexpr std::size_t kMaxUrlBytes = 8192;
  static constexpr std::size_t kMaxFingerprintBytes = std::size_t{16} << 20;
};

struct NewItem {
  ItemKind kind = ItemKind::kPicture;
  Sheet sheet;  // fields of SheetKind::kItem
  std::vector<NewMark> marks;
  bool fabricated = false;
  std::optional<AlteredRegion> altered;  // of fabricated ones

  static constexpr std::size_t kMaxMarks = 1000;
};
// Whether an address can be kept: http or https, a host, no user name, printable ASCII alone. Pure.
Result<void> CheckUrl(std::string_view url);
// Pure. "Concern only" has no marks; a URL is http or https with a host; a region is inside.
Result<void> CheckItem(const Rulebook& rules, const NewItem& item);

struct Item {
  vault::ItemId id;
  vault::CaseId of;
  ItemKind kind = ItemKind::kPicture;
  ItemState state = ItemState::kUnconfirmed;
  bool fabricated = false;
  std::optional<AlteredRegion> altered;
  bool needs_second = false;  // a news host, or rival claimants
  std::string negative_reason;
  Timestamp registered_at;
  std::int64_t revision = 1;
};
struct Mark {
  MarkId id;
  MarkKind kind = MarkKind::kUrl;
  std::string place;
  std::vector<std::byte> bytes;
};

// Registers one more, unconfirmed. Permission::kItemAdd, or the survivor's own.
Result<vault::ItemId> AddItem(store::Transaction& transaction, const Desk& desk, vault::CaseId of,
                              const NewItem& item);
// More URLs or fingerprints of an item; the event "item.marked" when it is confirmed already.
Result<std::vector<MarkId>> AddMarks(store::Transaction& transaction, const Desk& desk,
                                     vault::ItemId item, const std::vector<NewMark>& marks);

// Operational fields of a case's items, by id after `after`. Permission::kCaseList.
Result<std::vector<Item>> ListItems(store::Transaction& transaction, const Desk& desk,
                                    vault::CaseId of, const std::optional<vault::ItemId>& after,
                                    int limit);
struct ItemSheet {
  Item item;
  Sheet sheet;
  std::vector<Mark> marks;
};
// Opens an item: the logged act. Permission::kCaseOpen.
Result<ItemSheet> ReadItem(store::Transaction& transaction, const Desk& desk, vault::ItemId item);

// For the work in the background (system only): the marks of a confirmed or unconfirmed item. No
// place of an unconfirmed one may be shown.
Result<std::vector<Mark>> MarksOf(store::Transaction& transaction, const Desk& desk,
                                  vault::ItemId item);

// Confirms; where a second person is needed, the first confirmation makes it kFirstLook and another
// person's Permission::kItemConfirmSecond makes it kConfirmed. The report must be confirmed before.
// Event "item.confirmed". Returns the state.
Result<ItemState> ConfirmItem(store::Transaction& transaction, const Desk& desk, vault::ItemId item,
                              std::int64_t revision);
Result<void> RefuseItem(store::Transaction& transaction, const Desk& desk, vault::ItemId item,
                        std::int64_t revision, std::string_view reason);
// Puts it into the negative bank: "own_lawful" or "other_lawful". Event "item.negative".
Result<void> MakeNegative(store::Transaction& transaction, const Desk& desk, vault::ItemId item,
                          std::int64_t revision, std::string_view reason);
// Two cases claim the same material: from now on both items need a second person, and confirmed
// ones go back to kFirstLook. Permission::kItemConfirm for both.
Result<void> MarkRivals(store::Transaction& transaction, const Desk& desk, vault::ItemId one,
                        vault::ItemId other);

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_ITEM_H_
