#ifndef JIKIMI_HTTP_OPENAPI_JSON_H_
#define JIKIMI_HTTP_OPENAPI_JSON_H_

#include <string_view>

namespace jikimi::http {

// api/openapi.yaml as JSON. Its definition is made by embed_openapi.py while building.
std::string_view OpenApiJson();

}  // namespace jikimi::http

#endif  // JIKIMI_HTTP_OPENAPI_JSON_H_
