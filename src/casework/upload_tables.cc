#include "casework/upload_tables.h"

#include "casework/row_values.h"
#include "store/sql.h"

namespace jikimi::casework {

Result<void> InsertUpload(store::Transaction& transaction, vault::CaseId of, const Upload& upload) {
  TRY(store::Execute(
      transaction,
      "INSERT INTO casework_upload (id, case_id, item_id, kind, bytes, uploaded_at, by_survivor) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7)",
      {IdBytes(upload.id), IdBytes(of), IdBytes(upload.under), UploadKindName(upload.kind),
       static_cast<std::int64_t>(upload.bytes), upload.uploaded_at, upload.by_survivor ? 1 : 0}));
  return {};
}

Result<std::vector<Upload>> QueryUploads(store::Transaction& transaction, vault::CaseId of) {
  std::vector<Upload> uploads;
  for (const auto& row : TRY(store::Query(
           transaction,
           "SELECT id, item_id, kind, bytes, uploaded_at, by_survivor FROM casework_upload "
           "WHERE case_id = $1 ORDER BY uploaded_at, id",
           {IdBytes(of)}))) {
    Upload upload;
    upload.id = TRY(GetId<vault::FileId>(row, 0));
    upload.under = TRY(GetId<vault::ItemId>(row, 1));
    upload.kind = TRY(GetNamed(row, 2, ParseUploadKind));
    upload.bytes = static_cast<std::uint64_t>(TRY(row.Get<std::int64_t>(3)));
    upload.uploaded_at = TRY(row.Get<Timestamp>(4));
    upload.by_survivor = TRY(row.Get<std::int64_t>(5)) != 0;
    uploads.push_back(std::move(upload));
  }
  return uploads;
}

Result<void> InsertPiece(store::Transaction& transaction, vault::FileId file, std::int64_t number,
                         const std::vector<std::byte>& sealed) {
  TRY(store::Execute(
      transaction,
      "INSERT INTO casework_upload_piece (file_id, number, sealed) VALUES ($1, $2, $3)",
      {IdBytes(file), number, sealed}));
  return {};
}

Result<void> ForEachPiece(store::Transaction& transaction, vault::FileId file,
                          const std::function<Result<void>(std::vector<std::byte>)>& take) {
  const auto take_row = [&](store::Row row) -> Result<void> {
    auto sealed = TRY(row.Get<std::vector<std::byte>>(0));
    return take(std::move(sealed));
  };
  return store::ForEach(
      transaction, "SELECT sealed FROM casework_upload_piece WHERE file_id = $1 ORDER BY number",
      {IdBytes(file)}, take_row);
}

Result<void> DeletePieces(store::Transaction& transaction, vault::FileId file) {
  TRY(store::Execute(transaction, "DELETE FROM casework_upload_piece WHERE file_id = $1",
                     {IdBytes(file)}));
  return {};
}

Result<void> MoveUploadRow(store::Transaction& transaction, vault::FileId file, vault::CaseId to) {
  TRY(store::Execute(transaction, "UPDATE casework_upload SET case_id = $2 WHERE id = $1",
                     {IdBytes(file), IdBytes(to)}));
  return {};
}

}  // namespace jikimi::casework
