#ifndef JIKIMI_VAULT_TEST_BYTES_H_
#define JIKIMI_VAULT_TEST_BYTES_H_

#include <gtest/gtest.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "vault/secret_bytes.h"

// For the tests of this room.
namespace jikimi::vault {

inline std::vector<std::byte> FromHex(std::string_view hex) {
  CHECK(hex.size() % 2 == 0);
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes.push_back(static_cast<std::byte>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

inline std::string TextOf(const SecretBytes& secret) {
  return {reinterpret_cast<const char*>(secret.bytes().data()), secret.size()};
}

inline std::vector<std::byte> CopyOf(std::span<const std::byte> bytes) {
  return {bytes.begin(), bytes.end()};
}

// Flips one bit of each byte and cuts at each offset; `opens` says whether the result still opens,
// which it never may.
template <typename Opens>
void ExpectNeitherFlippedNorCutOpens(const std::vector<std::byte>& form, Opens&& opens) {
  ASSERT_TRUE(opens(form));
  for (std::size_t i = 0; i < form.size(); ++i) {
    auto flipped = form;
    flipped[i] ^= static_cast<std::byte>(1U << (i % 8));
    EXPECT_FALSE(opens(flipped)) << "flipped at byte " << i << " of " << form.size();
    EXPECT_FALSE(
        opens(std::vector<std::byte>(form.begin(), form.begin() + static_cast<std::ptrdiff_t>(i))))
        << "cut at byte " << i;
  }
  auto longer = form;
  longer.push_back(std::byte{0});
  EXPECT_FALSE(opens(longer)) << "one byte more";
}

}  // namespace jikimi::vault

#endif  // JIKIMI_VAULT_TEST_BYTES_H_
