#ifndef JIKIMI_VAULT_BLIND_INDEX_H_
#define JIKIMI_VAULT_BLIND_INDEX_H_

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "vault/keys.h"

namespace jikimi::vault {

// Exact search over sealed fields. Beside a sealed name or number stands a token of 14 bits, keyed
// with the team's index key; a search computes the same token, takes the rows that have it (about
// one in 16,384 by chance, besides the right ones) and drops the others after opening them. The
// token is short on purpose: many names share one (doc/threat-model.md says what it gives away).
class IndexToken {
 public:
  static constexpr int kBits = 14;

  explicit constexpr IndexToken(std::uint16_t value) : value_(value) {}
  constexpr std::uint16_t value() const { return value_; }

  friend constexpr bool operator==(const IndexToken&, const IndexToken&) = default;

 private:
  std::uint16_t value_;
};

// Tokens of a person's name and of a telephone number, normalised as in normal_text.h; the same
// text has unrelated tokens in different fields. `field` says which field it is. An empty name is
// kInvalidArgument.
Result<IndexToken> NameToken(const IndexKey& key, std::string_view field, std::string_view name);
Result<IndexToken> TelephoneToken(const IndexKey& key, std::string_view field,
                                  std::string_view number, std::string_view country);

}  // namespace jikimi::vault

#endif  // JIKIMI_VAULT_BLIND_INDEX_H_
