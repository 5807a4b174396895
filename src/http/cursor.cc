#include "http/cursor.h"

#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "http/base64url.h"
#include "vault/hkdf.h"
#include "vault/sealed.h"

namespace jikimi::http {
namespace {

constexpr std::size_t kMaxPlaceBytes = 1000;
constexpr std::size_t kMaxTextBytes = 2000;

// The context binds the list by its digest, since its filters may be longer than a context holds.
vault::Context ContextOf(const vault::SessionKey& key, std::string_view list) {
  vault::Context context{.purpose = vault::Purpose::kSession, .of = key.name().owner};
  const auto digest = vault::Sha256(AsBytes(list));
  context.field = "http.cursor.";
  context.field.append(reinterpret_cast<const char*>(digest.data()), digest.size());
  return context;
}

}  // namespace

Cursors::Cursors(vault::SessionKey key) : key_(std::move(key)) {}

Cursors Cursors::From(const vault::ServerKey& key) {
  vault::WipedArray<vault::kKeyBytes> bytes;
  vault::HkdfSha256(key.bytes(), {}, AsBytes("jikimi.http.cursor-key.1"), bytes.bytes());
  return Cursors(vault::SessionKey::FromBytes(
      {vault::SessionId(key.name().owner.bytes()), key.name().version}, bytes.bytes()));
}

std::string Cursors::Seal(std::string_view list, std::span<const std::byte> place) const {
  CHECK(place.size() <= kMaxPlaceBytes);
  return ToBase64Url(vault::Seal(key_, ContextOf(key_, list), place).bytes());
}

Result<std::vector<std::byte>> Cursors::Open(std::string_view list, std::string_view cursor) const {
  const Error bad{ErrorCode::kInvalidArgument,
                  "is not a cursor of this list: begin the list anew without one"};
  if (cursor.size() > kMaxTextBytes) return bad;
  const auto bytes = FromBase64Url(cursor);
  if (!bytes) return bad;
  const auto sealed = vault::SealedUnder<vault::KeyKind::kSession>::Parse(*bytes);
  if (!sealed) return bad;
  const auto place = vault::Open(key_, ContextOf(key_, list), *sealed);
  if (!place) return bad;
  return std::vector<std::byte>(place->bytes().begin(), place->bytes().end());
}

}  // namespace jikimi::http
