#ifndef JIKIMI_HTTP_IDEMPOTENCY_FORM_H_
#define JIKIMI_HTTP_IDEMPOTENCY_FORM_H_

#include <cstddef>
#include <span>
#include <vector>

#include "base/result.h"
#include "http/response.h"

namespace jikimi::http {

// An answer as bytes, for sealing, and back: version, status, type, tag, headers, body, each text
// behind its length.
std::vector<std::byte> AnswerForm(const Response& response);
Result<Response> ParseAnswer(std::span<const std::byte> form);

}  // namespace jikimi::http

#endif  // JIKIMI_HTTP_IDEMPOTENCY_FORM_H_
