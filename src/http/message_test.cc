// The texts that HTTP is made of: targets, cookies, ranges, encodings, tags, cursors.
#include <gtest/gtest.h>
#include <zlib.h>

#include <string>
#include <vector>

#include "base/bytes.h"
#include "http/base64url.h"
#include "http/cookie.h"
#include "http/cursor.h"
#include "http/encoding.h"
#include "http/etag.h"
#include "http/openapi.h"
#include "http/origin.h"
#include "http/range.h"
#include "http/router.h"
#include "http/target.h"

namespace jikimi::http {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

TEST(TargetTest, IsTakenApartAndDecoded) {
  const auto target = Target::Parse("/cases/a%2Fb/%ED%95%9C?q=a+b%26&q=2&empty=&flag");
  ASSERT_TRUE(target.has_value());
  EXPECT_EQ(target->segments, (std::vector<std::string>{"cases", "a/b", "한"}));
  EXPECT_EQ(target->query, (Pairs{{"q", "a b&"}, {"q", "2"}, {"empty", ""}, {"flag", ""}}));
  EXPECT_TRUE(Target::Parse("/")->segments.empty());
}

class BadTargetTest : public testing::TestWithParam<std::pair<std::string, std::string>> {};
TEST_P(BadTargetTest, IsInvalidArgument) {
  const auto target = Target::Parse(GetParam().second);
  ASSERT_FALSE(target.has_value());
  EXPECT_EQ(target.error().code, ErrorCode::kInvalidArgument);
}
INSTANTIATE_TEST_SUITE_P(
    , BadTargetTest,
    testing::Values(std::pair("Empty", ""), std::pair("NoSlash", "cases"), std::pair("Star", "*"),
                    std::pair("Fragment", "/a#b"), std::pair("Space", "/a b"),
                    std::pair("RawUtf8", "/한"), std::pair("CutEscape", "/a%2"),
                    std::pair("BadEscape", "/a%2g"), std::pair("Nul", "/a%00b"),
                    std::pair("LineEnd", "/a%0d%0ab"), std::pair("Overlong", "/%c0%af"),
                    std::pair("Surrogate", "/%ed%a0%80"), std::pair("CutUtf8", "/%ed%95"),
                    std::pair("EmptyPart", "/a//b"), std::pair("DoubleSlash", "//host/a"),
                    std::pair("SlashAtEnd", "/a/"), std::pair("Dot", "/a/./b"),
                    std::pair("DotDot", "/a/../b"), std::pair("EncodedDotDot", "/a/%2e%2e/b"),
                    std::pair("Backslash", "/a\\b"), std::pair("BadQuery", "/a?b=%ff"),
                    std::pair("BadQueryName", "/a?%zz=1")),
    [](const auto& test) { return test.param.first; });

TEST(TargetTest, WhatIsEncodedDecodesToItself) {
  const std::string text = "a/b?c#d%e 한글\"<>";
  EXPECT_EQ(*PercentDecode(PercentEncode(text)), text);
}

TEST(CookiesTest, AreRead) {
  const auto cookies = Cookies::Parse("a=1; __Host-s=x-y_z;b=\"q\"; a=2");
  ASSERT_TRUE(cookies.has_value());
  EXPECT_EQ(cookies->Find("a"), "1");
  EXPECT_EQ(cookies->Find("__Host-s"), "x-y_z");
  EXPECT_EQ(cookies->Find("b"), "q");
  EXPECT_EQ(cookies->Find("c"), std::nullopt);
}

TEST(CookiesTest, MalformedOnesAreRefused) {
  for (const std::string text :
       {"a", "=b", "a b=c", "a=b c", "a=b,c", "a=\"", "a=\x01", "__Host-s=1; __Host-s=2"}) {
    EXPECT_FALSE(Cookies::Parse(text).has_value()) << text;
  }
}

TEST(CookiesTest, OursAreBoundToTheHostAndTheSite) {
  EXPECT_EQ(HostCookie("session", "abc-_1", std::chrono::seconds(60)),
            "__Host-session=abc-_1; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=60");
  EXPECT_TRUE(ForgetHostCookie("session").ends_with("Max-Age=0"));
}

struct RangeCase {
  std::string name, header;
  RangeRequest::Kind kind;
  std::vector<ByteRange> parts;
};
class RangeTest : public testing::TestWithParam<RangeCase> {};
TEST_P(RangeTest, OfTenBytes) {
  const RangeRequest range = ParseRange(GetParam().header, 10);
  EXPECT_EQ(range.kind, GetParam().kind);
  EXPECT_EQ(range.parts, GetParam().parts);
}
using Kind = RangeRequest::Kind;
INSTANTIATE_TEST_SUITE_P(
    , RangeTest,
    testing::Values(RangeCase{"First", "bytes=0-0", Kind::kParts, {{0, 0}}},
                    RangeCase{"BeyondTheEnd", "bytes=8-99", Kind::kParts, {{8, 9}}},
                    RangeCase{"Open", "bytes=3-", Kind::kParts, {{3, 9}}},
                    RangeCase{"Suffix", "bytes=-3", Kind::kParts, {{7, 9}}},
                    RangeCase{"LongSuffix", "bytes=-30", Kind::kParts, {{0, 9}}},
                    RangeCase{"Several", "bytes=7-8, 0-1 ,,", Kind::kParts, {{7, 8}, {0, 1}}},
                    RangeCase{"OneOutside", "bytes=0-1,20-", Kind::kParts, {{0, 1}}},
                    RangeCase{"Outside", "bytes=10-", Kind::kUnsatisfiable, {}},
                    RangeCase{"EmptySuffix", "bytes=-0", Kind::kUnsatisfiable, {}},
                    RangeCase{"Overlapping", "bytes=0-5,5-6", Kind::kWhole, {}},
                    RangeCase{"Backwards", "bytes=5-4", Kind::kWhole, {}},
                    RangeCase{"OtherUnit", "lines=0-1", Kind::kWhole, {}},
                    RangeCase{"NoNumbers", "bytes=-", Kind::kWhole, {}},
                    RangeCase{"Signed", "bytes=+1-2", Kind::kWhole, {}},
                    RangeCase{"Huge", "bytes=0-99999999999999999999", Kind::kWhole, {}},
                    RangeCase{"Empty", "bytes=", Kind::kWhole, {}},
                    RangeCase{
                        "TooMany",
                        "bytes=0-0,1-1,2-2,3-3,4-4,5-5,6-6,7-7,8-8,9-9,10-10,11-11,12-12,13-13,"
                        "14-14,15-15,16-16",
                        Kind::kWhole,
                        {}}),
    [](const auto& test) { return test.param.name; });

TEST(EmptyBodyRangeTest, OfNothingIsUnsatisfiable) {
  EXPECT_EQ(ParseRange("bytes=0-", 0).kind, Kind::kUnsatisfiable);
  EXPECT_EQ(ParseRange("bytes=-1", 0).kind, Kind::kUnsatisfiable);
}

TEST(EncodingTest, GzipIsTakenWhereItIsAcceptedByName) {
  for (const std::string yes :
       {"gzip", "br, GZIP;q=0.001", "*", "deflate;q=0, *;q=0.5", " gzip "}) {
    EXPECT_TRUE(AcceptsGzip(yes)) << yes;
  }
  for (const std::string no : {"", "br", "gzip;q=0", "gzip;q=0.000", "*;q=0", "gzip;q=0, *",
                               "gzip;q=2", "gzip;x", "gzip;q=1.5", "g zip", "identity"}) {
    EXPECT_FALSE(AcceptsGzip(no)) << no;
  }
}

TEST(EncodingTest, GzipInflatesToTheSame) {
  for (const std::size_t size : {0u, 1u, 100'000u}) {
    const std::string text(size, 'a');
    const std::string packed = Gzip(text);
    std::string plain(size + 1, '\0');
    z_stream stream{};
    ASSERT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = reinterpret_cast<Bytef*>(plain.data());
    stream.avail_out = static_cast<uInt>(plain.size());
    EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
    EXPECT_EQ(plain.substr(0, stream.total_out), text);
    inflateEnd(&stream);
  }
}

Request With(std::string_view name, std::string_view value) {
  Request request;
  request.headers.AddReceived(name, value);
  return request;
}

TEST(EtagTest, AChangeNeedsTheVersionThatWasRead) {
  const std::string current = RevisionTag(17);
  EXPECT_EQ(*ParseRevisionTag(current), 17);
  EXPECT_EQ(RequireMatch(Request(), current)->status, 428);
  EXPECT_EQ(RequireMatch(With("If-Match", "\"r16\""), current)->status, 412);
  EXPECT_EQ(RequireMatch(With("If-Match", "W/\"r17\""), current)->status, 412);
  EXPECT_EQ(RequireMatch(With("If-Match", "*"), current)->status, 412);
  EXPECT_EQ(RequireMatch(With("If-Match", "r17"), current)->status, 400);
  EXPECT_EQ(RequireMatch(With("If-Match", ""), current)->status, 400);
  EXPECT_FALSE(RequireMatch(With("If-Match", "\"r17\""), current).has_value());
  EXPECT_FALSE(RequireMatch(With("if-match", "\"r1\", \"r17\""), current).has_value());
}

TEST(EtagTest, OtherTextsAreNoRevision) {
  for (const std::string text : {"", "\"r\"", "r17", "\"r17", "\"r017\"", "\"r1 7\"", "\"x17\"",
                                 "\"r99999999999999999999\""}) {
    EXPECT_FALSE(ParseRevisionTag(text).has_value()) << text;
  }
}

TEST(EtagTest, NoneMatchComparesWeakly) {
  EXPECT_TRUE(NoneMatchNames(With("If-None-Match", "W/\"a\""), "\"a\""));
  EXPECT_TRUE(NoneMatchNames(With("If-None-Match", "\"b\", \"a\""), "\"a\""));
  EXPECT_TRUE(NoneMatchNames(With("If-None-Match", "*"), "\"a\""));
  EXPECT_FALSE(NoneMatchNames(With("If-None-Match", "\"b\""), "\"a\""));
  EXPECT_FALSE(NoneMatchNames(With("If-None-Match", "\"a"), "\"a\""));
  EXPECT_FALSE(NoneMatchNames(Request(), "\"a\""));
}

TEST(CursorsTest, OpenForTheirListOnly) {
  const auto key = vault::ServerKey::Generate({vault::RecordId<vault::KeyKind::kServer>(), 1});
  const Cursors cursors = Cursors::From(key);
  const std::string cursor = cursors.Seal("queue:intake", AsBytes("2026-07-01 17"));
  const auto place = Cursors::From(key).Open("queue:intake", cursor);
  ASSERT_TRUE(place.has_value());
  EXPECT_TRUE(std::ranges::equal(*place, AsBytes("2026-07-01 17")));
  EXPECT_EQ(*PercentDecode(cursor), cursor);
  EXPECT_FALSE(cursors.Open("queue:other", cursor).has_value());
  for (std::size_t i = 0; i < cursor.size(); ++i) {
    std::string changed = cursor;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(cursors.Open("queue:intake", changed).has_value()) << i;
    EXPECT_FALSE(cursors.Open("queue:intake", cursor.substr(0, i)).has_value()) << i;
  }
  EXPECT_FALSE(cursors.Open("queue:intake", std::string(100'000, 'A')).has_value());
}

TEST(Base64UrlTest, GivesOneTextForEachBytes) {
  for (const std::string text : {"", "a", "ab", "abc", "\xff\xfe\xfd"}) {
    const std::string encoded = ToBase64Url(AsBytes(text));
    EXPECT_TRUE(std::ranges::equal(*FromBase64Url(encoded), AsBytes(text)));
  }
  for (const std::string bad : {"YQ==", "Y", "YR", "a+b/", "YQ\n"}) {
    EXPECT_FALSE(FromBase64Url(bad).has_value()) << bad;
  }
}

struct OriginCase {
  std::string name;
  Method method;
  Pairs headers;
  bool allowed;
};
class OriginTest : public testing::TestWithParam<OriginCase> {};
TEST_P(OriginTest, IsAllowedOrNot) {
  Request request;
  request.method = GetParam().method;
  request.tls = true;
  request.headers.AddReceived("Host", "centre.example");
  for (const auto& [name, value] : GetParam().headers) {
    if (name == "Cookie") request.cookies = *Cookies::Parse(value);
    request.headers.AddReceived(name, value);
  }
  const auto result = CheckOrigin(request, {});
  EXPECT_EQ(result.has_value(), GetParam().allowed);
  if (!result) {
    EXPECT_EQ(result.error().code, ErrorCode::kPermissionDenied);
  }
}
INSTANTIATE_TEST_SUITE_P(
    , OriginTest,
    testing::Values(
        OriginCase{"ProgramWithoutCookies", Method::kPost, {}, true},
        OriginCase{"CookieAlone", Method::kPost, {{"Cookie", "a=b"}}, false},
        OriginCase{"ReadingWithCookie", Method::kGet, {{"Cookie", "a=b"}}, true},
        OriginCase{"OwnPage",
                   Method::kPost,
                   {{"Cookie", "a=b"}, {"Origin", "https://centre.example"}},
                   true},
        OriginCase{"OtherScheme", Method::kPost, {{"Origin", "http://centre.example"}}, false},
        OriginCase{"OtherHost", Method::kPut, {{"Origin", "https://evil.example"}}, false},
        OriginCase{"NullOrigin", Method::kDelete, {{"Origin", "null"}}, false},
        OriginCase{"SameOriginFetch",
                   Method::kPost,
                   {{"Cookie", "a=b"}, {"Sec-Fetch-Site", "same-origin"}},
                   true},
        OriginCase{"SameSiteFetch", Method::kPost, {{"Sec-Fetch-Site", "same-site"}}, false},
        OriginCase{"CrossSiteFetch", Method::kPatch, {{"Sec-Fetch-Site", "cross-site"}}, false},
        OriginCase{"TwoFetchSites",
                   Method::kPost,
                   {{"Sec-Fetch-Site", "same-origin"}, {"Sec-Fetch-Site", "cross-site"}},
                   false},
        OriginCase{"CrossFetchWithOwnOrigin",
                   Method::kPost,
                   {{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://centre.example"}},
                   false}),
    [](const auto& test) { return test.param.name; });

TEST(ListedOriginTest, ListedOriginsAreTheOnlyOnes) {
  Request request;
  request.method = Method::kPost;
  request.headers.AddReceived("Host", "centre.example");
  request.headers.AddReceived("Origin", "https://desk.example");
  const std::vector<std::string> ours = {"https://desk.example"};
  EXPECT_TRUE(CheckOrigin(request, ours).has_value());
  const std::vector<std::string> others = {"https://portal.example"};
  EXPECT_FALSE(CheckOrigin(request, others).has_value());
}

TEST(RouterTest, PrefersFixedPartsAndTakesParameters) {
  Operation list, one, fresh, note;
  Router router;
  ASSERT_TRUE(router.Add(Method::kGet, "/cases", &list).has_value());
  ASSERT_TRUE(router.Add(Method::kGet, "/cases/{id}", &one).has_value());
  ASSERT_TRUE(router.Add(Method::kGet, "/cases/new", &fresh).has_value());
  ASSERT_TRUE(router.Add(Method::kPost, "/cases/{id}/notes/{note}", &note).has_value());
  const auto find = [&](Method method, std::vector<std::string> segments) {
    return router.Find(method, segments);
  };
  EXPECT_EQ(find(Method::kGet, {"cases"}).operation, &list);
  EXPECT_EQ(find(Method::kHead, {"cases"}).operation, &list);
  EXPECT_EQ(find(Method::kGet, {"cases", "new"}).operation, &fresh);
  EXPECT_EQ(find(Method::kGet, {"cases", "a/b"}).parameters, (Pairs{{"id", "a/b"}}));
  // "new" leads nowhere here, so it is an id after all.
  EXPECT_EQ(find(Method::kPost, {"cases", "new", "notes", "7"}).parameters,
            (Pairs{{"id", "new"}, {"note", "7"}}));
  const auto other = find(Method::kDelete, {"cases", "1"});
  EXPECT_EQ(other.operation, nullptr);
  EXPECT_EQ(other.allowed, "GET, HEAD");
  EXPECT_EQ(find(Method::kGet, {"cases", "1", "notes"}).allowed, "");
  EXPECT_EQ(find(Method::kGet, {}).allowed, "");
}

TEST(RouterTest, RefusesMalformedAndDoubledTemplates) {
  Operation operation;
  Router router;
  for (const std::string bad : {"", "cases", "/cases/", "/a//b", "/{", "/{}", "/a{b}", "/{a}{b}"}) {
    const auto added = router.Add(Method::kGet, bad, &operation);
    ASSERT_FALSE(added.has_value()) << bad;
    EXPECT_EQ(added.error().code, ErrorCode::kInvalidArgument);
  }
  ASSERT_TRUE(router.Add(Method::kGet, "/a/{b}", &operation).has_value());
  const auto twice = router.Add(Method::kGet, "/a/{c}", &operation);
  ASSERT_FALSE(twice.has_value());
  EXPECT_EQ(twice.error().code, ErrorCode::kAlreadyExists);
}

}  // namespace
}  // namespace jikimi::http
