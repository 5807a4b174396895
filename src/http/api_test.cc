#include "http/api.h"

#include <gtest/gtest.h>

#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "http/basic_routes.h"
#include "http/json.h"

namespace jikimi::http {
namespace {

std::string Describe(std::string_view operations, std::string_view more = "") {
  return R"({"openapi":"3.1.0","paths":{)" + std::string(operations) + R"(},"components":{"x":{})" +
         std::string(more) + "}}";
}

const std::string kProblem =
    R"("default":{"description":"","content":{"application/problem+json":{"schema":{"type":"object"}}}})";

const std::string kCases =
    R"("/cases/{id}":{"put":{"operationId":"changeCase","parameters":[
       {"name":"id","in":"path","required":true,"schema":{"type":"string","format":"id"}},
       {"name":"limit","in":"query","schema":{"type":"integer","minimum":1,"maximum":9,"default":5}},
       {"name":"harm","in":"query","schema":{"type":"array","maxItems":2,"items":{"enum":["a","b"],"type":"string"}}},
       {"name":"draft","in":"query","schema":{"type":"boolean"}},
       {"name":"If-Match","in":"header","schema":{"type":"string"}},
       {"name":"view","in":"cookie","schema":{"type":"string","maxLength":3}}],
      "requestBody":{"required":true,"content":{"application/json":{"schema":{"type":"object","required":["n"],
        "properties":{"n":{"type":"integer"}}}},"text/plain":{}}},
      "responses":{"200":{"description":"","content":{"application/json":{"schema":{"type":"object",
        "required":["ok"],"additionalProperties":false,"properties":{"ok":{"type":"boolean"}}}}}},"204":{"description":""},)" +
    kProblem + "}}}";

const std::string kId = "0123456789abcdef0123456789abcdef";

class ApiTest : public testing::Test {
 protected:
  Response Run(Request request, std::string target = "/cases/" + kId) {
    Api api(*OpenApi::Parse(Describe(kCases)),
            {.origins = {},
             .check_responses = true,
             .failure_log = [this](std::string_view, std::string_view,
                                   const Error& error) { failures_.push_back(error.message); },
             .guard = guard_});
    api.Handle("changeCase", [this](const Request& checked) -> Result<Response> {
      seen_ = checked;
      return answer_;
    });
    EXPECT_TRUE(api.Finish().has_value());
    request.method = Method::kPut;
    request.target = *Target::Parse(target);
    request.reference = "0123456789abcdef";
    const auto match = api.Find(Method::kPut, request.target);
    request.operation = match.operation;
    return api.Run(std::move(request), match.parameters);
  }
  static Request Json(std::string body) {
    Request request;
    request.headers.AddReceived("Content-Type", "Application/JSON; charset=utf-8");
    request.body = std::move(body);
    return request;
  }

