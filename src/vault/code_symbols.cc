#include "vault/code_symbols.h"

#include <utf8proc.h>

#include <string>

#include "base/check.h"

namespace jikimi::vault {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kMaxCodeword = 31;  // the order of the generator

// GF(2^5) with x^5 + x^2 + 1; x is a generator. No table, no branch on the value.
constexpr unsigned TimesGenerator(unsigned value) {
  return (value << 1 ^ ((0U - (value >> 4 & 1U)) & 0x25U)) & 31U;
}

// Sum of a^i * c_i by Horner's rule from the last symbol.
unsigned Syndrome(std::span<const std::byte> symbols) {
  unsigned sum = 0;
  for (auto symbol = symbols.rbegin(); symbol != symbols.rend(); ++symbol) {
    sum = TimesGenerator(sum) ^ (std::to_integer<unsigned>(*symbol) & 31U);
  }
  return sum;
}

bool IsLeftOut(utf8proc_int32_t code) {
  const auto category = utf8proc_category(code);
  return code == '\n' || code == '\r' || code == '\t' || code == 0x2212 ||  // minus sign
         code == 0x30fc ||  // a long-vowel mark, which Japanese keyboards give for '-'
         category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_PD ||
         category == UTF8PROC_CATEGORY_CF;
}

// The symbol of a character, or -1.
int SymbolOf(utf8proc_int32_t code) {
  if (code >= 0xff01 && code <= 0xff5e) code -= 0xff00 - 0x20;  // full width
  if (code >= 'a' && code <= 'z') code -= 'a' - 'A';
  if (code == 'O') code = '0';
  if (code == 'I' || code == 'L') code = '1';
  if (code < '0' || code > 'Z') return -1;
  const auto at = kAlphabet.find(static_cast<char>(code));
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

}  // namespace

SecretBytes SymbolText(std::span<const std::byte> symbols) {
  SecretBytes text(symbols.size());
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    text.bytes()[i] = static_cast<std::byte>(kAlphabet[std::to_integer<unsigned>(symbols[i]) & 31]);
  }
  return text;
}

Result<SecretBytes> ReadSymbols(std::string_view what, std::string_view text,
                                std::size_t max_symbols) {
  SecretBytes symbols(max_symbols);
  std::size_t count = 0;
  std::size_t characters = 0;
  for (std::size_t at = 0; at < text.size();) {
    utf8proc_int32_t code = 0;
    const auto length =
        utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data() + at),
                         static_cast<utf8proc_ssize_t>(text.size() - at), &code);
    ++characters;
    if (length <= 0) {
      return Error{ErrorCode::kInvalidArgument, std::string(what) + ": character " +
                                                    std::to_string(characters) + " is not UTF-8"};
    }
    at += static_cast<std::size_t>(length);
    if (IsLeftOut(code)) continue;
    const int symbol = SymbolOf(code);
    if (symbol < 0) {
      return Error{ErrorCode::kInvalidArgument, std::string(what) + ": character " +
                                                    std::to_string(characters) +
                                                    " is none of those that codes are made of"};
    }
    if (count == max_symbols) {
      return Error{ErrorCode::kInvalidArgument, std::string(what) + ": is too long; it has " +
                                                    std::to_string(max_symbols) +
                                                    " letters and digits"};
    }
    symbols.bytes()[count++] = static_cast<std::byte>(symbol);
  }
  return SecretBytes::CopyOf(symbols.bytes().first(count));
}

std::byte CheckSymbol(std::span<const std::byte> symbols) {
  CHECK(symbols.size() < kMaxCodeword);
  // a^n * check = the sum so far; divide by a^n, which is multiplying by a^(31 - n).
  unsigned check = Syndrome(symbols);
  for (std::size_t i = symbols.size(); i < kMaxCodeword; ++i) check = TimesGenerator(check);
  return static_cast<std::byte>(check);
}

bool IsCodeword(std::span<const std::byte> symbols_and_check) {
  CHECK(symbols_and_check.size() <= kMaxCodeword);
  return Syndrome(symbols_and_check) == 0;
}

SecretBytes SymbolsOfBytes(std::span<const std::byte> bytes) {
  SecretBytes symbols((bytes.size() * 8 + 4) / 5);
  unsigned held = 0;
  unsigned held_bits = 0;
  std::size_t count = 0;
  for (const auto byte : bytes) {
    held = (held << 8 | std::to_integer<unsigned>(byte)) & 0xfffU;
    for (held_bits += 8; held_bits >= 5; held_bits -= 5) {
      symbols.bytes()[count++] = static_cast<std::byte>(held >> (held_bits - 5) & 31);
    }
  }
  if (held_bits > 0) symbols.bytes()[count] = static_cast<std::byte>(held << (5 - held_bits) & 31);
  return symbols;
}

SecretBytes BytesOfSymbols(std::span<const std::byte> symbols) {
  SecretBytes bytes(symbols.size() * 5 / 8);
  unsigned held = 0;
  unsigned held_bits = 0;
  std::size_t count = 0;
  for (const auto symbol : symbols) {
    held = (held << 5 | std::to_integer<unsigned>(symbol)) & 0xfffU;
    held_bits += 5;
    if (held_bits >= 8) {
      bytes.bytes()[count++] = static_cast<std::byte>(held >> (held_bits - 8) & 255);
      held_bits -= 8;
    }
  }
  return bytes;
}

}  // namespace jikimi::vault
