#include "vault/password.h"

#include <sodium.h>

#include <algorithm>
#include <string>

#include "base/bytes.h"
#include "vault/forms.h"
#include "vault/normal_text.h"
#include "vault/sodium_bytes.h"

namespace jikimi::vault {
namespace {

constexpr const char* kWhat = "person's lock";

// The bytes before the sealed half: what the password is hashed with.
std::vector<std::byte> Header(const Argon2Cost& cost, std::span<const std::byte> salt) {
  ByteWriter writer;
  writer.Put(static_cast<std::uint8_t>(Form::kPersonLock));
  writer.Put(kFormVersion);
  writer.Put(std::uint16_t{0});
  writer.Put(cost.memory_kib);
  writer.Put(cost.passes);
  writer.PutBytes(salt);
  return std::move(writer).Take();
}

// Binds the lock to the person and to its own cost and salt.
Context LockContext(const KeyName<KeyKind::kPerson>& name, std::span<const std::byte> header) {
  return {.purpose = Purpose::kPersonLock,
          .of = name.owner,
          .about = {},
          .field = std::string(reinterpret_cast<const char*>(header.data()), header.size()),
          .version = name.version};
}

Result<PasswordKey> KeyFromPassword(std::string_view password,
                                    std::span<const std::byte, kArgon2SaltBytes> salt,
                                    const Argon2Cost& cost) {
  const auto normal = TRY(NormalPassword(password));
  if (normal.empty()) return Error{ErrorCode::kInvalidArgument, "password: is empty"};
  WipedArray<kKeyBytes> key;
  TRY(Argon2id(normal.bytes(), salt, cost, key.bytes()));
  return PasswordKey::FromBytes({}, key.bytes());
}

}  // namespace

Result<void> Argon2Cost::Check() const {
  if (memory_kib < kMinMemoryKib || memory_kib > kMaxMemoryKib) {
    return Error{ErrorCode::kInvalidArgument,
                 "Argon2id: " + std::to_string(memory_kib) + " KiB of memory is not in " +
                     std::to_string(kMinMemoryKib) + " to " + std::to_string(kMaxMemoryKib)};
  }
  if (passes < 1 || passes > kMaxPasses) {
    return Error{ErrorCode::kInvalidArgument, "Argon2id: " + std::to_string(passes) +
                                                  " passes is not in 1 to " +
                                                  std::to_string(kMaxPasses)};
  }
  return {};
}

Result<void> Argon2id(std::span<const std::byte> secret,
                      std::span<const std::byte, kArgon2SaltBytes> salt, const Argon2Cost& cost,
                      std::span<std::byte> output) {
  TRY(cost.Check());
  if (crypto_pwhash(Raw(output), output.size(), reinterpret_cast<const char*>(Raw(secret)),
                    secret.size(), Raw(salt), cost.passes, std::size_t{cost.memory_kib} * 1024,
                    crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return Error{ErrorCode::kResourceExhausted, "Argon2id: the system has no " +
                                                    std::to_string(cost.memory_kib / 1024) +
                                                    " MiB of memory for it now"};
  }
  return {};
}

Result<PersonLock> PersonLock::Create(const PersonKeyPair& pair, std::string_view password,
                                      const Argon2Cost& cost) {
  TRY(cost.Check());
  const auto salt = RandomArray<kArgon2SaltBytes>();
  const auto key = TRY(KeyFromPassword(password, salt, cost));
  return PersonLock(
      cost, salt,
      Seal(key, LockContext(pair.name(), Header(cost, salt)), pair.private_half(), Padding::kNone));
}

Result<PersonLock> PersonLock::Parse(std::span<const std::byte> bytes) {
  ByteReader reader(bytes);
  TRY(TakeForm(reader, Form::kPersonLock, kWhat));
  if (TRY(reader.Take<std::uint16_t>()) != 0) {
    return Error{ErrorCode::kCorrupt, std::string(kWhat) + ": bytes 2 and 3 are not zero"};
  }
  Argon2Cost cost;
  cost.memory_kib = TRY(reader.Take<std::uint32_t>());
  cost.passes = TRY(reader.Take<std::uint32_t>());
  if (const auto checked = cost.Check(); !checked) {
    return Error{ErrorCode::kCorrupt, std::string(kWhat) + ": " + checked.error().message};
  }
  Salt salt;
  const auto salt_bytes = TRY(reader.TakeBytes(salt.size()));
  std::copy(salt_bytes.begin(), salt_bytes.end(), salt.begin());
  const auto sealed_bytes = TRY(reader.TakeBytes(reader.remaining()));
  if (sealed_bytes.size() != internal::kUnderOverhead + kKeyBytes) {
    return Error{ErrorCode::kCorrupt,
                 std::string(kWhat) + ": has the wrong length, " + std::to_string(bytes.size())};
  }
  auto sealed = TRY(SealedUnder<KeyKind::kPassword>::Parse(sealed_bytes));
  return PersonLock(cost, salt, std::move(sealed));
}

Result<PersonKeyPair> PersonLock::Open(const KeyName<KeyKind::kPerson>& name,
                                       std::string_view password) const {
  const auto key = TRY(KeyFromPassword(password, salt_, cost_));
  const auto half = vault::Open(key, LockContext(name, Header(cost_, salt_)), sealed_);
  if (!half && half.error().code == ErrorCode::kPermissionDenied) {
    return Error{ErrorCode::kPermissionDenied, "password: is not the right one"};
  }
  if (!half) return half.error();
  if (half->size() != kKeyBytes) {
    return Error{ErrorCode::kCorrupt, std::string(kWhat) + ": holds no private half"};
  }
  return PersonKeyPair::FromPrivateHalf(name, std::span<const std::byte, kKeyBytes>(half->bytes()));
}

Result<PersonLock> PersonLock::ChangePassword(const KeyName<KeyKind::kPerson>& name,
                                              std::string_view old_password,
                                              std::string_view new_password,
                                              const Argon2Cost& cost) const {
  const auto pair = TRY(Open(name, old_password));
  return Create(pair, new_password, cost);
}

std::vector<std::byte> PersonLock::bytes() const {
  auto bytes = Header(cost_, salt_);
  bytes.insert(bytes.end(), sealed_.bytes().begin(), sealed_.bytes().end());
  return bytes;
}

}  // namespace jikimi::vault
