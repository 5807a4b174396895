#ifndef JIKIMI_HTTP_CASE_JSON_H_
#define JIKIMI_HTTP_CASE_JSON_H_

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "casework/case_record.h"
#include "http/request.h"
#include "http/response.h"
#include "http/services.h"

// What the routes of cases share: the schemas CaseRecord and Revision of api/openapi.yaml, and
// updates under a revision.
namespace jikimi::http {

boost::json::object CaseRecordJson(const casework::CaseRecord& record);
boost::json::array CaseIdsJson(const std::vector<vault::CaseId>& cases);
// 200 with the new revision as body and ETag.
Response RevisionResponse(std::int64_t revision);

// Changes a record under If-Match: 428 without it, 400 for a tag that no revision has. `work` gets
// the revision; when the record has another one by then (ErrorCode::kStale) the answer is 412.
using RevisedWork = std::function<Result<Response>(store::Transaction&, const casework::Desk&,
                                                   std::int64_t revision)>;
Result<Response> ChangeRevised(const Services& services, const Request& request,
                               const RevisedWork& work);

}  // namespace jikimi::http

#endif  // JIKIMI_HTTP_CASE_JSON_H_
