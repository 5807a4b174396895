#include "http/idempotency_form.h"

#include <cstdint>
#include <string>

#include "base/bytes.h"

namespace jikimi::http {
namespace {

constexpr std::uint8_t kVersion = 1;

void PutText(ByteWriter& writer, std::string_view text) {
  writer.Put(static_cast<std::uint32_t>(text.size()));
  writer.PutBytes(AsBytes(text));
}

Result<std::string> TakeText(ByteReader& reader) {
  const auto size = TRY(reader.Take<std::uint32_t>());
  const auto bytes = TRY(reader.TakeBytes(size));
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

}  // namespace

std::vector<std::byte> AnswerForm(const Response& response) {
  ByteWriter writer;
  writer.Put(kVersion);
  writer.Put(static_cast<std::uint16_t>(response.status));
  PutText(writer, response.content_type);
  PutText(writer, response.etag);
  writer.Put(static_cast<std::uint32_t>(response.headers.fields().size()));
  for (const auto& field : response.headers.fields()) {
    PutText(writer, field.name);
    PutText(writer, field.value);
  }
  PutText(writer, response.body);
  return std::move(writer).Take();
}

Result<Response> ParseAnswer(std::span<const std::byte> form) {
  ByteReader reader(form);
  if (TRY(reader.Take<std::uint8_t>()) != kVersion) {
    return Error{ErrorCode::kCorrupt, "a stored answer has an unknown version"};
  }
  Response response;
  response.status = TRY(reader.Take<std::uint16_t>());
  response.content_type = TRY(TakeText(reader));
  response.etag = TRY(TakeText(reader));
  const auto count = TRY(reader.Take<std::uint32_t>());
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::string name = TRY(TakeText(reader));
    response.headers.AddReceived(name, TRY(TakeText(reader)));
  }
  response.body = TRY(TakeText(reader));
  if (reader.remaining() != 0) {
    return Error{ErrorCode::kCorrupt, "a stored answer has bytes behind its end"};
  }
  return response;
}

}  // namespace jikimi::http
