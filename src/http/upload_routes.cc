// Sealed uploads, by staff and by the survivor through the portal. Nobody gets one back on the
// portal.

#include <algorithm>
#include <boost/json.hpp>
#include <cstring>
#include <string>
#include <utility>

#include "casework/schema.h"
#include "casework/upload.h"
#include "casework/withdrawal.h"
#include "http/fields.h"
#include "http/problem.h"
#include "http/services.h"
#include "http/time_text.h"

namespace jikimi::http {
namespace {

namespace json = boost::json;
using casework::Desk;
using store::Transaction;

// The body, sealed, into the case that `of` names.
template <typename CaseOfDesk>
Result<Response> Add(const Services& services, const Request& request, const CaseOfDesk& of) {
  const auto kind = TRY(casework::ParseUploadKind(request.Text("kind")));
  const std::string name(request.Text("name"));
  return Create(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        std::string_view left = request.body;
        const auto next = [&](std::span<std::byte> into) -> Result<std::size_t> {
          const std::size_t size = std::min(into.size(), left.size());
          std::memcpy(into.data(), left.data(), size);
          left.remove_prefix(size);
          return size;
        };
        const auto id = casework::AddUpload(transaction, desk, of(desk), kind, name, next);
        if (!id.has_value() && id.error().code == ErrorCode::kResourceExhausted) {
          return RequestFault(id.error());  // too much was sent: 413
        }
        if (!id.has_value()) return id.error();
        return JsonResponse(201, json::object{{"id", casework::IdText(*id)}});
      });
}

Result<Response> AddUpload(const Services& services, const Request& request) {
  return Add(services, request, [&](const Desk&) { return CaseOf(request); });
}

Result<Response> AddPortalUpload(const Services& services, const Request& request) {
  return Add(services, request, [](const Desk& desk) { return desk.who.survivor()->of_case; });
}

json::object UploadJson(const casework::Upload& upload) {
  return {{"id", casework::IdText(upload.id)},
          {"kind", casework::UploadKindName(upload.kind)},
          {"bytes", upload.bytes},
          {"uploaded_at", TimeText(upload.uploaded_at)}};
}

Result<Response> ReadUploads(const Services& services, const Request& request) {
  return Look(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        json::array uploads;
        for (const auto& upload : TRY(casework::ReadUploads(transaction, desk, CaseOf(request)))) {
          json::object shown = UploadJson(upload);
          shown["name"] = upload.name;
          shown["by_survivor"] = upload.by_survivor;
          uploads.push_back(std::move(shown));
        }
        return JsonResponse(200, json::object{{"uploads", std::move(uploads)}});
      });
}

Result<Response> ListPortalUploads(const Services& services, const Request& request) {
  return List(services, request,
              [](Transaction& transaction, const Desk& desk) -> Result<Response> {
                json::array uploads;
                for (const auto& upload : TRY(casework::ListOwnUploads(transaction, desk))) {
                  uploads.push_back(UploadJson(upload));
                }
                return JsonResponse(200, json::object{{"uploads", std::move(uploads)}});
              });
}

Result<Response> DestroyPortalUpload(const Services& services, const Request& request) {
  const auto file = IdParameter<vault::FileId>(request, "file_id");
  const access::CaseEraser eraser = casework::Eraser();
  return Change(services, request,
                [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                  TRY(casework::DestroyOwnUpload(transaction, desk, file, std::span(&eraser, 1)));
                  return NoContentResponse();
                });
}

// The whole file in memory (kMaxUploadBytes): nothing of it leaves before its entry of the log is
// durable and its last piece has proved whole.
Result<Response> ReadUpload(const Services& services, const Request& request) {
  const auto file = IdParameter<vault::FileId>(request, "file_id");
  return Look(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        Response response;
        response.content_type = "application/octet-stream";
        response.headers.Add("Content-Disposition", "attachment");
        TRY(casework::ReadUpload(transaction, desk, CaseOf(request), file,
                                 [&](std::span<const std::byte> piece) -> Result<void> {
                                   response.body.append(reinterpret_cast<const char*>(piece.data()),
                                                        piece.size());
                                   return {};
                                 }));
        return response;
      });
}

}  // namespace

void AddUploadRoutes(Api& api, const Services& services) {
  AddRoute(api, services, "addUpload", AddUpload);
  AddRoute(api, services, "readUploads", ReadUploads);
  AddRoute(api, services, "readUpload", ReadUpload);
  AddRoute(api, services, "addPortalUpload", AddPortalUpload);
  AddRoute(api, services, "listPortalUploads", ListPortalUploads);
  AddRoute(api, services, "destroyPortalUpload", DestroyPortalUpload);
}

}  // namespace jikimi::http
