#ifndef JIKIMI_VAULT_EPOCH_RING_H_
#define JIKIMI_VAULT_EPOCH_RING_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "base/result.h"
#include "vault/keys.h"
#include "vault/sealed.h"

namespace jikimi::vault {

// A day in UTC: days since 1970-01-01.
struct Day {
  std::int32_t days = 0;

  friend constexpr auto operator<=>(const Day&, const Day&) = default;
};

// The outer layer of all wrapped keys. A database keeps a deleted row for a while (heap,
// write-ahead log, backups); what it keeps is sealed under an epoch key, which lives outside the
// database and its backups and is dropped at the latest 7 days after the row was deleted. So
// dropping is destroying.
//
//   opened --kPeriodDays--> rotated away --> all live rows re-sealed: retired --kKeptDays-->
//   dropped
//
// A retired epoch is kept for a few days only so that a backup of those days can be restored.
class EpochRing {
 public:
  static constexpr std::int32_t kPeriodDays = 1;
  static constexpr std::int32_t kDeathDays = 7;

  static EpochRing Create(Day today);

  // The ring as secret bytes, for a file outside the database and its backups, and back.
  SecretBytes ToBytes() const;
  static Result<EpochRing> Parse(std::span<const std::byte> bytes);

  // Seals under the current epoch; opens under any that is not dropped. kNotFound when the epoch
  // was dropped: then nothing opens these bytes any more.
  SealedUnder<KeyKind::kEpoch> SealLayer(const Context& context,
                                         std::span<const std::byte> inner) const;
  Result<SecretBytes> OpenLayer(const Context& context,
                                const SealedUnder<KeyKind::kEpoch>& sealed) const;
  // The bytes under the current epoch; unchanged when they are already.
  Result<SealedUnder<KeyKind::kEpoch>> Reseal(const Context& context,
                                              const SealedUnder<KeyKind::kEpoch>& sealed) const;

  // Whether the current epoch is due to be rotated away.
  bool IsDue(Day today) const;
  // Opens a new epoch. The former one opens until all live rows went through Reseal() and
  // FinishRotation() was called; killed half-way, the caller just goes on re-sealing. A rotation
  // that is not finished is kUnavailable, a clock that went back kInvalidArgument.
  Result<void> Rotate(Day today);
  // No live row is under an older epoch than the current one any more.
  void FinishRotation();
  // Drops the retired epochs that were opened kDeathDays ago; returns their numbers. Never drops an
  // epoch that live rows may still need, whatever the clock says.
  std::vector<std::uint32_t> DropExpired(Day today);

  // The day on which the epoch is dropped under which a row deleted today lies: what a receipt
  // promises, kDeathDays from today. kUnavailable while a rotation is due or not
  // finished, because nothing can be promised then.
  Result<Day> LastCopyDies(Day today) const;

  std::uint32_t current() const { return epochs_.rbegin()->first; }
  std::vector<std::uint32_t> epochs() const;

 private:
  struct Epoch {
    EpochKey key;
    Day opened;
    bool retired = false;  // no live row is under it
  };

  EpochRing() = default;
  bool IsRotating() const;

  RecordId<KeyKind::kEpoch> ring_;
  std::map<std::uint32_t, Epoch> epochs_;  // never empty; the last is the current one
};

}  // namespace jikimi::vault

#endif  // JIKIMI_VAULT_EPOCH_RING_H_
