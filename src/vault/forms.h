#ifndef JIKIMI_VAULT_FORMS_H_
#define JIKIMI_VAULT_FORMS_H_

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace jikimi::vault {

// The first byte of each stored form of this room; the second is the form's version. The numbers
// never change their meaning (doc/vault.md).
enum class Form : std::uint8_t {
  kSealedUnder = 1,
  kSealedTo = 2,
  kPersonLock = 3,
  kFile = 4,
  kShare = 5,
  kSurvivorLock = 6,
  kKeyring = 7,
  kPublicKey = 8,
  kEpochRing = 9,
  kServerKeys = 10,
  kSplitRecord = 11,
};
inline constexpr std::uint8_t kFormVersion = 1;

// Takes the two bytes that start `form`. Another form is kCorrupt, a version that this program
// doesn't know kUnsupported; `what` names the form in the message.
Result<void> TakeForm(ByteReader& reader, Form form, std::string_view what);

// Refuses bytes after the end of a form.
Result<void> CheckEnd(const ByteReader& reader, std::string_view what);

}  // namespace jikimi::vault

#endif  // JIKIMI_VAULT_FORMS_H_
