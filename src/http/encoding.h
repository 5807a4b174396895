#ifndef JIKIMI_HTTP_ENCODING_H_
#define JIKIMI_HTTP_ENCODING_H_

#include <string>
#include <string_view>

namespace jikimi::http {

// Whether an Accept-Encoding header takes gzip (RFC 9110 section 12.5.3): named, or by "*", with a
// weight above zero. Malformed: no.
bool AcceptsGzip(std::string_view accept_encoding);

// A gzip member (RFC 1952) of these bytes, without a time or a name in it.
std::string Gzip(std::string_view bytes);

}  // namespace jikimi::http

#endif  // JIKIMI_HTTP_ENCODING_H_
