#include "casework/upload.h"

#include <algorithm>

#include "access/case_keys.h"
#include "casework/acts.h"
#include "casework/enum_names.h"
#include "casework/sealed_fields.h"
#include "casework/text_check.h"
#include "casework/text_only.h"
#include "casework/upload_tables.h"
#include "vault/file_seal.h"

namespace jikimi::casework {
namespace {

using access::Permission;

constexpr internal::EnumNames<UploadKind, 4> kKinds{"kind of upload",
                                                    {"chat", "wallet", "paper", "other"}};
constexpr std::size_t kMaxNameBytes = 1000;
constexpr std::size_t kPieceBytes = std::size_t{256} << 10;

// Sealed bytes into rows of about kPieceBytes.
class PieceWriter {
 public:
  PieceWriter(store::Transaction& transaction, vault::FileId file)
      : transaction_(transaction), file_(file) {}

  Result<void> Add(const std::vector<std::byte>& sealed) {
    pending_.insert(pending_.end(), sealed.begin(), sealed.end());
    return pending_.size() >= kPieceBytes ? Write() : Result<void>();
  }
  Result<void> Write() {
    if (pending_.empty()) return {};
    TRY(InsertPiece(transaction_, file_, number_++, pending_));
    pending_.clear();
    return {};
  }

