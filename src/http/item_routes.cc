// Items.

#include <boost/json.hpp>
#include <utility>

#include "access/destructions.h"
#include "casework/item.h"
#include "casework/schema.h"
#include "casework/withdrawal.h"
#include "http/case_json.h"
#include "http/etag.h"
#include "http/fields.h"
#include "http/problem.h"
#include "http/report_json.h"
#include "http/services.h"
#include "http/time_text.h"

namespace jikimi::http {
namespace {

namespace json = boost::json;
using casework::Desk;
using store::Transaction;

vault::ItemId ItemOf(const Request& request) {
  return IdParameter<vault::ItemId>(request, "item_id");
}

Result<Response> ListItems(const Services& services, const Request& request) {
  const auto limit = static_cast<int>(request.Integer("limit"));
  const std::string list =
      "items\n" + std::string(request.Text("case_id")) + "\n" + PrincipalOf(request);
  std::optional<vault::ItemId> after;
  if (const auto* cursor = request.Find("cursor"); cursor != nullptr) {
    const auto place = services.cursors.Open(list, cursor->get_string());
    if (!place.has_value()) return Invalids({{"query/cursor", place.error().message}});
    after = TRY(casework::ParseId<vault::ItemId>(
        std::string_view(reinterpret_cast<const char*>(place->data()), place->size())));
  }
  return List(services, request,
              [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                const auto items =
                    TRY(casework::ListItems(transaction, desk, CaseOf(request), after, limit));
                json::array shown;
                for (const auto& item : items) shown.push_back(ItemJson(item));
                json::value next;
                if (static_cast<int>(items.size()) == limit) {
                  const std::string place = casework::IdText(items.back().id);
                  next = services.cursors.Seal(list, std::as_bytes(std::span(place)));
                }
                return JsonResponse(
                    200, json::object{{"items", std::move(shown)}, {"next", std::move(next)}});
              });
}

Result<Response> AddItem(const Services& services, const Request& request) {
  const auto item = TRY(ItemFrom(request.json.as_object()));
  TRY(casework::CheckItem(services.rules, item));
  return Create(services, request,
                [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                  const auto id = TRY(casework::AddItem(transaction, desk, CaseOf(request), item));
                  return CreatedResponse("/v1/items/" + casework::IdText(id),
                                         json::object{{"id", casework::IdText(id)}});
                });
}

Result<Response> OpenItem(const Services& services, const Request& request) {
  return Look(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        const auto opened = TRY(casework::ReadItem(transaction, desk, ItemOf(request)));
        json::array marks;
        for (const auto& mark : opened.marks) marks.push_back(MarkJson(mark));
        Response response = JsonResponse(200, json::object{{"item", ItemJson(opened.item)},
                                                           {"sheet", SheetJson(opened.sheet)},
                                                           {"marks", std::move(marks)}});
        response.etag = RevisionTag(opened.item.revision);
        return response;
      });
}

Result<Response> AddMarks(const Services& services, const Request& request) {
  std::vector<casework::NewMark> marks;
  for (const json::value& mark : request.json.as_object().at("marks").as_array()) {
    auto read = MarkFrom(mark.as_object());
    if (!read.has_value()) {
      return Prefixed("marks[" + std::to_string(marks.size()) + "]", read.error());
    }
    marks.push_back(std::move(*read));
  }
  return Create(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        json::array ids;
        for (const auto& id : TRY(casework::AddMarks(transaction, desk, ItemOf(request), marks))) {
          ids.emplace_back(casework::IdText(id));
        }
        return JsonResponse(201, json::object{{"marks", std::move(ids)}});
      });
}

Result<Response> ConfirmItem(const Services& services, const Request& request) {
  return ChangeRevised(
      services, request,
      [&](Transaction& transaction, const Desk& desk, std::int64_t revision) -> Result<Response> {
        const auto state = TRY(casework::ConfirmItem(transaction, desk, ItemOf(request), revision));
        return JsonResponse(200, json::object{{"state", casework::ItemStateName(state)}});
      });
}

Result<Response> RefuseItem(const Services& services, const Request& request) {
  const std::string reason = TextOf(request.json.as_object(), "reason");
  return ChangeRevised(
      services, request,
      [&](Transaction& transaction, const Desk& desk, std::int64_t revision) -> Result<Response> {
        TRY(casework::RefuseItem(transaction, desk, ItemOf(request), revision, reason));
        return NoContentResponse();
      });
}

Result<Response> MakeNegative(const Services& services, const Request& request) {
  const std::string reason = TextOf(request.json.as_object(), "reason");
  return ChangeRevised(
      services, request,
      [&](Transaction& transaction, const Desk& desk, std::int64_t revision) -> Result<Response> {
        TRY(casework::MakeNegative(transaction, desk, ItemOf(request), revision, reason));
        return NoContentResponse();
      });
}

Result<Response> MarkRivals(const Services& services, const Request& request) {
  const auto other = IdOf<vault::ItemId>(request.json.as_object(), "other");
  return Change(services, request,
                [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                  TRY(casework::MarkRivals(transaction, desk, ItemOf(request), other));
                  return NoContentResponse();
                });
}

Result<Response> DestroyItem(const Services& services, const Request& request) {
  const access::CaseEraser eraser = casework::Eraser();
  return Change(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        const auto destroyed =
            TRY(casework::DestroyItem(transaction, desk, ItemOf(request), std::span(&eraser, 1)));
        return JsonResponse(200,
                            json::object{{"keys", destroyed.keys}, {"at", TimeText(destroyed.at)}});
      });
}

}  // namespace

void AddItemRoutes(Api& api, const Services& services) {
  AddRoute(api, services, "listItems", ListItems);
  AddRoute(api, services, "addItem", AddItem);
  AddRoute(api, services, "openItem", OpenItem);
  AddRoute(api, services, "addMarks", AddMarks);
  AddRoute(api, services, "confirmItem", ConfirmItem);
  AddRoute(api, services, "refuseItem", RefuseItem);
  AddRoute(api, services, "makeNegative", MakeNegative);
  AddRoute(api, services, "markRivals", MarkRivals);
  AddRoute(api, services, "destroyItem", DestroyItem);
}

}  // namespace jikimi::http