  Api::Guard guard_;
  Result<Response> answer_ = JsonResponse(200, {{"ok", true}});
  Request seen_;
  std::vector<std::string> failures_;
};

TEST_F(ApiTest, HandlersGetTypedParametersAndTheBody) {
  Request request = Json(R"({"n":7})");
  request.headers.AddReceived("if-match", "\"r1\"");
  request.headers.AddReceived("Sec-Fetch-Site", "same-origin");
  request.cookies = *Cookies::Parse("view=abc");
  EXPECT_EQ(Run(std::move(request), "/cases/" + kId + "?harm=a&harm=b&draft=true").status, 200);
  EXPECT_EQ(seen_.Text("id"), kId);
  EXPECT_EQ(seen_.Integer("limit"), 5);
  EXPECT_EQ(seen_.Find("harm")->as_array().size(), 2u);
  EXPECT_TRUE(seen_.Find("draft")->as_bool());
  EXPECT_EQ(seen_.Text("If-Match"), "\"r1\"");
  EXPECT_EQ(seen_.Text("view"), "abc");
  EXPECT_EQ(seen_.Find("other"), nullptr);
  EXPECT_EQ(seen_.json.at("n"), 7);
}

struct BadCall {
  std::string name, target, type, body;
  int status;
  std::string pointer;
};
class ApiBadCallTest : public ApiTest, public testing::WithParamInterface<BadCall> {};
TEST_P(ApiBadCallTest, IsRefusedWithItsPlace) {
  Request request;
  if (!GetParam().type.empty()) request.headers.AddReceived("Content-Type", GetParam().type);
  request.body = GetParam().body;
  const Response response = Run(std::move(request), GetParam().target);
  EXPECT_EQ(response.status, GetParam().status) << response.body;
  EXPECT_EQ(response.content_type, "application/problem+json");
  const auto problem = *ParseJson(response.body);
  EXPECT_EQ(problem.at("status"), GetParam().status);
  EXPECT_EQ(problem.at("errors").at(0).at("pointer").as_string(), GetParam().pointer)
      << response.body;
  EXPECT_TRUE(seen_.target.segments.empty()) << "the handler ran";
}
const std::string kPath = "/cases/" + kId;
const std::string kJsonType = "application/json";
INSTANTIATE_TEST_SUITE_P(
    , ApiBadCallTest,
    testing::Values(
        BadCall{"BadId", "/cases/1", kJsonType, R"({"n":1})", 400, "path/id"},
        BadCall{"TooMuch", kPath + "?limit=10", kJsonType, R"({"n":1})", 400, "query/limit"},
        BadCall{"NoInteger", kPath + "?limit=1.0", kJsonType, R"({"n":1})", 400, "query/limit"},
        BadCall{"Space", kPath + "?limit=%201", kJsonType, R"({"n":1})", 400, "query/limit"},
        BadCall{"HugeInteger", kPath + "?limit=99999999999999999999", kJsonType, R"({"n":1})", 400,
                "query/limit"},
        BadCall{"Twice", kPath + "?limit=1&limit=2", kJsonType, R"({"n":1})", 400, "query/limit"},
        BadCall{"NoBoolean", kPath + "?draft=1", kJsonType, R"({"n":1})", 400, "query/draft"},
        BadCall{"NotInList", kPath + "?harm=c", kJsonType, R"({"n":1})", 400, "query/harm/0"},
        BadCall{"LongList", kPath + "?harm=a&harm=b&harm=a", kJsonType, R"({"n":1})", 400,
                "query/harm"},
        BadCall{"Unknown", kPath + "?Limit=1", kJsonType, R"({"n":1})", 400, "query/Limit"},
        BadCall{"NoBody", kPath, "", "", 400, "#"},
        BadCall{"EmptyBody", kPath, kJsonType, "", 400, "#"},
        BadCall{"NoJson", kPath, kJsonType, "{", 400, "#"},
        BadCall{"OtherType", kPath, "application/xml", "<n/>", 415, "header/Content-Type"},
        BadCall{"NoType", kPath, "", "{}", 415, "header/Content-Type"},
        BadCall{"Misfit", kPath, kJsonType, R"({"n":"1"})", 422, "#/n"},
        BadCall{"HugeNumber", kPath, kJsonType, R"({"n":9223372036854775808})", 400, "#"}),
    [](const auto& test) { return test.param.name; });

TEST_F(ApiTest, TheGuardSpeaksFirst) {
  guard_ = [](Request&) -> Result<std::optional<Response>> {
    return std::optional<Response>(Unauthorized("Sign in first."));
  };
  EXPECT_EQ(Run(Json("{"), "/cases/1").status, 401);
  guard_ = [](Request& request) -> Result<std::optional<Response>> {
    request.identity = 42;
    return std::optional<Response>();
  };
  EXPECT_EQ(Run(Json(R"({"n":1})")).status, 200);
  EXPECT_EQ(std::any_cast<int>(seen_.identity), 42);
}

TEST_F(ApiTest, AnExceptionEndsItsRequestOnly) {
  guard_ = [](Request&) -> Result<std::optional<Response>> {
    throw std::runtime_error("planted words");
  };
  const Response response = Run(Json(R"({"n":1})"));
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.body.find("planted"), std::string::npos);
  ASSERT_EQ(failures_.size(), 1u);
  EXPECT_NE(failures_[0].find("planted words"), std::string::npos);
}

