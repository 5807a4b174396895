#ifndef JIKIMI_CASEWORK_UPLOAD_H_
#define JIKIMI_CASEWORK_UPLOAD_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "casework/desk.h"
#include "casework/record_ids.h"
#include "store/database.h"

// Sealed uploads: chats and wallets from blackmail, identity papers. Each is a file under its own
// key, kept in pieces in the database, so that it is backed up, and destroyed, with its case.
namespace jikimi::casework {

enum class UploadKind { kChat, kWallet, kPaper, kOther };
std::string_view UploadKindName(UploadKind kind);
Result<UploadKind> ParseUploadKind(std::string_view name);

inline constexpr std::uint64_t kMaxUploadBytes = std::uint64_t{64} << 20;
// What comes in through the portal, for one case at a time.
inline constexpr std::uint64_t kMaxPortalUploadBytes = std::uint64_t{32} << 20;
inline constexpr std::size_t kMaxPortalUploads = 50;
inline constexpr std::uint64_t kMaxPortalBytesInAll = std::uint64_t{256} << 20;

struct Upload {
  vault::FileId id;
  vault::ItemId under;  // the item whose key its key stands under
  UploadKind kind = UploadKind::kOther;
  std::uint64_t bytes = 0;
  Timestamp uploaded_at;
  bool by_survivor = false;  // through the portal
  std::string name;          // of the file, sealed
};

// Stores what `next` gives (it fills its argument and returns how much; 0 at the end) sealed. Over
// kMaxUploadBytes is kResourceExhausted and leaves nothing. From staff (Permission::kCaseEdit) and
// the survivor (kPortalUpload), within the bounds above; needs nobody's secret key.
//
// In the case of a suspected minor nothing but plain text is written (text_only.h), of whatever
// kind it is called, for a picture's bytes may be the material itself: kUnsupported, before one of
// them is sealed.
using NextPiece = std::function<Result<std::size_t>(std::span<std::byte>)>;
Result<vault::FileId> AddUpload(store::Transaction& transaction, const Desk& desk, vault::CaseId of,
                                UploadKind kind, const std::string& name, const NextPiece& next);
// Names and sizes; the logged act. Permission::kCaseOpen.
Result<std::vector<Upload>> ReadUploads(store::Transaction& transaction, const Desk& desk,
                                        vault::CaseId of);
// What the survivor brought in, without names: opens nothing. Permission::kPortalRead.
Result<std::vector<Upload>> ListOwnUploads(store::Transaction& transaction, const Desk& desk);
// Hands the plain bytes over piece by piece; the logged act. Only when it returns success the file
// was whole. Permission::kUploadOpen.
using TakePiece = std::function<Result<void>(std::span<const std::byte>)>;
Result<void> ReadUpload(store::Transaction& transaction, const Desk& desk, vault::CaseId of,
                        vault::FileId file, const TakePiece& take);

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_UPLOAD_H_
