#ifndef JIKIMI_HTTP_REPORT_JSON_H_
#define JIKIMI_HTTP_REPORT_JSON_H_

#include <boost/json.hpp>

#include "base/result.h"
#include "casework/item.h"
#include "casework/report.h"

// Reports and items between JSON (schemas NewReport, NewItem and Item of api/openapi.yaml) and the
// types of casework.
namespace jikimi::http {

// Errors name the member: "items[2].marks[0]: …".
Result<casework::NewReport> ReportFrom(const boost::json::object& object,
                                       casework::Channel channel);
Result<casework::NewItem> ItemFrom(const boost::json::object& object);
Result<casework::NewMark> MarkFrom(const boost::json::object& object);

boost::json::object ItemJson(const casework::Item& item);
boost::json::object MarkJson(const casework::Mark& mark);

// The safety questions: {"code": "yes" | "no" | "unknown"}.
Result<casework::TriageAnswers> AnswersFrom(const boost::json::object& object,
                                            std::string_view name);
boost::json::object AnswersJson(const casework::TriageAnswers& answers);

}  // namespace jikimi::http

#endif  // JIKIMI_HTTP_REPORT_JSON_H_
