#include "vault/blind_index.h"

#include "base/bytes.h"
#include "vault/hkdf.h"
#include "vault/normal_text.h"

namespace jikimi::vault {
namespace {

IndexToken Token(const IndexKey& key, std::string_view kind, std::string_view field,
                 std::string_view normal) {
  ByteWriter message;
  for (const auto part : {kind, field, normal}) {
    message.Put(static_cast<std::uint32_t>(part.size()));
    message.PutBytes(AsBytes(part));
  }
  const auto mac = HmacSha256(key.bytes(), message.bytes());
  const unsigned first = std::to_integer<unsigned>(mac[0]) | std::to_integer<unsigned>(mac[1]) << 8;
  return IndexToken(static_cast<std::uint16_t>(first & ((1U << IndexToken::kBits) - 1)));
}

}  // namespace

Result<IndexToken> NameToken(const IndexKey& key, std::string_view field, std::string_view name) {
  const auto normal = TRY(NormalName(name));
  if (normal.empty()) return Error{ErrorCode::kInvalidArgument, "name: is empty"};
  return Token(key, "name", field, normal);
}

Result<IndexToken> TelephoneToken(const IndexKey& key, std::string_view field,
                                  std::string_view number, std::string_view country) {
  return Token(key, "telephone", field, TRY(NormalTelephone(number, country)));
}

}  // namespace jikimi::vault
