#include "vault/epoch_ring.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "base/bytes.h"
#include "vault/forms.h"

namespace jikimi::vault {
namespace {

constexpr const char* kWhat = "epoch ring";
constexpr std::size_t kHeadBytes = 2 + 16 + 4;
constexpr std::size_t kEntryBytes = 4 + 4 + 1 + kKeyBytes;

}  // namespace

EpochRing EpochRing::Create(Day today) {
  EpochRing ring;
  ring.ring_ = RecordId<KeyKind::kEpoch>::Random();
  ring.epochs_.emplace(1, Epoch{EpochKey::Generate({ring.ring_, 1}), today});
  return ring;
}

SecretBytes EpochRing::ToBytes() const {
  SecretBytes bytes(kHeadBytes + epochs_.size() * kEntryBytes);
  auto out = bytes.bytes().begin();
  const auto put = [&](std::span<const std::byte> part) {
    out = std::copy(part.begin(), part.end(), out);
  };
  ByteWriter head;
  head.Put(static_cast<std::uint8_t>(Form::kEpochRing));
  head.Put(kFormVersion);
  head.PutBytes(ring_.bytes());
  head.Put(static_cast<std::uint32_t>(epochs_.size()));
  put(head.bytes());
  for (const auto& [number, epoch] : epochs_) {
    ByteWriter entry;
    entry.Put(number);
    entry.Put(epoch.opened.days);
    entry.Put(static_cast<std::uint8_t>(epoch.retired ? 1 : 0));
    put(entry.bytes());
    put(epoch.key.bytes());
  }
  return bytes;
}

Result<EpochRing> EpochRing::Parse(std::span<const std::byte> bytes) {
  ByteReader reader(bytes);
  TRY(TakeForm(reader, Form::kEpochRing, kWhat));
  EpochRing ring;
  const auto id = TRY(reader.TakeBytes(16));
  ring.ring_ = RecordId<KeyKind::kEpoch>::FromBytes(id.first<16>());
  const auto count = TRY(reader.Take<std::uint32_t>());
  std::uint32_t last = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto number = TRY(reader.Take<std::uint32_t>());
    const Day opened{TRY(reader.Take<std::int32_t>())};
    const auto retired = TRY(reader.Take<std::uint8_t>());
    const auto key = TRY(reader.TakeBytes(kKeyBytes));
    const bool in_order = ring.epochs_.empty() || ring.epochs_.rbegin()->second.opened <= opened;
    if (number <= last || retired > 1 || !in_order) {
      return Error{ErrorCode::kCorrupt, std::string(kWhat) + ": epoch " + std::to_string(number) +
                                            " contradicts the one before it or itself"};
    }
    last = number;
    ring.epochs_.emplace(
        number, Epoch{EpochKey::FromBytes({ring.ring_, number}, key.first<kKeyBytes>()), opened,
                      retired == 1});
  }
  TRY(CheckEnd(reader, kWhat));
  if (ring.epochs_.empty() || ring.epochs_.rbegin()->second.retired) {
    return Error{ErrorCode::kCorrupt, std::string(kWhat) + ": has no current epoch"};
  }
  return ring;
}

SealedUnder<KeyKind::kEpoch> EpochRing::SealLayer(const Context& context,
                                                  std::span<const std::byte> inner) const {
  return Seal(epochs_.rbegin()->second.key, context, inner, Padding::kNone);
}

Result<SecretBytes> EpochRing::OpenLayer(const Context& context,
                                         const SealedUnder<KeyKind::kEpoch>& sealed) const {
  const auto epoch = epochs_.find(sealed.key_version());
  if (epoch == epochs_.end()) {
    return Error{ErrorCode::kNotFound, context.Describe() + ": sealed in epoch " +
                                           std::to_string(sealed.key_version()) +
                                           ", whose key was dropped"};
  }
  return Open(epoch->second.key, context, sealed);
}

Result<SealedUnder<KeyKind::kEpoch>> EpochRing::Reseal(
    const Context& context, const SealedUnder<KeyKind::kEpoch>& sealed) const {
  const auto inner = TRY(OpenLayer(context, sealed));
  if (sealed.key_version() == current()) return sealed;
  return SealLayer(context, inner.bytes());
}

bool EpochRing::IsRotating() const {
  return epochs_.size() > 1 && !std::next(epochs_.rbegin())->second.retired;
}

bool EpochRing::IsDue(Day today) const {
  return today.days - epochs_.rbegin()->second.opened.days >= kPeriodDays;
}

Result<void> EpochRing::Rotate(Day today) {
  if (IsRotating()) {
    return Error{ErrorCode::kUnavailable,
                 std::string(kWhat) + ": the last rotation is not finished yet"};
  }
  if (today < epochs_.rbegin()->second.opened) {
    return Error{ErrorCode::kInvalidArgument,
                 std::string(kWhat) + ": the clock stands before the current epoch's first day"};
  }
  const auto number = current() + 1;
  epochs_.emplace(number, Epoch{EpochKey::Generate({ring_, number}), today});
  return {};
}

void EpochRing::FinishRotation() {
  for (auto epoch = epochs_.begin(); std::next(epoch) != epochs_.end(); ++epoch) {
    epoch->second.retired = true;
  }
}

std::vector<std::uint32_t> EpochRing::DropExpired(Day today) {
  std::vector<std::uint32_t> dropped;
  for (auto epoch = epochs_.begin(); std::next(epoch) != epochs_.end();) {
    if (!epoch->second.retired || today.days - epoch->second.opened.days < kDeathDays) {
      ++epoch;
      continue;
    }
    dropped.push_back(epoch->first);
    epoch = epochs_.erase(epoch);
  }
  return dropped;
}

Result<Day> EpochRing::LastCopyDies(Day today) const {
  if (IsRotating() || IsDue(today)) {
    return Error{ErrorCode::kUnavailable,
                 std::string(kWhat) + ": a rotation is due; the day is known after it"};
  }
  return Day{epochs_.rbegin()->second.opened.days + kDeathDays};
}

std::vector<std::uint32_t> EpochRing::epochs() const {
  std::vector<std::uint32_t> numbers;
  for (const auto& [number, epoch] : epochs_) numbers.push_back(number);
  return numbers;
}

}  // namespace jikimi::vault
