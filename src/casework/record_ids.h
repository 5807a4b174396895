#ifndef JIKIMI_CASEWORK_RECORD_IDS_H_
#define JIKIMI_CASEWORK_RECORD_IDS_H_

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "vault/record_id.h"

namespace jikimi::casework {

// An opaque 128-bit random number of a record of this room that has no keys of its own. The kind's
// number is bound into what is sealed for the record and never changes its meaning; numbers under
// 64 belong to the vault.
template <std::uint8_t kKindNumber>
class RoomId {
 public:
  static_assert(kKindNumber >= 64);
  static constexpr std::size_t kBytes = 16;

  constexpr RoomId() = default;  // all zero: names nothing
  explicit constexpr RoomId(const std::array<std::byte, kBytes>& bytes) : bytes_(bytes) {}
  static RoomId Random() { return RoomId(vault::RandomArray<kBytes>()); }

  constexpr const std::array<std::byte, kBytes>& bytes() const { return bytes_; }
  vault::RecordReference Reference() const {
    vault::RecordReference reference;
    reference.kind = kKindNumber;
    reference.id = bytes_;
    return reference;
  }

  friend constexpr auto operator<=>(const RoomId&, const RoomId&) = default;

 private:
  std::array<std::byte, kBytes> bytes_ = {};
};

using ReportId = RoomId<64>;
using PartyId = RoomId<65>;  // a person of a case: survivor, guardian, proxy, …
using NoteId = RoomId<66>;
using TaskId = RoomId<67>;
using ReferralId = RoomId<68>;
using ServiceId = RoomId<69>;
using AttemptId = RoomId<70>;   // an attempt to reach her
using IncidentId = RoomId<71>;  // one room or event with several survivors
using HoldId = RoomId<72>;      // a legal hold
using MarkId = RoomId<73>;      // a URL or a fingerprint of an item
using ResultId = RoomId<74>;    // a result report
using ImportedId = RoomId<75>;  // the number that another system gave to a case

namespace internal {
std::string IdText(std::span<const std::byte, 16> bytes);
std::optional<std::array<std::byte, 16>> ParseIdText(std::string_view text);
}  // namespace internal

// 32 lower-case hex digits, for ids of this room and of the vault.
template <typename Id>
std::string IdText(const Id& id) {
  return internal::IdText(id.bytes());
}

// The inverse; anything else is kInvalidArgument.
template <typename Id>
Result<Id> ParseId(std::string_view text) {
  const auto bytes = internal::ParseIdText(text);
  if (!bytes) return Error{ErrorCode::kInvalidArgument, "an id is 32 digits of 0-9 and a-f"};
  return Id(*bytes);
}

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_RECORD_IDS_H_