TEST_F(ApiTest, APageOfAnotherSiteChangesNothing) {
  Request request = Json(R"({"n":1})");
  request.headers.AddReceived("Origin", "https://evil.example");
  EXPECT_EQ(Run(std::move(request)).status, 403);
  EXPECT_TRUE(seen_.target.segments.empty());
}

TEST_F(ApiTest, AnswersThatAreNotAsDescribedAreFailures) {
  answer_ = JsonResponse(200, {{"ok", 1}});
  EXPECT_EQ(Run(Json(R"({"n":1})")).status, 500);
  answer_ = JsonResponse(202, {{"ok", true}});
  EXPECT_EQ(Run(Json(R"({"n":1})")).status, 500);
  answer_ = TextResponse(200, "x");
  EXPECT_EQ(Run(Json(R"({"n":1})")).status, 500);
  EXPECT_EQ(failures_.size(), 3u);
  answer_ = NoContentResponse();
  EXPECT_EQ(Run(Json(R"({"n":1})")).status, 204);
}

struct ErrorCase {
  ErrorCode code;
  int handler, request;
};
class ErrorTableTest : public ApiTest, public testing::WithParamInterface<ErrorCase> {};
TEST_P(ErrorTableTest, HasItsStatusAndLeaksNothing) {
  answer_ = Error{GetParam().code, "planted words"};
  const Response response = Run(Json(R"({"n":1})"));
  EXPECT_EQ(response.status, GetParam().handler);
  const bool shown = response.body.find("planted words") != std::string::npos;
  EXPECT_EQ(shown, response.status < 500);
  EXPECT_EQ(failures_.size(), shown ? 0u : 1u);
  EXPECT_EQ(response.body.find("0123456789abcdef") != std::string::npos, !shown);
  EXPECT_EQ(response.headers.Has("Retry-After"), response.status == 503);
  EXPECT_EQ(RequestFault({GetParam().code, ""}).status, GetParam().request);
}
INSTANTIATE_TEST_SUITE_P(, ErrorTableTest,
                         testing::Values(ErrorCase{ErrorCode::kInvalidArgument, 422, 422},
                                         ErrorCase{ErrorCode::kNotFound, 404, 404},
                                         ErrorCase{ErrorCode::kAlreadyExists, 409, 409},
                                         ErrorCase{ErrorCode::kStale, 412, 412},
                                         ErrorCase{ErrorCode::kPermissionDenied, 403, 403},
                                         ErrorCase{ErrorCode::kUnsupported, 415, 415},
                                         ErrorCase{ErrorCode::kCorrupt, 500, 422},
                                         ErrorCase{ErrorCode::kResourceExhausted, 507, 413},
                                         ErrorCase{ErrorCode::kUnavailable, 503, 503},
                                         ErrorCase{ErrorCode::kInterrupted, 503, 503},
                                         ErrorCase{ErrorCode::kInternal, 500, 500}),
                         [](const auto& test) {
                           return std::string(ErrorCodeName(test.param.code));
                         });

TEST(ApiFinishTest, WantsAHandlerForEachOperationAndBack) {
  Api api(*OpenApi::Parse(Describe(kCases)), {});
  api.Handle("other", [](const Request&) -> Result<Response> { return NoContentResponse(); });
  const auto finished = api.Finish();
  ASSERT_FALSE(finished.has_value());
  EXPECT_EQ(finished.error().message,
            "the API's description and its handlers differ: no handler for changeCase; not "
            "described: other");
}

