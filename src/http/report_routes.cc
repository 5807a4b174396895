// Reports at intake: taken by staff, read, confirmed or refused, joined.

#include <boost/json.hpp>
#include <utility>

#include "access/team_keys.h"
#include "casework/import.h"
#include "casework/report.h"
#include "http/case_json.h"
#include "http/fields.h"
#include "http/report_json.h"
#include "http/services.h"
#include "http/time_text.h"

namespace jikimi::http {
namespace {

namespace json = boost::json;
using casework::Desk;
using store::Transaction;

Result<Response> TakeStaffReport(const Services& services, const Request& request) {
  const json::object& body = request.json.as_object();
  const auto channel = TRY(casework::ParseChannel(TextOf(body, "channel")));
  const auto report = TRY(ReportFrom(body, channel));
  TRY(casework::CheckReport(services.rules, report));
  const auto wanted_team = IdIfAny<vault::TeamId>(body, "team");
  return Create(services, request,
                [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                  const vault::TeamId team =
                      wanted_team ? *wanted_team : TRY(access::IntakeTeam(transaction));
                  const auto taken = TRY(casework::TakeReport(transaction, desk, report, team));
                  json::array items;
                  for (const auto& item : taken.items) items.emplace_back(casework::IdText(item));
                  json::object answer = {{"report", casework::IdText(taken.report)},
                                         {"case", casework::IdText(taken.of)},
                                         {"items", std::move(items)}};
                  if (taken.code) answer["code"] = Shown(taken.code->ToText());
                  return CreatedResponse("/v1/cases/" + casework::IdText(taken.of), answer);
                });
}

Result<Response> ReadReports(const Services& services, const Request& request) {
  return Look(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        json::array reports;
        for (const auto& report : TRY(casework::ReadReports(transaction, desk, CaseOf(request)))) {
          reports.push_back(json::object{{"id", casework::IdText(report.id)},
                                         {"case", casework::IdText(report.of)},
                                         {"channel", casework::ChannelName(report.channel)},
                                         {"reporter", casework::ReporterName(report.reporter)},
                                         {"state", casework::ReportStateName(report.state)},
                                         {"received_at", TimeText(report.received_at)},
                                         {"revision", report.revision},
                                         {"sheet", SheetJson(report.sheet)}});
        }
        return JsonResponse(200, json::object{{"reports", std::move(reports)}});
      });
}

Result<Response> IndexReports(const Services& services, const Request& request) {
  return Change(services, request,
                [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                  TRY(casework::IndexReports(transaction, desk, CaseOf(request)));
                  return NoContentResponse();
                });
}

Result<Response> IndexImported(const Services& services, const Request& request) {
  constexpr int kAtOnce = 100;
  return Change(services, request,
                [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                  const auto left = TRY(casework::IndexImported(transaction, desk, kAtOnce));
                  return JsonResponse(200, json::object{{"left", left}});
                });
}

Result<Response> ConfirmReport(const Services& services, const Request& request) {
  const auto id = IdParameter<casework::ReportId>(request, "report_id");
  return ChangeRevised(
      services, request,
      [&](Transaction& transaction, const Desk& desk, std::int64_t revision) -> Result<Response> {
        TRY(casework::ConfirmReport(transaction, desk, id, revision));
        return NoContentResponse();
      });
}

Result<Response> RefuseReport(const Services& services, const Request& request) {
  const auto id = IdParameter<casework::ReportId>(request, "report_id");
  const std::string reason = TextOf(request.json.as_object(), "reason");
  return ChangeRevised(
      services, request,
      [&](Transaction& transaction, const Desk& desk, std::int64_t revision) -> Result<Response> {
        TRY(casework::RefuseReport(transaction, desk, id, revision, reason));
        return NoContentResponse();
      });
}

Result<Response> ListLikelyDuplicates(const Services& services, const Request& request) {
  const auto limit = static_cast<int>(request.Integer("limit"));
  return Look(services, request,
              [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                const auto cases =
                    TRY(casework::LikelyDuplicates(transaction, desk, CaseOf(request), limit));
                return JsonResponse(200, json::object{{"cases", CaseIdsJson(cases)}});
              });
}

Result<Response> MergeCase(const Services& services, const Request& request) {
  const auto into = IdOf<vault::CaseId>(request.json.as_object(), "into");
  return Change(services, request,
                [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                  TRY(casework::MergeCases(transaction, desk, CaseOf(request), into));
                  return NoContentResponse();
                });
}

}  // namespace

void AddReportRoutes(Api& api, const Services& services) {
  AddRoute(api, services, "takeStaffReport", TakeStaffReport);
  AddRoute(api, services, "readReports", ReadReports);
  AddRoute(api, services, "indexReports", IndexReports);
  AddRoute(api, services, "indexImported", IndexImported);
  AddRoute(api, services, "confirmReport", ConfirmReport);
  AddRoute(api, services, "refuseReport", RefuseReport);
  AddRoute(api, services, "listLikelyDuplicates", ListLikelyDuplicates);
  AddRoute(api, services, "mergeCase", MergeCase);
}

}  // namespace jikimi::http
