#ifndef JIKIMI_VAULT_CODE_SYMBOLS_H_
#define JIKIMI_VAULT_CODE_SYMBOLS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"
#include "vault/secret_bytes.h"

namespace jikimi::vault {

// Codes that people read out, write down and type: symbols of five bits in Crockford's alphabet
// (0-9 and A-Z without I, L, O, U), with a check symbol.

// The symbols' text, one character each; `symbols` are 0 to 31.
SecretBytes SymbolText(std::span<const std::byte> symbols);

// The symbols of `text`, which is read kindly: either case, O as 0, I and L as 1, full-width
// characters as plain ones; spaces, line ends, hyphens and dashes are left out. Anything else, or
// more than `max_symbols`, is kInvalidArgument that names the place and never the text.
Result<SecretBytes> ReadSymbols(std::string_view what, std::string_view text,
                                std::size_t max_symbols);

// The symbol that makes `symbols` followed by it a codeword: sum of a^i * c_i = 0 over GF(32), with
// a a generator. Up to 30 symbols, every single wrong symbol and every swap of two different
// symbols, neighbours or not, breaks the codeword; any other change does with 31/32.
std::byte CheckSymbol(std::span<const std::byte> symbols);
bool IsCodeword(std::span<const std::byte> symbols_and_check);

// Bytes as symbols, most significant bit first, the last one filled with zero bits; and back, for a
// whole number of bytes.
SecretBytes SymbolsOfBytes(std::span<const std::byte> bytes);
SecretBytes BytesOfSymbols(std::span<const std::byte> symbols);

}  // namespace jikimi::vault

#endif  // JIKIMI_VAULT_CODE_SYMBOLS_H_
