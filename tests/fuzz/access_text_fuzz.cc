// What people type when they come in, and what a browser answers: names and codes have one form,
// and nothing that no authenticator signed is a passkey.
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "access/enrolment.h"
#include "access/journal.h"
#include "access/passkey.h"
#include "access/roles.h"
#include "base/check.h"
#include "vault/code_symbols.h"
#include "vault/session.h"

namespace jikimi::access {
namespace {

void ReadWords(std::string_view text) {
  if (const auto role = ParseRole(text); role) CHECK(RoleCode(*role) == text);
  if (const auto may = ParsePermission(text); may) CHECK(PermissionCode(*may) == text);
  if (const auto scope = ParseScope(text); scope) CHECK(ScopeCode(*scope) == text);
  if (const auto kind = ParseGoneKind(text); kind) CHECK(GoneKindCode(*kind) == text);
  if (const auto name = NormalSignInName(text); name) {
    CHECK(name->size() >= 2 && name->size() <= 64);
    const auto again = NormalSignInName(*name);
    CHECK(again && *again == *name);
    CHECK(!CheckPassword(std::string("long enough ") + *name, *name).has_value());
  }
  if (CheckPassword(text, "sign.in.name")) CHECK(text.size() >= 12 && text.size() <= 1024);
  if (const auto symbols = vault::ReadSymbols("a code", text, 30); symbols) {
    const auto written = vault::SymbolText(symbols->bytes());
    const std::string plain(reinterpret_cast<const char*>(written.bytes().data()), written.size());
    const auto again = vault::ReadSymbols("a code", plain, 30);
    CHECK(again && vault::EqualInConstantTime(again->bytes(), symbols->bytes()));
  }
  if (const auto cookie = vault::SessionSecret::Parse(text); cookie) {
    CHECK(text.size() == vault::SessionSecret::kTextBytes);
  }
}

// The parts stand behind their length, two bytes each.
std::span<const std::byte> TakePart(std::span<const std::byte>& rest) {
  if (rest.size() < 2) return {};
  const std::size_t size =
      std::to_integer<std::size_t>(rest[0]) * 256 + std::to_integer<std::size_t>(rest[1]);
  rest = rest.subspan(2);
  const auto part = rest.first(std::min(size, rest.size()));
  rest = rest.subspan(part.size());
  return part;
}

void AnswerForged(std::span<const std::byte> bytes) {
  static const PasskeySite site{"centre.example", "https://centre.example"};
  static const PasskeyChallenge challenge = vault::RandomArray<32>();
  static const Passkey passkey{std::vector<std::byte>(16), -7, std::vector<std::byte>(64), 0};
  const auto first = TakePart(bytes);
  const auto second = TakePart(bytes);
  const auto third = TakePart(bytes);
  CHECK(!CheckPasskeyRegistration(site, challenge, {first, second}).has_value());
  CHECK(!CheckPasskeyAssertion(site, challenge, passkey,
                               {passkey.credential_id, first, second, third})
             .has_value());
}

}  // namespace
}  // namespace jikimi::access

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jikimi::access;
  ReadWords({reinterpret_cast<const char*>(data), size});
  AnswerForged(std::as_bytes(std::span(data, size)));
  return 0;
}
