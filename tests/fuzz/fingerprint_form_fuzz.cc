// Any bytes as the binary form of a fingerprint: an error that says where, or a sound fingerprint
// that is written as the same bytes. The checksum is set right first, so that it stops nothing.
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "fingerprint/fingerprint_form.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jikimi;
  const auto input = std::as_bytes(std::span(data, size));
  if (size == 0 || data[0] % 4 != 0) (void)fingerprint::ReadFingerprint(input);
  std::vector<std::byte> bytes(input.begin(), input.end());
  if (bytes.size() < 10) return 0;
  std::memcpy(bytes.data(), "JKFP\1\0", 6);
  const std::size_t body = bytes.size() - 4;
  const std::uint32_t checksum = Crc32c(std::span(bytes).first(body));
  std::memcpy(bytes.data() + body, &checksum, sizeof(checksum));
  const auto read = fingerprint::ReadFingerprint(bytes);
  if (!read.has_value()) {
    CHECK(!read.error().message.empty());
    return 0;
  }
  const auto written = fingerprint::WriteFingerprint(*read);
  CHECK(written.has_value());
  CHECK(*written == bytes);
  return 0;
}
