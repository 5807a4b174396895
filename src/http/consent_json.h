#ifndef JIKIMI_HTTP_CONSENT_JSON_H_
#define JIKIMI_HTTP_CONSENT_JSON_H_

#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "access/consent.h"
#include "base/clock.h"
#include "base/result.h"

// Consents and overrides as the API writes them (schemas ConsentChoice, Consent and Override).
namespace jikimi::http {

std::string ConsentIdText(access::ConsentId id);
Result<access::ConsentId> ParseConsentId(std::string_view text);

// `from` is `now` where the body has none.
Result<access::ConsentChoice> ChoiceFrom(const boost::json::object& object, Timestamp now);
access::FieldCodes FieldsFrom(const boost::json::object& object, std::string_view name);
Result<access::ConsentGiven> ParseConsentGiven(std::string_view code);
std::string_view ConsentGivenCode(access::ConsentGiven given);
std::string_view BasisCode(access::Basis basis);

boost::json::object ConsentJson(const access::Consent& consent);
boost::json::object OverrideJson(const access::Override& decided);

}  // namespace jikimi::http

#endif  // JIKIMI_HTTP_CONSENT_JSON_H_
