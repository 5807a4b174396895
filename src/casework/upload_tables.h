#ifndef JIKIMI_CASEWORK_UPLOAD_TABLES_H_
#define JIKIMI_CASEWORK_UPLOAD_TABLES_H_

#include <functional>
#include <vector>

#include "access/case_keys.h"
#include "casework/desk.h"
#include "casework/upload.h"
#include "store/database.h"

// Rows of uploads and their pieces. Not for other rooms.
namespace jikimi::casework {

Result<void> InsertUpload(store::Transaction& transaction, vault::CaseId of, const Upload& upload);
Result<std::vector<Upload>> QueryUploads(store::Transaction& transaction, vault::CaseId of);
Result<void> InsertPiece(store::Transaction& transaction, vault::FileId file, std::int64_t number,
                         const std::vector<std::byte>& sealed);
// The pieces in their order, one at a time.
Result<void> ForEachPiece(store::Transaction& transaction, vault::FileId file,
                          const std::function<Result<void>(std::vector<std::byte>)>& take);
Result<void> DeletePieces(store::Transaction& transaction, vault::FileId file);
Result<void> MoveUploadRow(store::Transaction& transaction, vault::FileId file, vault::CaseId to);

// kNotFound when the case has no such one: of upload.cc.
Result<Upload> FindUpload(store::Transaction& transaction, vault::CaseId of, vault::FileId file);
// Hands over the plain bytes of an upload of an opened case, piece by piece; writes no entry. Only
// when it returns success the file was whole: of upload.cc.
Result<void> OpenUpload(store::Transaction& transaction, const access::OpenedCase& opened,
                        const Upload& upload, const TakePiece& take);

// Re-seals all uploads of a case under keys of another one: of upload.cc.
Result<void> MoveUploads(store::Transaction& transaction, const Desk& desk,
                         const access::OpenedCase& from, const access::OpenedCase& to);

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_UPLOAD_TABLES_H_
