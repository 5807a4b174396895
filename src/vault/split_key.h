#ifndef JIKIMI_VAULT_SPLIT_KEY_H_
#define JIKIMI_VAULT_SPLIT_KEY_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "vault/keys.h"
#include "vault/shamir.h"

namespace jikimi::vault {

// A key pair whose private half exists only as shares on paper, k of n of which bring it back: the
// escrow and the audit key.

// One share. Names the pair and the splitting that it belongs to.
struct KeyShare {
  KeyKind kind = KeyKind::kEscrow;
  std::array<std::byte, 4> set = {};  // random, the same for all shares of one splitting
  std::uint32_t key_version = 0;
  std::uint8_t k = 0;
  std::uint8_t n = 0;
  ShamirPoint point;

  // For paper: five lines of four groups, each of four characters and a check character that also
  // knows the group's place; the whole ends with a checksum of 32 bits.
  SecretBytes ToText() const;
  // Reads it back kindly (code_symbols.h), by the groups' places alone. A mistyped group is
  // kInvalidArgument that names each one.
  static Result<KeyShare> FromText(std::string_view text);

  // What the record of `owner`'s key keeps to know the share again.
  std::array<std::byte, 32> Digest(const RecordReference& owner) const;
};

namespace internal {
struct SplitRecordBody {
  RecordReference owner;
  std::array<std::byte, 4> set = {};
  std::uint8_t k = 0;
  std::vector<std::array<std::byte, 32>> digests;  // of share 1 to n
};
Result<void> CheckThreshold(int k, int n);
SplitRecordBody Split(const RecordReference& owner, std::uint32_t key_version,
                      std::span<const std::byte> private_half, int k, int n,
                      std::vector<KeyShare>& shares);
Result<void> CheckShare(const SplitRecordBody& body, std::uint32_t key_version,
                        const KeyShare& share);
Result<SecretBytes> Combine(const SplitRecordBody& body, std::uint32_t key_version,
                            std::span<const KeyShare> shares);
std::vector<std::byte> SplitRecordForm(const SplitRecordBody& body,
                                       std::span<const std::byte> public_key);
Result<SplitRecordBody> ParseSplitRecord(std::span<const std::byte> form, KeyKind kind,
                                         std::span<const std::byte>& public_key);
}  // namespace internal

// What is kept about a split pair, none of it secret: the public half, k, and a digest of each
// share, by which a wrong share is named. (A digest gives nothing away: a share is 256 random
// bits.)
template <KeyKind kKind>
class SplitRecord {
 public:
  static_assert(kKind == KeyKind::kEscrow || kKind == KeyKind::kAudit);

  struct Made {
    SplitRecord record;
    std::vector<KeyShare> shares;  // to be printed once and forgotten
  };

  // Splits the private half; 2 <= k <= n <= 31, otherwise kInvalidArgument. Splitting the same pair
  // again gives shares of another set, which don't mix with the former ones; the former ones still
  // open their pair until it is replaced by one of a new version (`escrow rotate`).
  static Result<Made> Split(const KeyPair<kKind>& pair, int k, int n) {
    TRY(internal::CheckThreshold(k, n));
    Made made{SplitRecord(pair.public_key(), {}), {}};
    made.record.body_ = internal::Split(pair.name().owner, pair.name().version, pair.private_half(),
                                        k, n, made.shares);
    return made;
  }

  static Result<SplitRecord> Parse(std::span<const std::byte> form) {
    std::span<const std::byte> public_key;
    auto body = TRY(internal::ParseSplitRecord(form, kKind, public_key));
    const auto key = TRY(PublicKey<kKind>::Parse(public_key));
    body.owner = key.name().owner;
    return SplitRecord(key, std::move(body));
  }
  std::vector<std::byte> bytes() const {
    return internal::SplitRecordForm(body_, public_key_.ToBytes());
  }

  // Whether this share is one of the record's: what a holder is asked now and then, one by one.
  // Errors name the share.
  Result<void> CheckShare(const KeyShare& share) const {
    return internal::CheckShare(body_, public_key_.name().version, share);
  }

  // The pair, from any k of its shares or more. Too few, one given twice, one of another set or a
  // wrong one is an error that names it.
  Result<KeyPair<kKind>> Recover(std::span<const KeyShare> shares) const {
    const auto half = TRY(internal::Combine(body_, public_key_.name().version, shares));
    auto pair = KeyPair<kKind>::FromPrivateHalf(
        public_key_.name(), std::span<const std::byte, kKeyBytes>(half.bytes()));
    if (pair.public_key() != public_key_) {
      return Error{ErrorCode::kCorrupt, "shares: give a key that is not the record's"};
    }
    return pair;
  }

  const PublicKey<kKind>& public_key() const { return public_key_; }
  int k() const { return body_.k; }
  int n() const { return static_cast<int>(body_.digests.size()); }

 private:
  SplitRecord(const PublicKey<kKind>& public_key, internal::SplitRecordBody body)
      : public_key_(public_key), body_(std::move(body)) {}

  PublicKey<kKind> public_key_;
  internal::SplitRecordBody body_;
};

using EscrowRecord = SplitRecord<KeyKind::kEscrow>;
using AuditRecord = SplitRecord<KeyKind::kAudit>;

}  // namespace jikimi::vault

#endif  // JIKIMI_VAULT_SPLIT_KEY_H_
