#ifndef JIKIMI_VAULT_SURVIVOR_CODE_H_
#define JIKIMI_VAULT_SURVIVOR_CODE_H_

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "vault/secret_bytes.h"

namespace jikimi::vault {

// What a survivor gets instead of an account: 29 letters and digits, in seven groups of four and a
// check character. The first 8 are the locator, by which her record is found; the next 20 are the
// secret (100 random bits), which is stored nowhere.
class SurvivorCode {
 public:
  static constexpr std::size_t kLocatorSymbols = 8;
  static constexpr std::size_t kSecretSymbols = 20;
  static constexpr std::size_t kSymbols = kLocatorSymbols + kSecretSymbols + 1;

  // Random, both locator and secret. Two may get the same locator (2^40 of them): whoever stores it
  // draws again then.
  static SurvivorCode Generate();
  // Reads what was typed, kindly (code_symbols.h). One wrong character, or two that changed places,
  // is kInvalidArgument at once, without looking anything up: such an answer depends on the text
  // alone. A message never repeats the text.
  static Result<SurvivorCode> Parse(std::string_view text);

  // In plain form: upper case, no hyphens.
  std::string Locator() const;
  // The 20 secret symbols, for deriving keys.
  std::span<const std::byte> secret() const {
    return symbols_.bytes().subspan(kLocatorSymbols, kSecretSymbols);
  }
  SurvivorCode Copy() const { return SurvivorCode(SecretBytes::CopyOf(symbols_.bytes())); }
  // "7QK2-M0XD-…", for showing once.
  SecretBytes ToText() const;

 private:
  explicit SurvivorCode(SecretBytes symbols) : symbols_(std::move(symbols)) {}

  SecretBytes symbols_;  // with the check symbol
};

}  // namespace jikimi::vault

#endif  // JIKIMI_VAULT_SURVIVOR_CODE_H_
