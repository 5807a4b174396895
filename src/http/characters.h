#ifndef JIKIMI_HTTP_CHARACTERS_H_
#define JIKIMI_HTTP_CHARACTERS_H_

#include <string_view>

// The classes of characters that HTTP's grammar is written in; none depends on a locale.
namespace jikimi::http {

constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }
constexpr bool IsAlpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool IsBlank(char c) { return c == ' ' || c == '\t'; }
constexpr bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }
constexpr char ToLower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// tchar of RFC 9110 section 5.6.2.
constexpr bool IsTokenCharacter(char c) {
  return IsDigit(c) || IsAlpha(c) ||
         (c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
}

constexpr bool IsToken(std::string_view text) {
  for (const char c : text) {
    if (!IsTokenCharacter(c)) return false;
  }
  return !text.empty();
}

// The value of a hex digit of either case; -1 for anything else.
constexpr int HexValue(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace jikimi::http

#endif  // JIKIMI_HTTP_CHARACTERS_H_
