// A database URL with a password planted in it: whatever becomes of the URL, no message and no name
// shows the password.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "store/postgresql_url.h"
#include "store/utf8.h"

using jikimi::store::FindBadText;
using jikimi::store::PostgresqlUrl;
using jikimi::store::Utf8Prefix;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string planted = "Pl4nted";
  const std::string text(reinterpret_cast<const char*>(data + 1), size - 1);
  // The password's neighbours are anything: a wrong '@', '/', '%', ',' or '?'.
  const std::size_t cut = std::min<std::size_t>(data[0], text.size());
  const std::string url =
      "postgresql://u:" + text.substr(0, cut) + planted + text.substr(cut) + "@h/d";
  const auto parsed = PostgresqlUrl::Parse(url);
  if (!parsed) {
    CHECK(parsed.error().message.find(planted) == std::string::npos);
  } else if (parsed->name().find(planted) != std::string::npos) {
    // Only where it is no password at all: the URL has no '@' that could end one.
    CHECK(false);
  }

  const std::size_t bad = FindBadText(text);
  CHECK(bad <= text.size());
  const std::string good = text.substr(0, bad);
  CHECK(FindBadText(good) == good.size());
  for (std::size_t most = 0; most <= good.size() && most < 64; ++most) {
    const std::string_view prefix = Utf8Prefix(good, most);
    CHECK(prefix.size() <= most && FindBadText(prefix) == prefix.size());
  }
  return 0;
}
