#include "http/case_json.h"

#include "http/etag.h"
#include "http/fields.h"
#include "http/problem.h"
#include "http/time_text.h"

namespace jikimi::http {

namespace json = boost::json;

json::object CaseRecordJson(const casework::CaseRecord& record) {
  return {{"id", casework::IdText(record.id)},
          {"state", casework::CaseStateName(record.state)},
          {"queue", record.queue},
          {"urgency", record.urgency},
          {"due_at", TimeJson(record.due_at)},
          {"assigned", IdJson(record.assigned)},
          {"team", IdJson(record.team)},
          {"minor", casework::MinorStateName(record.minor)},
          {"withdrawal", casework::WithdrawalName(record.withdrawal)},
          {"destroy_at", TimeJson(record.destroy_at)},
          {"contact_unsafe", record.contact_unsafe},
          {"referred_to_investigators", record.referred_to_investigators},
          {"harms", TextsJson(record.harms)},
          {"neutral_text", record.neutral_text},
          {"opened_at", TimeText(record.opened_at)},
          {"closed_at", TimeJson(record.closed_at)},
          {"revision", record.revision}};
}

json::array CaseIdsJson(const std::vector<vault::CaseId>& cases) {
  json::array ids;
  for (const vault::CaseId& id : cases) ids.emplace_back(casework::IdText(id));
  return ids;
}

Response RevisionResponse(std::int64_t revision) {
  Response response = JsonResponse(200, json::object{{"revision", revision}});
  response.etag = RevisionTag(revision);
  return response;
}

Result<Response> ChangeRevised(const Services& services, const Request& request,
                               const RevisedWork& work) {
  const auto header = request.headers.Joined("If-Match");
  if (!header) {
    return ToResponse({.status = 428,
                       .kind = "precondition_required",
                       .detail = "name the version that you read, in If-Match",
                       .errors = {},
                       .retry_after = {},
                       .reference = {}});
  }
  const auto revision = ParseRevisionTag(TrimBlank(*header));
  if (!revision.has_value()) {
    return ToResponse({.status = 400,
                       .kind = "invalid_argument",
                       .detail = "If-Match holds one ETag of ours, such as \"r17\"",
                       .errors = {{"header/If-Match", revision.error().message}},
                       .retry_after = {},
                       .reference = {}});
  }
  return Change(services, request,
                [&](store::Transaction& transaction, const casework::Desk& desk) {
                  return work(transaction, desk, *revision);
                });
}

}  // namespace jikimi::http