class BadDescriptionTest : public testing::TestWithParam<std::pair<std::string, std::string>> {};
TEST_P(BadDescriptionTest, IsRefused) {
  const auto parsed = OpenApi::Parse(GetParam().second);
  ASSERT_FALSE(parsed.has_value());
  EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidArgument);
}
std::string OneGet(std::string_view inside) {
  return Describe(R"("/a/{b}":{"get":{"operationId":"x",)" + std::string(inside) +
                  R"("responses":{)" + kProblem + "}}}");
}
const std::string kB = R"({"name":"b","in":"path","required":true,"schema":{"type":"string"}})";
INSTANTIATE_TEST_SUITE_P(
    , BadDescriptionTest,
    testing::Values(
        std::pair("NoJson", "x"), std::pair("NoPaths", R"({"openapi":"3.1.0"})"),
        std::pair("OldVersion", R"({"openapi":"3.0.3","paths":{}})"),
        std::pair("NoId", Describe(R"("/a":{"get":{"responses":{}}})")),
        std::pair("Trace", Describe(R"("/a":{"trace":{"operationId":"x","responses":{}}})")),
        std::pair("PathParameterMissing", OneGet("")),
        std::pair(
            "PathParameterUnknown",
            OneGet(R"("parameters":[)" + kB +
                   R"(,{"name":"c","in":"path","required":true,"schema":{"type":"string"}}],)")),
        std::pair("PathParameterOptional",
                  OneGet(R"("parameters":[{"name":"b","in":"path","schema":{"type":"string"}}],)")),
        std::pair("ParameterTwice", OneGet(R"("parameters":[)" + kB + "," + kB + "],")),
        std::pair("ObjectParameter",
                  OneGet(R"("parameters":[)" + kB +
                         R"(,{"name":"c","in":"query","schema":{"type":"object"}}],)")),
        std::pair(
            "StyledParameter",
            OneGet(
                R"("parameters":[)" + kB +
                R"(,{"name":"c","in":"query","style":"pipeDelimited","schema":{"type":"string"}}],)")),
        std::pair("UnknownKey", OneGet(R"("parameters":[)" + kB + R"(],"callbacks":{},)")),
        std::pair("UnknownExtension", OneGet(R"("parameters":[)" + kB + R"(],"x-more":1,)")),
        std::pair("UnknownSecurity",
                  OneGet(R"("parameters":[)" + kB + R"(],"security":[{"nothing":[]}],)")),
        std::pair("BodyOfGet",
                  OneGet(R"("parameters":[)" + kB + R"(],"requestBody":{"content":{"a/b":{}}},)"))),
    [](const auto& test) { return test.param.first; });

TEST(EmbeddedDescriptionTest, IsReadAndServedByTheBasicRoutes) {
  auto description = OpenApi::Embedded();
  ASSERT_TRUE(description.has_value()) << description.error().message;
  std::set<std::string> names;
  for (const auto& operation : description->operations()) names.insert(operation->id);
  Api api(*std::move(description),
          {.origins = {}, .check_responses = true, .failure_log = nullptr, .guard = nullptr});
  Metrics metrics;
  bool ready = true;
  AddBasicRoutes(api, metrics, {{"database", [&]() -> Result<void> {
                                   if (ready) return {};
                                   return Error{ErrorCode::kUnavailable, "planted"};
                                 }}});
  for (const std::string& name : names) {
    if (name == "getHealth" || name == "getReadiness" || name == "getMetrics" ||
        name == "getDescription") {
      continue;
    }
    api.Handle(name, [](const Request&) -> Result<Response> { return NoContentResponse(); });
  }
  ASSERT_TRUE(api.Finish().has_value());
  const auto get = [&](std::string_view path) {
    Request request;
    request.target = *Target::Parse(path);
    const auto match = api.Find(Method::kGet, request.target);
    request.operation = match.operation;
    return api.Run(std::move(request), match.parameters);
  };
  EXPECT_EQ(get("/healthz").status, 200);
  EXPECT_EQ(get("/metrics").status, 200);
  EXPECT_EQ(get("/readyz").status, 200);
  ready = false;
  const Response missing = get("/readyz");
  EXPECT_EQ(missing.status, 503);
  EXPECT_EQ(missing.body.find("planted"), std::string::npos);
  const Response description_again = get("/openapi.json");
  EXPECT_EQ(description_again.status, 200);
  EXPECT_TRUE(OpenApi::Parse(description_again.body).has_value());
}

}  // namespace
}  // namespace jikimi::http
