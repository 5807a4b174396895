#ifndef JIKIMI_STORE_UTF8_H_
#define JIKIMI_STORE_UTF8_H_

#include <cstddef>
#include <string_view>

namespace jikimi::store {

// Where `text` stops being text that both databases keep: the offset of the first byte that is
// U+0000 or begins no well-formed UTF-8 sequence (RFC 3629: no overlong forms, no surrogates,
// nothing above U+10FFFF); text.size() when all of it is good.
std::size_t FindBadText(std::string_view text);
inline bool IsText(std::string_view text) { return FindBadText(text) == text.size(); }

// The longest prefix of at most `max_bytes` that doesn't cut a sequence of well-formed `text`.
std::string_view Utf8Prefix(std::string_view text, std::size_t max_bytes);

}  // namespace jikimi::store

#endif  // JIKIMI_STORE_UTF8_H_
