// What a passkey's attestation object says lies within the object, in parts that don't overlap.
#include <cstdint>
#include <functional>

#include "access/attestation.h"
#include "base/check.h"

namespace {

using jikimi::access::ParseAttestationObject;

// Where a part begins and ends within the whole.
bool IsWithin(const std::byte* part, std::size_t size, std::span<const std::byte> whole) {
  const std::less_equal<> before_or_at;
  return before_or_at(whole.data(), part) && before_or_at(part + size, whole.data() + whole.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span whole(reinterpret_cast<const std::byte*>(data), size);
  const auto object = ParseAttestationObject(whole);
  if (!object) return 0;
  CHECK(IsWithin(reinterpret_cast<const std::byte*>(object->format.data()), object->format.size(),
                 whole));
  CHECK(IsWithin(object->statement.data(), object->statement.size(), whole));
  CHECK(IsWithin(object->auth_data.data(), object->auth_data.size(), whole));
  CHECK(object->format.size() + object->statement.size() + object->auth_data.size() < size);
  // Nothing that is cut off is one.
  CHECK(!ParseAttestationObject(whole.first(size - 1)));
  return 0;
}
