#ifndef JIKIMI_VAULT_NORMAL_TEXT_H_
#define JIKIMI_VAULT_NORMAL_TEXT_H_

#include <string>
#include <string_view>

#include "base/result.h"
#include "vault/secret_bytes.h"

namespace jikimi::vault {

// Text as it is compared, in UTF-8. Each refuses (kInvalidArgument, with the byte) what is not
// UTF-8, and text over 4,096 bytes. Unicode as of the installed utf8proc.

// A password: NFKC, so that a Korean password typed on a Mac (NFD) opens on Windows (NFC). Nothing
// else is changed.
Result<SecretBytes> NormalPassword(std::string_view password);

// A word that is remembered and spoken: NFKC, case folded, without white space, hyphens and
// invisible characters.
Result<SecretBytes> NormalWord(std::string_view word);

// A person's name for exact search: as NormalWord().
Result<std::string> NormalName(std::string_view name);

// A number or name that another system gave to a record: NFKC, so that Korean syllables and
// full-width digits are the same however they are written. Nothing is left out.
Result<std::string> NormalReference(std::string_view reference);

// A telephone number as E.164 digits with '+': "010-1234-5678" and "+82 (0)10 1234 5678" are both
// "+821012345678" where `country` (digits of the country prefix) is "82". "00" stands for "+", one
// leading "0" for the country itself. Spaces, hyphens, dots, slashes and brackets are left out,
// full-width digits read; anything else, under 7 or over 15 digits is kInvalidArgument.
Result<std::string> NormalTelephone(std::string_view number, std::string_view country);

}  // namespace jikimi::vault

#endif  // JIKIMI_VAULT_NORMAL_TEXT_H_
