#include "vault/context.h"

#include "base/bytes.h"
#include "base/check.h"

namespace jikimi::vault {

std::vector<std::byte> Context::Encode() const {
  CHECK(field.size() <= 0xffff);
  ByteWriter writer;
  writer.Put(static_cast<std::uint16_t>(purpose));
  writer.Put(of.kind);
  writer.PutBytes(of.id);
  writer.Put(about.kind);
  writer.PutBytes(about.id);
  writer.Put(version);
  writer.Put(static_cast<std::uint16_t>(field.size()));
  writer.PutBytes(AsBytes(field));
  return std::move(writer).Take();
}

std::string Context::Describe() const {
  const std::string owner = std::string("of a ") + KeyKindName(static_cast<KeyKind>(of.kind));
  switch (purpose) {
    case Purpose::kField:
      return "field '" + field + "' " + owner;
    case Purpose::kWrappedKey:
      return "wrapped key " + owner;
    case Purpose::kPersonLock:
      return "private half of a person under a password";
    case Purpose::kFileContent:
      return "file";
    case Purpose::kKeyring:
      return "keyring " + owner;
    case Purpose::kRing:
      return "key ring";
    case Purpose::kSession:
      return "session";
    case Purpose::kLogDetail:
      return "detail of a log entry";
  }
  return "sealed bytes";
}

}  // namespace jikimi::vault
