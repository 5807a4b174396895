// A file of secret keys: what was written is read; one that was changed or cut is refused.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>

#include "access/secret_file.h"
#include "tests/fuzz/access_file_fuzz.h"

namespace jikimi::access {
namespace {

void WriteAndSpoil(std::span<const std::uint8_t> data) {
  static const auto* file = new ScratchFile("server.keys");
  if (data.size() < 13) return;
  std::uint64_t generation = 0;
  std::uint32_t at = 0;
  std::memcpy(&generation, data.data(), 8);
  std::memcpy(&at, data.data() + 8, 3);
  const std::uint8_t change = data[11];
  const bool cuts = (data[12] & 1) != 0;
  const auto secret = std::as_bytes(data.subspan(13));

  CHECK(WriteSecretFile(file->path(), generation, secret).has_value());
  const auto read = ReadSecretFile(file->path());
  CHECK(read && read->generation == generation);
  CHECK(std::equal(secret.begin(), secret.end(), read->secret.bytes().begin(),
                   read->secret.bytes().end()));

  std::string content = file->Content();
  if (cuts) {
    content.resize(at % content.size());
  } else if (change != 0) {
    content[at % content.size()] = static_cast<char>(content[at % content.size()] ^ change);
  } else {
    return;
  }
  file->Write(content);
  const auto spoilt = ReadSecretFile(file->path());
  CHECK(!spoilt.has_value());
  CHECK(spoilt.error().code == ErrorCode::kCorrupt ||
        spoilt.error().code == ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace jikimi::access

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  jikimi::access::WriteAndSpoil({data, size});
  return 0;
}
