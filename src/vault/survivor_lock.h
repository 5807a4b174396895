#ifndef JIKIMI_VAULT_SURVIVOR_LOCK_H_
#define JIKIMI_VAULT_SURVIVOR_LOCK_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "vault/keys.h"
#include "vault/password.h"
#include "vault/survivor_code.h"

namespace jikimi::vault {

// What a survivor chose beside her code. Compared as NormalWord(): case, spaces and hyphens don't
// count. Both are needed, not empty, and different.
struct SurvivorWords {
  std::string_view second;  // opens everything that is hers
  std::string_view duress;  // shows the bare page, and marks her contact unsafe
};

// What is stored about a survivor's code: enough to recognise the code and the words, and the
// public half to which her case is wrapped. Neither code nor words nor her private half stand in
// it.
//
//   code alone          -> CheckCode(): the bare page ("received", "in progress")
//   code + second word  -> OpenWithWord(): her pair, which opens her case
//   code + duress word  -> OpenWithWord(): the same bare page; no pair exists for it
//
// Her pair comes from the code and the word together: neither one, nor this record, opens anything.
class SurvivorLock {
 public:
  enum class Word { kSecond, kDuress };
  struct Opened {
    Word word = Word::kDuress;
    std::optional<SurvivorKeyPair> pair;  // with the second word only
  };
  struct Made;

  // With words; or without, before she chose them: then the code alone gives the pair, by
  // OpenWithoutWord(), until the lock and the case's wrap for her are replaced.
  static Result<Made> Create(const SurvivorCode& code, const KeyName<KeyKind::kSurvivor>& name,
                             const std::optional<SurvivorWords>& words,
                             const Argon2Cost& cost = {});

  // A lock that nothing opens, for a locator that is not known: the same for the same locator and
  // `key`, and it costs the same to try as a lock of `cost`. With it the caller goes the same way
  // for an unknown code as for a wrong one. (Locks that were made at another cost take another
  // time: raising the cost shows which ones are old until their words are chosen anew.)
  static SurvivorLock Decoy(const ServerKey& key, std::string_view locator,
                            const Argon2Cost& cost = {});

  static Result<SurvivorLock> Parse(std::span<const std::byte> bytes);
  std::vector<std::byte> bytes() const;

  // kPermissionDenied, with the same words and in the same time for a wrong, an unknown and a
  // destroyed code.
  Result<void> CheckCode(const SurvivorCode& code) const;

  // Which word it is. Both are compared, always, in constant time, after one Argon2id. A wrong word
  // or a wrong code is kPermissionDenied with the same words.
  Result<Opened> OpenWithWord(const SurvivorCode& code, const KeyName<KeyKind::kSurvivor>& name,
                              std::string_view word) const;

  // kPermissionDenied when words were chosen, or the code is wrong.
  Result<SurvivorKeyPair> OpenWithoutWord(const SurvivorCode& code,
                                          const KeyName<KeyKind::kSurvivor>& name) const;

  bool has_words() const { return has_words_; }

 private:
  using Digest = std::array<std::byte, 32>;
  SurvivorLock() = default;

  bool has_words_ = false;
  Argon2Cost cost_;
  std::array<std::byte, kArgon2SaltBytes> salt_ = {};
  Digest code_digest_ = {};
  Digest second_digest_ = {};
  Digest duress_digest_ = {};
  Digest public_half_ = {};
};

struct SurvivorLock::Made {
  SurvivorLock lock;
  SurvivorKeyPair pair;
};

}  // namespace jikimi::vault

#endif  // JIKIMI_VAULT_SURVIVOR_LOCK_H_