 private:
  store::Transaction& transaction_;
  vault::FileId file_;
  std::int64_t number_ = 0;
  std::vector<std::byte> pending_;
};

Error TooLarge(std::uint64_t most) {
  return {ErrorCode::kResourceExhausted,
          "an upload has " + std::to_string(most >> 20) + " MiB at most"};
}

bool MayBeAMinors(const CaseRecord& record) {
  return record.minor == MinorState::kSuspected || record.minor == MinorState::kYes;
}

// How much one upload may have: of hers, what is left of her bounds.
Result<std::uint64_t> RoomFor(store::Transaction& transaction, const Desk& desk, vault::CaseId of) {
  if (!desk.who.survivor()) return kMaxUploadBytes;
  std::size_t count = 0;
  std::uint64_t bytes = 0;
  for (const Upload& upload : TRY(QueryUploads(transaction, of))) {
    if (!upload.by_survivor) continue;
    ++count;
    bytes += upload.bytes;
  }
  if (count >= kMaxPortalUploads || bytes >= kMaxPortalBytesInAll) {
    return Error{ErrorCode::kResourceExhausted,
                 "through the portal come " + std::to_string(kMaxPortalUploads) + " uploads and " +
                     std::to_string(kMaxPortalBytesInAll >> 20) +
                     " MiB at most: give more to your counsellor"};
  }
  return std::min(kMaxPortalUploadBytes, kMaxPortalBytesInAll - bytes);
}

// Hands on the plain bytes of a stored file.
Result<void> OpenPieces(store::Transaction& transaction, vault::FileId file,
                        const vault::FileKey& key, const TakePiece& take) {
  vault::FileOpener opener(key);
  const auto open = [&](std::vector<std::byte> sealed) -> Result<void> {
    const vault::SecretBytes plain = TRY(opener.Append(sealed));
    return plain.empty() ? Result<void>() : take(plain.bytes());
  };
  TRY(ForEachPiece(transaction, file, open));
  const vault::SecretBytes rest = TRY(opener.Finish());
  return rest.empty() ? Result<void>() : take(rest.bytes());
}

}  // namespace

Result<Upload> FindUpload(store::Transaction& transaction, vault::CaseId of, vault::FileId file) {
  const auto uploads = TRY(QueryUploads(transaction, of));
  const auto found = std::find_if(uploads.begin(), uploads.end(),
                                  [&](const Upload& upload) { return upload.id == file; });
  if (found == uploads.end()) return Error{ErrorCode::kNotFound, "no such upload"};
  return *found;
}

Result<void> OpenUpload(store::Transaction& transaction, const access::OpenedCase& opened,
                        const Upload& upload, const TakePiece& take) {
  const vault::FileKey key = TRY(opened.OpenFile(upload.under, upload.id));
  return OpenPieces(transaction, upload.id, key, take);
}

std::string_view UploadKindName(UploadKind kind) { return kKinds.Name(kind); }
Result<UploadKind> ParseUploadKind(std::string_view name) { return kKinds.Parse(name); }

Result<vault::FileId> AddUpload(store::Transaction& transaction, const Desk& desk, vault::CaseId of,
                                UploadKind kind, const std::string& name, const NextPiece& next) {
  TRY(CheckText("the file's name", name, kMaxNameBytes));
  const CaseRecord record = TRY(RequireCase(
      transaction, desk, of, {Permission::kCaseEdit, Permission::kPortalUpload, Right::kReport}));
  TRY(RequireWorkable(record));
  const std::uint64_t most = TRY(RoomFor(transaction, desk, of));
  std::optional<TextOnly> text_only;
  if (MayBeAMinors(record)) text_only.emplace();
  Upload upload;
  upload.id = vault::FileId::Random();
  upload.under = vault::ItemId::Random();
  upload.kind = kind;
  upload.uploaded_at = desk.now;
  upload.by_survivor = desk.who.survivor() != nullptr;
  const vault::ItemKey item =
      TRY(access::AddItem(transaction, desk.keys, of, upload.under, desk.now));
  const vault::FileKey key =
      TRY(access::AddFile(transaction, desk.keys, of, item, upload.id, desk.now));
  vault::FileSealer sealer(key);
  PieceWriter writer(transaction, upload.id);
  vault::SecretBytes buffer(kPieceBytes);
  while (true) {
    const std::size_t count = TRY(next(buffer.bytes()));
    if (count == 0) break;
    upload.bytes += count;
    if (upload.bytes > most) return TooLarge(most);
    if (text_only) TRY(text_only->Append(buffer.bytes().first(count)));
    TRY(writer.Add(sealer.Append(buffer.bytes().first(count))));
  }
  if (text_only) TRY(text_only->Finish());
  TRY(writer.Add(sealer.Finish()));
  TRY(writer.Write());
  TRY(InsertUpload(transaction, of, upload));
  TRY(PutField(transaction, item, {of, upload.under, "upload", 1}, name));
  TRY(WriteEntry(transaction, desk, of, "file.added",
                 {{"kind", std::string(UploadKindName(kind))}}));
  return upload.id;
}

Result<std::vector<Upload>> ReadUploads(store::Transaction& transaction, const Desk& desk,
                                        vault::CaseId of) {
  const CaseFile file = TRY(OpenCaseFile(transaction, desk, of, Permission::kCaseOpen));
  auto uploads = TRY(QueryUploads(transaction, of));
  for (Upload& upload : uploads) {
    const auto name = TRY(ReadField(transaction, file.opened, upload.under, "upload"));
    upload.name = name.value_or("");
  }
  TRY(WriteEntry(transaction, desk, file.opened.public_key(), "case.opened",
                 {{"part", "uploads"}}));
  return uploads;
}

Result<std::vector<Upload>> ListOwnUploads(store::Transaction& transaction, const Desk& desk) {
  const auto* survivor = TRY(RequireSurvivor(desk));
  TRY(RequireCase(transaction, desk, survivor->of_case,
                  {Permission::kCaseOpen, Permission::kPortalRead, Right::kSee}));
  auto uploads = TRY(QueryUploads(transaction, survivor->of_case));
  std::erase_if(uploads, [](const Upload& upload) { return !upload.by_survivor; });
  return uploads;
}

Result<void> ReadUpload(store::Transaction& transaction, const Desk& desk, vault::CaseId of,
                        vault::FileId id, const TakePiece& take) {
  const CaseFile file = TRY(OpenCaseFile(transaction, desk, of, Permission::kUploadOpen));
  const Upload upload = TRY(FindUpload(transaction, of, id));
  TRY(WriteEntry(transaction, desk, file.opened.public_key(), "file.read", {{"file", IdText(id)}}));
  return OpenUpload(transaction, file.opened, upload, take);
}

Result<void> MoveUploads(store::Transaction& transaction, const Desk& desk,
                         const access::OpenedCase& from, const access::OpenedCase& to) {
  for (const Upload& upload : TRY(QueryUploads(transaction, from.id()))) {
    // The whole file at once: statements can't be nested in the reading of its rows.
    const vault::FileKey old_key = TRY(from.OpenFile(upload.under, upload.id));
    vault::SecretBytes plain(static_cast<std::size_t>(upload.bytes));
    std::size_t filled = 0;
    const auto fill = [&](std::span<const std::byte> piece) -> Result<void> {
      if (piece.size() > plain.size() - filled) {
        return Error{ErrorCode::kCorrupt, "an upload is longer than its row says"};
      }
      std::copy(piece.begin(), piece.end(),
                plain.bytes().begin() + static_cast<std::ptrdiff_t>(filled));
      filled += piece.size();
      return {};
    };
    TRY(OpenPieces(transaction, upload.id, old_key, fill));
    TRY(DeletePieces(transaction, upload.id));
    const vault::ItemKey item = TRY(to.OpenItem(upload.under));
    const vault::FileKey key =
        TRY(access::AddFile(transaction, desk.keys, to.id(), item, upload.id, desk.now));
    vault::FileSealer sealer(key);
    PieceWriter writer(transaction, upload.id);
    for (std::size_t at = 0; at < filled; at += kPieceBytes) {
      TRY(writer.Add(sealer.Append(plain.bytes().subspan(at, std::min(kPieceBytes, filled - at)))));
    }
    TRY(writer.Add(sealer.Finish()));
    TRY(writer.Write());
    TRY(MoveUploadRow(transaction, upload.id, to.id()));
  }
  return {};
}

}  // namespace jikimi::casework
