// The log: its tree for everybody, a case's entries for who works on it, the centre's for auditors.

#include <boost/json.hpp>
#include <utility>

#include "access/case_keys.h"
#include "casework/case_record.h"
#include "http/fields.h"
#include "http/problem.h"
#include "http/services.h"
#include "http/time_text.h"
#include "log/reader.h"
#include "log/tree.h"

namespace jikimi::http {
namespace {

namespace json = boost::json;
using casework::Desk;
using store::Transaction;

Result<Response> GetCheckpoint(const Services& services, const Request&) {
  return TextResponse(200, TRY(log::Tree(services.database).Checkpoint()));
}

Result<Response> GetLogKey(const Services& services, const Request&) {
  return TextResponse(200, services.log_key.ToText() + "\n");
}

// Whoever knows one of the log's keys follows the notes, which each pair of keys signed.
Result<Response> GetLogSuccessions(const Services& services, const Request&) {
  json::array successions;
  for (const std::string& note : services.log_successions) successions.emplace_back(note);
  return JsonResponse(200, json::object{{"key", services.log_key.ToText()},
                                        {"successions", std::move(successions)}});
}

// "tile/0/x001/067.p/8": the path behind "log/", whose parts the router gave one by one.
Result<Response> GetTile(const Services& services, const Request& request) {
  std::string path = "tile";
  for (const char* part : {"level", "a", "b", "c", "d", "e"}) {
    if (request.Find(part) != nullptr) path += "/" + std::string(request.Text(part));
  }
  const auto tile = log::TileId::Parse(path);
  if (!tile.has_value()) {
    return RequestFault({ErrorCode::kNotFound, "there is no tile " + path});
  }
  const auto bytes = TRY(log::Tree(services.database).Tile(*tile));
  Response response;
  response.content_type = "application/octet-stream";
  if (tile->width == log::kTileWidth) {
    response.headers.Set("Cache-Control", "public, max-age=31536000, immutable");
  }
  response.body.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return response;
}

Result<Response> ProveEntry(const Services& services, const Request& request) {
  const auto number = static_cast<std::uint64_t>(request.Integer("number"));
  return TextResponse(200, TRY(log::Tree(services.database).Prove(number)).ToText());
}

json::object EntryJson(const log::ReadEntry& read) {
  json::object object = {{"digest", read.digest.ToHex()}};
  if (read.number) object["number"] = *read.number;
  if (read.problem) object["problem"] = read.problem->message;
  if (!read.entry) return object;
  const log::Entry& entry = *read.entry;
  json::object fields;
  for (const auto& field : entry.fields) fields[field.name] = field.text;
  object["kind"] = entry.kind.code();
  object["ko"] = entry.kind.Words(log::Language::kKorean);
  object["en"] = entry.kind.Words(log::Language::kEnglish);
  object["at"] = TimeText(entry.at);
  object["role"] = entry.actor.kind == log::ActorRef::Kind::kSurvivor ? "survivor"
                   : entry.actor.kind == log::ActorRef::Kind::kSystem ? "system"
                                                                      : entry.actor.role;
  object["staff_number"] = entry.actor.staff_number;
  object["fields"] = std::move(fields);
  return object;
}

// The cursor's place is a row's number, so it is sealed (log/reader.h).
Result<log::PageRequest> PageOf(const Services& services, const Request& request,
                                const std::string& list) {
  log::PageRequest page;
  page.limit = static_cast<int>(request.Integer("limit"));
  const auto* cursor = request.Find("cursor");
  if (cursor == nullptr) return page;
  const auto place = TRY(services.cursors.Open(list, cursor->get_string()));
  std::uint64_t before = 0;
  for (const std::byte byte : place) before = before << 8 | std::to_integer<std::uint64_t>(byte);
  page.before = log::EntryCursor{static_cast<std::int64_t>(before)};
  return page;
}

Response PageResponse(const Services& services, const std::string& list,
                      const log::EntryPage& page) {
  json::array entries;
  for (const auto& entry : page.entries) entries.push_back(EntryJson(entry));
  json::value next;
  if (page.next) {
    std::array<std::byte, 8> place;
    for (std::size_t i = 0; i < place.size(); ++i) {
      place[i] = std::byte(static_cast<std::uint64_t>(page.next->before) >> (56 - 8 * i));
    }
    next = services.cursors.Seal(list, place);
  }
  return JsonResponse(200,
                      json::object{{"entries", std::move(entries)}, {"next", std::move(next)}});
}

Result<Response> ReadCaseLog(const Services& services, const Request& request) {
  const auto id = IdParameter<vault::CaseId>(request, "case_id");
  const std::string list = "case log\n" + casework::IdText(id) + "\n" + PrincipalOf(request);
  const auto page = PageOf(services, request, list);
  if (!page.has_value()) return Invalids({{"query/cursor", page.error().message}});
  return Look(services, request,
              [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                // Opens the case as the logged act that reading its log is, too.
                TRY(casework::ReadCase(transaction, desk, id));
                const auto opened = TRY(access::OpenCase(transaction, desk.keys, desk.who, id));
                return PageResponse(
                    services, list,
                    TRY(log::ReadCase(transaction, opened.keyring(), opened.pair(), *page)));
              });
}

Result<Response> ReadCentreLog(const Services& services, const Request& request) {
  const std::string list = "centre log\n" + PrincipalOf(request);
  const auto page = PageOf(services, request, list);
  if (!page.has_value()) return Invalids({{"query/cursor", page.error().message}});
  return List(services, request,
              [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                TRY(access::Require(transaction, desk.who, access::Permission::kAuditRead));
                return PageResponse(services, list,
                                    TRY(log::ReadCentre(transaction, *desk.keys.server(), *page)));
              });
}

}  // namespace

void AddLogRoutes(Api& api, const Services& services) {
  AddRoute(api, services, "getCheckpoint", GetCheckpoint);
  AddRoute(api, services, "getLogKey", GetLogKey);
  AddRoute(api, services, "getLogSuccessions", GetLogSuccessions);
  for (const char* tile : {"getTile1", "getTile2", "getTile3", "getTile4", "getTile5"}) {
    AddRoute(api, services, tile, GetTile);
  }
  AddRoute(api, services, "proveEntry", ProveEntry);
  AddRoute(api, services, "readCaseLog", ReadCaseLog);
  AddRoute(api, services, "readCentreLog", ReadCentreLog);
}

}  // namespace jikimi::http
