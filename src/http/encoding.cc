#include "http/encoding.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "base/check.h"
#include "http/characters.h"
#include "http/headers.h"

namespace jikimi::http {
namespace {

// The weight in "; q=0.5", in thousandths; 1000 when there is none.
std::optional<int> ParseWeight(std::string_view parameters) {
  parameters = TrimBlank(parameters);
  if (parameters.empty()) return 1000;
  if (parameters.size() < 3 || ToLower(parameters[0]) != 'q' || parameters[1] != '=') {
    return std::nullopt;
  }
  parameters.remove_prefix(2);
  if (parameters[0] != '0' && parameters[0] != '1') return std::nullopt;
  int weight = (parameters[0] - '0') * 1000;
  if (parameters.size() > 1) {
    if (parameters[1] != '.' || parameters.size() > 5) return std::nullopt;
    int scale = 100;
    for (const char c : parameters.substr(2)) {
      if (!IsDigit(c)) return std::nullopt;
      weight += (c - '0') * scale;
      scale /= 10;
    }
  }
  return weight <= 1000 ? std::optional<int>(weight) : std::nullopt;
}

}  // namespace

bool AcceptsGzip(std::string_view accept_encoding) {
  std::optional<int> gzip, any;
  while (!accept_encoding.empty()) {
    const std::size_t end = std::min(accept_encoding.find(','), accept_encoding.size());
    const std::string_view element = TrimBlank(accept_encoding.substr(0, end));
    accept_encoding.remove_prefix(std::min(end + 1, accept_encoding.size()));
    if (element.empty()) continue;
    const std::size_t semicolon = std::min(element.find(';'), element.size());
    const std::string_view coding = TrimBlank(element.substr(0, semicolon));
    const auto weight = ParseWeight(element.substr(std::min(semicolon + 1, element.size())));
    if (!weight || (coding != "*" && !IsToken(coding))) return false;
    if (EqualIgnoringCase(coding, "gzip") || EqualIgnoringCase(coding, "x-gzip")) gzip = weight;
    if (coding == "*") any = weight;
  }
  return gzip.value_or(any.value_or(0)) > 0;
}

std::string Gzip(std::string_view bytes) {
  CHECK(bytes.size() <= std::numeric_limits<uInt>::max() / 2);
  z_stream stream{};
  // 15 bits of window, and 16 for gzip's frame instead of zlib's.
  CHECK(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string packed(deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  packed.resize(packed.size() - stream.avail_out);
  deflateEnd(&stream);
  return packed;
}

}  // namespace jikimi::http
