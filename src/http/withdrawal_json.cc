#include "http/withdrawal_json.h"

#include "http/fields.h"
#include "http/time_text.h"

namespace jikimi::http {

namespace json = boost::json;

json::object RetentionJson(const casework::RetentionView& retention) {
  json::object object = {{"rule", retention.rule},
                         {"keeps_against_demand", retention.keeps_against_demand},
                         {"held_until", TimeJson(retention.held_until)}};
  if (retention.ends_on) object["ends_on"] = casework::DayText(*retention.ends_on);
  return object;
}

json::object WithdrawalJson(const casework::WithdrawalAnswer& answer) {
  json::object object = {{"withdrawal", casework::WithdrawalName(answer.withdrawal)},
                         {"destroy_at", TimeJson(answer.destroy_at)},
                         {"consents_ended", answer.consents_ended},
                         {"referrals_revoked", answer.referrals_revoked},
                         {"retention", RetentionJson(answer.retention)}};
  if (answer.receipt_code) object["receipt_code"] = Shown(answer.receipt_code->ToText());
  return object;
}

Result<casework::ContactPlan> ContactPlanFrom(const json::object& object) {
  casework::ContactPlan plan;
  if (const std::string windows = TextOr(object, "windows", ""); !windows.empty()) {
    auto parsed = casework::ContactWindows::Parse(windows);
    if (!parsed.has_value()) return Prefixed("windows", parsed.error());
    plan.windows = std::move(*parsed);
  }
  plan.neutral_text = TextOr(object, "neutral_text", "");
  plan.sheet = SheetOf(object, "sheet");
  return plan;
}

json::object ContactPlanJson(const casework::ContactPlan& plan) {
  return {{"windows", plan.windows.windows().empty() ? "" : plan.windows.ToText()},
          {"neutral_text", plan.neutral_text},
          {"sheet", SheetJson(plan.sheet)}};
}

}  // namespace jikimi::http
