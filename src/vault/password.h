#ifndef JIKIMI_VAULT_PASSWORD_H_
#define JIKIMI_VAULT_PASSWORD_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "vault/keys.h"
#include "vault/sealed.h"

namespace jikimi::vault {

// What one guess costs: Argon2id (RFC 9106, version 1.3) with one lane. Stored beside what it
// protects, so that it can be raised later.
struct Argon2Cost {
  static constexpr std::uint32_t kMinMemoryKib = 128 * 1024;
  static constexpr std::uint32_t kMaxMemoryKib = 2 * 1024 * 1024;
  static constexpr std::uint32_t kMaxPasses = 16;

  std::uint32_t memory_kib = kMinMemoryKib;
  std::uint32_t passes = 3;

  // kInvalidArgument under the minimum or over what a stored form may make this machine spend.
  Result<void> Check() const;

  friend bool operator==(const Argon2Cost&, const Argon2Cost&) = default;
};

inline constexpr std::size_t kArgon2SaltBytes = 16;

// Argon2id of `secret` into `output` (16 bytes at least). `cost` has been checked. Takes the memory
// of its cost for its time; kResourceExhausted when the system refuses it.
Result<void> Argon2id(std::span<const std::byte> secret,
                      std::span<const std::byte, kArgon2SaltBytes> salt, const Argon2Cost& cost,
                      std::span<std::byte> output);

// A person's pair, its private half under a password. The password is the only way to open it: the
// second factor decides who may ask (access), and is never part of a key. What is stored:
// bytes().
class PersonLock {
 public:
  // An empty password, or one that is not UTF-8, is kInvalidArgument; how long it must be is the
  // rule of the caller.
  static Result<PersonLock> Create(const PersonKeyPair& pair, std::string_view password,
                                   const Argon2Cost& cost = {});
  static Result<PersonLock> Parse(std::span<const std::byte> bytes);

  // The pair of `name`. A wrong password is kPermissionDenied.
  Result<PersonKeyPair> Open(const KeyName<KeyKind::kPerson>& name,
                             std::string_view password) const;
  // The same pair under another password; this lock stays as it was.
  Result<PersonLock> ChangePassword(const KeyName<KeyKind::kPerson>& name,
                                    std::string_view old_password, std::string_view new_password,
                                    const Argon2Cost& cost = {}) const;

  const Argon2Cost& cost() const { return cost_; }
  std::vector<std::byte> bytes() const;

 private:
  using Salt = std::array<std::byte, kArgon2SaltBytes>;
  PersonLock(const Argon2Cost& cost, const Salt& salt, SealedUnder<KeyKind::kPassword> sealed)
      : cost_(cost), salt_(salt), sealed_(std::move(sealed)) {}

  Argon2Cost cost_;
  Salt salt_;
  SealedUnder<KeyKind::kPassword> sealed_;
};

}  // namespace jikimi::vault

#endif  // JIKIMI_VAULT_PASSWORD_H_
