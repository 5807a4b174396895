#include "http/report_json.h"

#include <string>
#include <utility>

#include "http/fields.h"
#include "http/time_text.h"
#include "vault/base64.h"

namespace jikimi::http {
namespace {

namespace json = boost::json;

std::string Place(std::string_view list, std::size_t index) {
  return std::string(list) + "[" + std::to_string(index) + "]";
}

template <typename Value, typename Read>
Result<std::vector<Value>> ListFrom(const json::object& object, std::string_view name, Read read) {
  std::vector<Value> values;
  const auto* list = object.if_contains(name);
  if (list == nullptr) return values;
  const json::array& array = list->as_array();
  for (std::size_t i = 0; i < array.size(); ++i) {
    auto value = read(array[i].as_object());
    if (!value.has_value()) return Prefixed(Place(name, i), value.error());
    values.push_back(std::move(*value));
  }
  return values;
}

casework::AlteredRegion RegionFrom(const json::object& object) {
  const auto edge = [&](std::string_view name) {
    return static_cast<int>(IntegerOf(object, name));  // 0 to 1000 by the schema
  };
  return {edge("left"), edge("top"), edge("right"), edge("bottom")};
}

json::object RegionJson(const casework::AlteredRegion& region) {
  return {{"left", region.left},
          {"top", region.top},
          {"right", region.right},
          {"bottom", region.bottom}};
}

}  // namespace

Result<casework::TriageAnswers> AnswersFrom(const json::object& object, std::string_view name) {
  casework::TriageAnswers answers;
  const auto* list = object.if_contains(name);
  if (list == nullptr) return answers;
  for (const auto& [question, answer] : list->as_object()) {
    answers[std::string(question)] = TRY(casework::ParseAnswer(answer.as_string()));
  }
  return answers;
}

json::object AnswersJson(const casework::TriageAnswers& answers) {
  json::object object;
  for (const auto& [question, answer] : answers) object[question] = casework::AnswerName(answer);
  return object;
}

Result<casework::NewMark> MarkFrom(const json::object& object) {
  casework::NewMark mark;
  mark.kind = TRY(casework::ParseMarkKind(TextOf(object, "kind")));
  mark.place = TextOr(object, "place", "");
  const auto* url = object.if_contains("url");
  const auto* fingerprint = object.if_contains("fingerprint");
  if ((mark.kind == casework::MarkKind::kUrl) != (url != nullptr) ||
      (url == nullptr) == (fingerprint == nullptr)) {
    return Error{ErrorCode::kInvalidArgument,
                 "a mark of kind url has `url`, every other one has `fingerprint`"};
  }
  if (url != nullptr) {
    const auto bytes = std::as_bytes(std::span(url->get_string().data(), url->get_string().size()));
    mark.bytes.assign(bytes.begin(), bytes.end());
  } else {
    mark.bytes = TRY(vault::FromBase64(fingerprint->get_string()));
  }
  return mark;
}

Result<casework::NewItem> ItemFrom(const json::object& object) {
  casework::NewItem item;
  item.kind = TRY(casework::ParseItemKind(TextOf(object, "kind")));
  item.sheet = SheetOf(object, "sheet");
  item.marks = TRY(ListFrom<casework::NewMark>(object, "marks", MarkFrom));
  item.fabricated = TruthOr(object, "fabricated", false);
  if (const auto* altered = object.if_contains("altered"); altered != nullptr) {
    item.altered = RegionFrom(altered->as_object());
  }
  return item;
}

Result<casework::NewReport> ReportFrom(const json::object& object, casework::Channel channel) {
  casework::NewReport report;
  report.channel = channel;
  report.reporter = TRY(casework::ParseReporter(TextOf(object, "reporter")));
  report.harms = TextsOf(object, "harms");
  report.sheet = SheetOf(object, "sheet");
  report.triage = TRY(AnswersFrom(object, "triage"));
  report.items = TRY(ListFrom<casework::NewItem>(object, "items", ItemFrom));
  report.minor = TRY(casework::ParseMinorState(TextOr(object, "minor", "unknown")));
  report.neutral_text = TextOr(object, "neutral_text", "");
  return report;
}

json::object ItemJson(const casework::Item& item) {
  json::object object = {{"id", casework::IdText(item.id)},
                         {"case", casework::IdText(item.of)},
                         {"kind", casework::ItemKindName(item.kind)},
                         {"state", casework::ItemStateName(item.state)},
                         {"fabricated", item.fabricated},
                         {"needs_second", item.needs_second},
                         {"registered_at", TimeText(item.registered_at)},
                         {"revision", item.revision}};
  if (item.altered) object["altered"] = RegionJson(*item.altered);
  if (!item.negative_reason.empty()) object["negative_reason"] = item.negative_reason;
  return object;
}

json::object MarkJson(const casework::Mark& mark) {
  json::object object = {{"id", casework::IdText(mark.id)},
                         {"kind", casework::MarkKindName(mark.kind)}};
  if (!mark.place.empty()) object["place"] = mark.place;
  if (mark.kind == casework::MarkKind::kUrl) {
    object["url"] =
        std::string(reinterpret_cast<const char*>(mark.bytes.data()), mark.bytes.size());
  } else {
    object["fingerprint"] = vault::ToBase64(mark.bytes);
  }
  return object;
}

}  // namespace jikimi::http
