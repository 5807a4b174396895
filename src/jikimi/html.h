#ifndef JIKIMI_JIKIMI_HTML_H_
#define JIKIMI_JIKIMI_HTML_H_

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace jikimi {

// `text` for use between tags and inside quoted attributes.
std::string HtmlEscaped(std::string_view text);

// RFC 4648 section 4, with padding.
std::string Base64(std::span<const std::byte> bytes);

}  // namespace jikimi

#endif  // JIKIMI_JIKIMI_HTML_H_
