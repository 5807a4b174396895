#include "vault/normal_text.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>

#include "base/bytes.h"

namespace jikimi::vault {
namespace {

constexpr std::size_t kMaxTextBytes = 4096;
constexpr std::size_t kMinTelephoneDigits = 7;
constexpr std::size_t kMaxTelephoneDigits = 15;

// Names where UTF-8 breaks off.
Error NotUtf8(std::string_view what, std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    utf8proc_int32_t code = 0;
    const auto length =
        utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data() + at),
                         static_cast<utf8proc_ssize_t>(text.size() - at), &code);
    if (length <= 0) break;
    at += static_cast<std::size_t>(length);
  }
  return {ErrorCode::kInvalidArgument,
          std::string(what) + ": is not UTF-8 from byte " + std::to_string(at)};
}

Result<SecretBytes> Map(std::string_view what, std::string_view text, int options) {
  if (text.size() > kMaxTextBytes) {
    return Error{ErrorCode::kInvalidArgument,
                 std::string(what) + ": has " + std::to_string(text.size()) + " bytes, more than " +
                     std::to_string(kMaxTextBytes)};
  }
  utf8proc_uint8_t* mapped = nullptr;
  const auto length = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                   static_cast<utf8proc_ssize_t>(text.size()), &mapped,
                                   static_cast<utf8proc_option_t>(options));
  if (length < 0) return NotUtf8(what, text);
  const auto bytes = std::as_writable_bytes(std::span(mapped, static_cast<std::size_t>(length)));
  auto normal = SecretBytes::CopyOf(bytes);
  Wipe(bytes);
  std::free(mapped);  // utf8proc's contract
  return normal;
}

bool IsSpaceOrHyphen(utf8proc_int32_t code) {
  const auto category = utf8proc_category(code);
  return category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL ||
         category == UTF8PROC_CATEGORY_ZP || category == UTF8PROC_CATEGORY_CC ||
         category == UTF8PROC_CATEGORY_PD;
}

// Leaves out white space, control characters and dashes; the text is UTF-8.
SecretBytes WithoutSpaces(const SecretBytes& text) {
  SecretBytes kept(text.size());
  std::size_t size = 0;
  for (std::size_t at = 0; at < text.size();) {
    utf8proc_int32_t code = 0;
    const auto length = static_cast<std::size_t>(
        utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.bytes().data() + at),
                         static_cast<utf8proc_ssize_t>(text.size() - at), &code));
    if (!IsSpaceOrHyphen(code)) {
      std::copy_n(text.bytes().begin() + static_cast<std::ptrdiff_t>(at), length,
                  kept.bytes().begin() + static_cast<std::ptrdiff_t>(size));
      size += length;
    }
    at += length;
  }
  return SecretBytes::CopyOf(kept.bytes().first(size));
}

Result<SecretBytes> FoldedWord(std::string_view what, std::string_view word) {
  constexpr int kFold =
      UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE;
  // Folding can undo the composition of a neighbour: the second pass makes it idempotent.
  const auto folded = TRY(Map(what, word, kFold));
  const auto kept = WithoutSpaces(folded);
  return Map(what, {reinterpret_cast<const char*>(kept.bytes().data()), kept.size()},
             UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD);
}

std::string ToString(const SecretBytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.bytes().data()), bytes.size()};
}

Error BadTelephone(std::string problem) {
  return {ErrorCode::kInvalidArgument, "telephone number: " + std::move(problem)};
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsTelephonePunctuation(char c) {
  return c == ' ' || c == '-' || c == '.' || c == '/' || c == '(' || c == ')';
}

}  // namespace

Result<SecretBytes> NormalPassword(std::string_view password) {
  return Map("password", password, UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT);
}

Result<SecretBytes> NormalWord(std::string_view word) { return FoldedWord("word", word); }

Result<std::string> NormalName(std::string_view name) {
  return ToString(TRY(FoldedWord("name", name)));
}

Result<std::string> NormalReference(std::string_view reference) {
  return ToString(
      TRY(Map("reference", reference, UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT)));
}

Result<std::string> NormalTelephone(std::string_view number, std::string_view country) {
  if (country.empty() || country.size() > 3 || country.front() == '0' ||
      !std::all_of(country.begin(), country.end(), IsDigit)) {
    return Error{ErrorCode::kInvalidArgument,
                 "country prefix: is not 1 to 3 digits that start with 1 to 9"};
  }
  const auto mapped = ToString(TRY(
      Map("telephone number", number,
          UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_IGNORE | UTF8PROC_LUMP)));
  std::string digits;
  bool international = false;
  for (std::size_t i = 0; i < mapped.size(); ++i) {
    const char c = mapped[i];
    if (IsDigit(c)) {
      digits += c;
    } else if (c == '+' && digits.empty() && !international) {
      international = true;
    } else if (international && mapped.compare(i, 3, "(0)") == 0) {
      i += 2;  // "+82 (0)10": the zero is dialled at home only
    } else if (!IsTelephonePunctuation(c)) {
      return BadTelephone("holds something that is not a digit");
    }
  }
  if (!international && digits.starts_with("00")) {
    digits.erase(0, 2);
    international = true;
  }
  if (!international) {
    if (digits.starts_with("0")) digits.erase(0, 1);
    digits.insert(0, country);
  }
  if (digits.size() < kMinTelephoneDigits || digits.size() > kMaxTelephoneDigits ||
      digits.starts_with("0")) {
    return BadTelephone("has " + std::to_string(digits.size()) +
                        " digits with its country prefix; 7 to 15 that don't start with 0 "
                        "are expected");
  }
  return "+" + digits;
}

}  // namespace jikimi::vault
