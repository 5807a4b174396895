#ifndef JIKIMI_HTTP_WITHDRAWAL_JSON_H_
#define JIKIMI_HTTP_WITHDRAWAL_JSON_H_

#include <boost/json.hpp>

#include "base/result.h"
#include "casework/contact.h"
#include "casework/withdrawal.h"

// What the portal and the desk show alike of withdrawal, retention and safe contact.
namespace jikimi::http {

boost::json::object RetentionJson(const casework::RetentionView& retention);
boost::json::object WithdrawalJson(const casework::WithdrawalAnswer& answer);

Result<casework::ContactPlan> ContactPlanFrom(const boost::json::object& object);
boost::json::object ContactPlanJson(const casework::ContactPlan& plan);

}  // namespace jikimi::http

#endif  // JIKIMI_HTTP_WITHDRAWAL_JSON_H_
